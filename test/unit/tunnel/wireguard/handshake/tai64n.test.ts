import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { WallTime } from '../../../../../src/core/shapes/tunnel-config.ts';
import { isAfter, Tai64nClock, timestampOf } from '../../../../../src/tunnel/wireguard/handshake/tai64n.ts';
import { hex, OURS } from '../../../../support/golden-handshakes.ts';

const NOW: WallTime = { seconds: 1_700_000_000, nanoseconds: 0x1000_0000 };

/** A clock that is set by hand. */
function manual(start: WallTime = NOW) {
  const wall = { at: start };
  return { wall, clock: new Tai64nClock(() => wall.at) };
}

const later = ({ seconds, nanoseconds }: WallTime, by: number): WallTime => {
  const sum = nanoseconds + by;
  return { seconds: seconds + Math.floor(sum / 1e9), nanoseconds: ((sum % 1e9) + 1e9) % 1e9 };
};

test('timestampOf() is 2^62 + 10 + seconds, then nanoseconds, big-endian (whitepaper §5.4.2)', () => {
  expect(timestampOf(NOW)).toEqual(OURS.timestamp);
  // The epoch of TAI64N: libtai's own example of 1992-06-02 08:07:09 TAI is @400000002a2b2c2d.
  expect(timestampOf({ seconds: 0x2a2b_2c2d - 10, nanoseconds: 0 })).toEqual(hex('400000002a2b2c2d00000000'));
});

test.each([
  ['1970', 0, '400000000000000a'],
  ['the last second of 32 bits', 0xffff_fff5, '40000000ffffffff'],
  ['the first of 33', 0xffff_fff6, '4000000100000000'],
])('timestampOf() carries seconds into the upper word: %s', (_, seconds, text) => {
  expect(timestampOf({ seconds, nanoseconds: 0 })).toEqual(hex(`${text}00000000`));
});

test.each([
  [0, 0],
  [1, 0],
  [0xff_ffff, 0],
  [0x100_0000, 0x100_0000],
  [999_999_999, 0x3b00_0000],
])('timestampOf() rounds %d ns down to 2^24', (nanoseconds, rounded) => {
  const stamp = timestampOf({ seconds: 1, nanoseconds });
  expect(Buffer.from(stamp).readUInt32BE(8)).toBe(rounded);
});

test.each([
  ['10 ns', 10, false],
  ['10 µs', 10_000, false],
  ['1 ms', 1_000_000, false],
  ['10 ms', 10_000_000, false],
  ['20 ms', 20_000_000, true],
  ['1 s', 1_000_000_000, true],
])('isAfter() of a timestamp %s later is %s later (wireguard-go, TestMonotonic)', (_, by, expected) => {
  expect(isAfter(timestampOf(later(NOW, by)), timestampOf(NOW))).toBe(expected);
});

test('isAfter() compares as text does', () => {
  const stamp = fc.uint8Array({ minLength: 12, maxLength: 12 });
  fc.assert(
    fc.property(stamp, stamp, fc.nat(12), (a, b, shared) => {
      b.set(a.subarray(0, shared));
      expect(isAfter(a, b)).toBe(Buffer.compare(a, b) > 0);
      expect(isAfter(a, a)).toBe(false);
    }),
  );
});

test('next() is the wall clock as long as that goes on', () => {
  const { wall, clock } = manual();
  expect(clock.next()).toEqual(timestampOf(NOW));
  wall.at = later(NOW, 5e9);
  expect(clock.next()).toEqual(timestampOf(wall.at));
});

test.each([
  ['stands still', [0, 0, 0, 0]],
  ['goes on by less than the rounding', [0, 10, 10_000, 1_000_000]],
  ['is set back by an hour', [0, -3600e9, -3599e9, -3598e9]],
  ['is set back and on again', [0, -1e9, 5e9, 4e9]],
])('next() grows when the wall clock %s', (_, offsets) => {
  const { wall, clock } = manual();
  const stamps = offsets.map((offset) => {
    wall.at = later(NOW, offset);
    return clock.next();
  });
  for (const [i, stamp] of stamps.slice(1).entries()) {
    expect(Buffer.compare(stamp, stamps[i] ?? new Uint8Array()), `step ${i + 1}`).toBe(1);
  }
});

test('next() grows over any steps of the wall clock, and follows it once that is ahead', () => {
  const steps = fc.array(fc.record({ seconds: fc.nat(2 ** 33), nanoseconds: fc.nat(999_999_999) }), { minLength: 2 });
  fc.assert(
    fc.property(steps, (times) => {
      const { wall, clock } = manual();
      let last = Buffer.alloc(12);
      for (const at of times) {
        wall.at = at;
        const stamp = Buffer.from(clock.next());
        expect(Buffer.compare(stamp, last)).toBe(1);
        if (Buffer.compare(timestampOf(at), last) > 0) expect(stamp).toEqual(Buffer.from(timestampOf(at)));
        last = stamp;
      }
    }),
  );
});

test('next() carries over all octets, and gives copies', () => {
  const { clock } = manual();
  clock.next().fill(0);
  const stamps = Array.from({ length: 300 }, () => clock.next());
  const number = (stamp: Uint8Array) => BigInt(`0x${Buffer.from(stamp).toString('hex')}`);
  expect(stamps.map(number)).toEqual(stamps.map((_, i) => number(timestampOf(NOW)) + BigInt(i) + 1n));
});
