/**
 * The short way of packets that are known by their headers counts what the long one does: `BothWays.result` throws if
 * it does not.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BothWays } from '../../../support/both-ways.ts';
import {
  A,
  B,
  ethernet,
  initiation,
  ipv4,
  ipv6,
  join,
  recordOf,
  response,
  u16,
  udp,
  wireguardData,
} from '../../../support/packets.ts';

const INDICES = [0x1111, 0x2222] as const;

const datagram = (isBack: boolean, message: Uint8Array): Uint8Array =>
  isBack ? udp(51_820, 40_000, message) : udp(40_000, 51_820, message);

function inIpv4(isBack: boolean, message: Uint8Array, id = 0): Uint8Array {
  const [source, destination] = isBack ? [B, A] : [A, B];
  return ethernet(0x0800, ipv4(17, datagram(isBack, message), { source, destination, id }));
}

/** One thing that a packet can differ in from the one before. */
type Twist =
  | { readonly what: 'index'; readonly index: number }
  | { readonly what: 'leap'; readonly by: number }
  | { readonly what: 'octet'; readonly at: number; readonly value: number }
  | { readonly what: 'cut'; readonly bytes: number }
  | { readonly what: 'longer' | 'shorter' | 'tag' | 'handshake' | 'pause' | 'timeless' | 'out' };

const twist: fc.Arbitrary<Twist> = fc.oneof(
  fc.record({ what: fc.constant('index' as const), index: fc.constantFrom(0x1111, 0x2222, 0x1111 + 1024) }),
  fc.record({ what: fc.constant('leap' as const), by: fc.constantFrom(-9000, -3, -1, 1, 2, 40, 70_000, 2 ** 33) }),
  fc.record({
    what: fc.constant('octet' as const),
    at: fc.integer({ min: 0, max: 57 }),
    value: fc.constantFrom(0, 1, 4, 0x40, 0xff),
  }),
  fc.record({ what: fc.constant('cut' as const), bytes: fc.integer({ min: 40, max: 80 }) }),
  fc.record({
    what: fc.constantFrom(
      'longer' as const,
      'shorter' as const,
      'tag' as const,
      'handshake' as const,
      'pause' as const,
      'timeless' as const,
      'out' as const,
    ),
  }),
);

const packet = fc.record({
  isBack: fc.boolean(),
  bytes: fc.constantFrom(0, 16, 96, 96, 96, 1200, 1420),
  // Most packets are like the one before, or nothing would ever be known.
  twist: fc.option(twist, { freq: 3 }),
});

describe('packets whose headers are known', () => {
  test('are counted as if each layer had been dissected', () => {
    fc.assert(
      fc.property(fc.array(packet, { minLength: 20, maxLength: 80 }), (packets) => {
        const ways = new BothWays();
        const counters = [0, 0];
        let seconds = 1_700_000_000;
        for (const [i, { isBack, bytes, twist }] of packets.entries()) {
          const side = isBack ? 1 : 0;
          const leap = twist?.what === 'leap' ? twist.by : 1;
          const counter = Math.max(0, (counters[side] ?? 0) + leap);
          if (leap > 0 && leap < 2 ** 32) counters[side] = counter;
          const receiver = twist?.what === 'index' ? twist.index : (INDICES[side] ?? 0);
          const message =
            twist?.what !== 'handshake'
              ? wireguardData(receiver, counter, bytes)
              : isBack
                ? response(INDICES[0], INDICES[1])
                : initiation(INDICES[1]);
          let frame = inIpv4(isBack, message, i);
          if (twist?.what === 'tag') frame = join(frame.subarray(0, 12), [0x81, 0, 0, 7], frame.subarray(12));
          if (twist?.what === 'octet') frame[twist.at] = twist.value;
          if (twist?.what === 'longer') frame = join(frame, [0, 0, 0, 0, 0, 0]);
          const originalBytes = frame.length;
          if (twist?.what === 'shorter') frame = frame.subarray(0, frame.length - 5);
          if (twist?.what === 'cut') frame = frame.subarray(0, twist.bytes);
          seconds += twist?.what === 'pause' ? 100 : 0;
          ways.add(
            recordOf(frame, {
              frame: i + 1,
              originalBytes: twist?.what === 'shorter' ? frame.length : originalBytes,
              direction: twist?.what === 'out' ? 'out' : null,
              seconds: twist?.what === 'timeless' ? null : seconds,
              nanoseconds: i * 1_000_000,
            }),
          );
        }
        ways.result();
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    ['IPv4', (message: Uint8Array) => inIpv4(false, message)],
    ['IPv6', (message: Uint8Array) => ethernet(0x86dd, ipv6(17, datagram(false, message)))],
    [
      'a VLAN',
      (message: Uint8Array) => {
        const frame = inIpv4(false, message);
        return join(frame.subarray(0, 12), [0x81, 0, 0, 7], frame.subarray(12));
      },
    ],
    ['WARP', warpFrame],
  ])('are most of those of a session: %s', (_, frameOf) => {
    const ways = new BothWays();
    for (let i = 0; i < 50; i++) {
      const frame = frameOf(wireguardData(7, i, 96 + 16 * (i % 3)));
      ways.add(recordOf(frame, { frame: i + 1, nanoseconds: i * 1_000_000 }));
    }
    // The first one is learnt from.
    expect(ways.known).toBe(49);
    const { summary, wireguard } = ways.result();
    expect(summary.frames).toBe(50);
    expect(wireguard?.peers[0]?.a_to_b.delivery).toMatchObject({ received: 50, lost: 0, duplicates: 0 });
  });

  test('are dissected if lengths do not agree', () => {
    const ways = new BothWays();
    for (let i = 0; i < 10; i++) {
      const frame = inIpv4(false, wireguardData(7, i, 96));
      // The UDP length says less than the IP length does.
      if (i >= 5) frame.set(u16(8 + 64), 14 + 20 + 4);
      ways.add(recordOf(frame, { frame: i + 1 }));
    }
    expect(ways.known).toBe(4);
    ways.result();
  });
});

/** WARP is believed on its own ports only. */
function warpFrame(message: Uint8Array): Uint8Array {
  const octets = Uint8Array.from(message);
  octets.fill(0x77, 1, 4);
  return ethernet(0x0800, ipv4(17, udp(40_000, 2408, octets)));
}
