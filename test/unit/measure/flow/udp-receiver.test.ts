import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CommonWindow } from '../../../../src/measure/flow/common-window.ts';
import { ReceiverMeter } from '../../../../src/measure/flow/receiver-meter.ts';
import { type UdpInterval, UdpReceiverEngine } from '../../../../src/measure/flow/udp-receiver.ts';
import { StreamKey } from '../../../../src/wire/datagram.ts';
import { type DatagramWish, datagram, joined, STREAM, TOKEN, viewOf } from '../../../support/datagrams.ts';

const S = 1e9;
const T0 = 100 * S;
const WARMUP = 2;

function engineOf(durationNs: number | null = 10 * S, warmupNs = 0): UdpReceiverEngine {
  const meter = new ReceiverMeter({
    warmupNs,
    durationNs,
    bytes: null,
    intervalNs: S,
    marked: true,
    window: new CommonWindow(),
  });
  return new UdpReceiverEngine(new StreamKey(TOKEN, STREAM), meter);
}

function take(engine: UdpReceiverEngine, wish: DatagramWish, now: number): void {
  const bytes = datagram(wish);
  engine.handleMessage(viewOf(bytes), 0, bytes.length, 0, now);
}

function rowsOf(engine: UdpReceiverEngine): UdpInterval[] {
  const rows: UdpInterval[] = [];
  for (let row = engine.pollInterval(); row; row = engine.pollInterval()) rows.push(row);
  return rows;
}

describe('UdpReceiverEngine', () => {
  test('counts distinct datagrams, reordered ones and duplicates', () => {
    const engine = engineOf();
    for (const sequence of [0, 1, 4, 2, 2, 6, 0]) take(engine, { sequence }, T0);
    expect([engine.packets, engine.reordered, engine.duplicated]).toEqual([5, 1, 2]);
    expect(engine.meter.bytes, 'duplicates are no goodput').toBe(500);
  });

  test('tells each interval its datagrams and the numbers skipped in it', () => {
    const engine = engineOf();
    for (const [sequence, at] of [
      [0, 0],
      [1, 0.2],
      [4, 0.9],
      [2, 1.1],
      [5, 1.5],
      [6, 1.9],
      [10, 3.2],
    ] as const)
      take(engine, { sequence }, T0 + at * S);
    engine.end(T0 + 3.5 * S, false);
    expect(rowsOf(engine).map(({ index, packets, lost, bytes }) => [index, packets, lost, bytes])).toEqual([
      [0, 3, 2, 300],
      // The late one is not taken back from the interval before.
      [1, 3, 0, 300],
      [2, 0, 0, 0],
      [3, 1, 3, 100],
    ]);
    expect(engine.packets).toBe(7);
  });

  test('reads messages that the kernel joined, the last one shorter', () => {
    const parts = [0, 1, 2].map((sequence) => datagram({ sequence, length: 100 }));
    const message = joined(new Uint8Array(7), ...parts, datagram({ sequence: 3, length: 40 }), new Uint8Array(9));
    const engine = engineOf();
    engine.handleMessage(viewOf(message), 7, 340, 100, T0);
    expect([engine.packets, engine.meter.bytes]).toEqual([4, 340]);
  });

  test('passes over a last one too short for a header, and octets beyond the message', () => {
    const whole = joined(datagram({ sequence: 0 }), datagram({ sequence: 1 }), datagram({ sequence: 2 }));
    const engine = engineOf();
    engine.handleMessage(viewOf(whole), 0, 227, 100, T0);
    expect([engine.packets, engine.meter.bytes]).toEqual([2, 200]);
  });

  test('counts a joined message with gaps, copies and the other sequence in the middle', () => {
    const message = joined(
      ...[0, 1, 1, 5, 6].map((sequence) => datagram({ sequence })),
      datagram({ sequence: 2, type: WARMUP }),
      datagram({ sequence: 7, token: new Uint8Array(8) }),
      datagram({ sequence: 7 }),
    );
    const engine = engineOf();
    engine.handleMessage(viewOf(message), 0, message.length, 100, T0);
    expect([engine.packets, engine.duplicated, engine.meter.bytes]).toEqual([5, 1, 500]);
  });

  test('tells the two sequences apart where one number follows the other', () => {
    const message = joined(
      datagram({ sequence: 3, type: WARMUP }),
      datagram({ sequence: 4, type: WARMUP }),
      datagram({ sequence: 5 }),
    );
    const engine = engineOf(10 * S, S);
    engine.handleMessage(viewOf(message), 0, message.length, 100, T0);
    expect([engine.packets, engine.meter.bytes]).toEqual([1, 100]);
  });

  test.each([
    ['token', { token: Uint8Array.of(...TOKEN.slice(0, 7), 0) }],
    ['stream', { stream: STREAM + 1 }],
    ['type: a probe', { type: 3 }],
    ['type: unknown', { type: 99 }],
    ['sequence above 2^52', { sequence: 2n ** 52n + 1n }],
    ['sequence of all ones', { sequence: 2n ** 64n - 1n }],
  ])('passes over a foreign %s', (_name, wish) => {
    const engine = engineOf();
    take(engine, { sequence: 0, ...wish }, T0);
    expect([engine.packets, engine.meter.hasReceived]).toEqual([0, false]);
  });

  test('a forged number makes no exception and no negative count', () => {
    const engine = engineOf();
    take(engine, { sequence: 0 }, T0);
    take(engine, { sequence: 2n ** 52n }, T0);
    take(engine, { sequence: 1, sent: 2n ** 64n - 1n }, T0 + 1);
    engine.end(T0 + 2 * S, false);
    expect([engine.packets, engine.duplicated]).toEqual([2, 1]);
    for (const row of rowsOf(engine)) expect(row.lost).toBeGreaterThanOrEqual(0);
    expect(Number.isFinite(engine.jitterNs)).toBe(true);
  });

  test('keeps the sequence of the warm-up apart', () => {
    const engine = engineOf(10 * S, S);
    for (const [sequence, at] of [
      [0, 0],
      [1, 0.4],
      [3, 0.8],
    ] as const)
      take(engine, { type: WARMUP, sequence }, T0 + at * S);
    expect(engine.packets).toBe(0);
    take(engine, { sequence: 0 }, T0 + 1.01 * S);
    take(engine, { sequence: 2 }, T0 + 1.02 * S);
    take(engine, { type: WARMUP, sequence: 2 }, T0 + 1.03 * S);
    engine.tick(T0 + 2.01 * S);
    expect([engine.packets, engine.reordered, engine.duplicated, engine.meter.bytes]).toEqual([2, 0, 0, 200]);
    expect(rowsOf(engine).map(({ omitted, packets, lost, bytes }) => [omitted, packets, lost, bytes])).toEqual([
      [true, 3, 1, 300],
      [false, 2, 1, 200],
    ]);
  });

  test('jitter follows transit times, one sample a message (RFC 3550 section 6.4.1)', () => {
    const engine = engineOf();
    take(engine, { sequence: 0, sent: 1000 }, T0 + 1000);
    expect(engine.jitterNs).toBeNull();
    // Transit times 0, 160, 160, 0 above the first: J = 160/16 = 10; 10 - 10/16 = 9.375; 9.375 + (160 - 9.375)/16.
    take(engine, { sequence: 1, sent: 2000 }, T0 + 2160);
    expect(engine.jitterNs).toBe(10);
    const three = joined(...[2, 3, 4].map((sequence) => datagram({ sequence, sent: 3000 + 500 * (sequence - 2) })));
    engine.handleMessage(viewOf(three), 0, 300, 100, T0 + 3160);
    expect(engine.jitterNs).toBe(9.375);
    take(engine, { sequence: 5, sent: 4000 }, T0 + 4000);
    expect(engine.jitterNs).toBe(9.375 + (160 - 9.375) / 16);
  });

  test('the warm-up has no part in the jitter', () => {
    const engine = engineOf(10 * S, S);
    take(engine, { type: WARMUP, sequence: 0, sent: 0 }, T0);
    take(engine, { type: WARMUP, sequence: 1, sent: 0 }, T0 + 5000);
    take(engine, { sequence: 0, sent: 0 }, T0 + 9000);
    expect(engine.jitterNs).toBeNull();
  });

  test('agrees with a set of numbers, however they are joined into messages', () => {
    const sequences = fc.array(fc.nat(60), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(sequences, fc.integer({ min: 1, max: 9 }), (numbers, perMessage) => {
        const engine = engineOf(null);
        const seen = new Set<number>();
        let [next, reordered, duplicated] = [0, 0, 0];
        for (const n of numbers) {
          if (seen.has(n)) duplicated++;
          else if (n < next) reordered++;
          seen.add(n);
          next = Math.max(next, n + 1);
        }
        for (let i = 0, now = T0; i < numbers.length; i += perMessage, now += 0.3 * S) {
          const parts = numbers.slice(i, i + perMessage).map((sequence) => datagram({ sequence, length: 30 }));
          const bytes = joined(...parts);
          engine.handleMessage(viewOf(bytes), 0, bytes.length, 30, now);
        }
        expect([engine.packets, engine.reordered, engine.duplicated, engine.meter.bytes]).toEqual([
          seen.size,
          reordered,
          duplicated,
          seen.size * 30,
        ]);
        engine.end(T0 + 100 * S, false);
        expect(rowsOf(engine).every((row) => row.lost >= 0 && row.packets >= 0)).toBe(true);
      }),
    );
  });

  test('handleDatagram() counts what handleMessage() counts', () => {
    const number = fc.integer({ min: 0, max: 40 });
    const wishes = fc.array(fc.record({ sequence: number, type: fc.constantFrom(1, WARMUP, 3) }), { maxLength: 60 });
    fc.assert(
      fc.property(wishes, fc.boolean(), (datagrams, foreign) => {
        const [one, other] = [engineOf(), engineOf()];
        for (const [i, wish] of datagrams.entries()) {
          const bytes = datagram(wish);
          if (foreign && i % 3 === 0) bytes[5] = (bytes[5] ?? 0) ^ 1;
          one.handleMessage(viewOf(bytes), 0, bytes.length, 0, T0 + i);
          other.handleDatagram(bytes, T0 + i);
        }
        const counts = (engine: UdpReceiverEngine) => [
          engine.packets,
          engine.duplicated,
          engine.reordered,
          engine.jitterNs,
          engine.meter.bytes,
        ];
        expect(counts(other)).toEqual(counts(one));
      }),
    );
    expect(() => engineOf().handleDatagram(new Uint8Array(27), T0)).not.toThrow();
  });

  test('never throws, whatever a message holds', () => {
    const lead = fc.constantFrom(...[1, 2].map((type) => datagram({ sequence: 0, type, length: 28 })));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.option(lead), fc.uint8Array({ maxLength: 60 })), { maxLength: 6 }),
        fc.nat(70),
        (parts, segment) => {
          const engine = engineOf();
          for (const [head, rest] of parts) {
            const bytes = joined(...(head ? [head.slice(0, 12)] : []), rest);
            engine.handleMessage(viewOf(bytes), 0, bytes.length, segment, T0);
          }
          engine.end(T0 + S, true);
          rowsOf(engine);
        },
      ),
    );
  });
});
