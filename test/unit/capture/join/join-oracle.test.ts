import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Captured, joined } from '../../../support/joined.ts';
import { ipv4, join, u32, udp, zeros } from '../../../support/packets.ts';

const NOISE = ipv4(17, udp(1, 2, [1, 2, 3]));

interface Sighting {
  readonly spi: number;
  readonly sequence: number;
  readonly bytes: number;
  readonly atNs: number;
}

/**
 * Times far from both ends of the captures, so that no message is at an edge; out of order by less than a clock that
 * jumps.
 */
const sighting: fc.Arbitrary<Sighting> = fc.record({
  spi: fc.constantFrom(1, 2, 0xffff_ffff),
  sequence: fc.oneof(fc.nat({ max: 12 }), fc.constantFrom(0xffff_fffe, 0xffff_ffff)),
  bytes: fc.constant(40),
  atNs: fc.integer({ min: 400e9, max: 400.9e9 }),
});

const packetOf = ({ spi, sequence, bytes }: Sighting): Uint8Array =>
  ipv4(50, join(u32(spi), u32(sequence), zeros(bytes)));

const captureOf = (sightings: readonly Sighting[]): Captured[] => [
  { packet: NOISE, atNs: 0 },
  ...sightings.map((one) => ({ packet: packetOf(one), atNs: one.atNs })),
  { packet: NOISE, atNs: 1000e9 },
];

/** The first sighting of each message in order, and how many there are. */
function firstOf(sightings: readonly Sighting[]): Map<string, { place: number; count: number; atNs: number }> {
  const found = new Map<string, { place: number; count: number; atNs: number }>();
  for (const [place, { spi, sequence, atNs }] of sightings.entries()) {
    const key = `${spi} ${sequence}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, { place, count: 1, atNs });
    else known.count++;
  }
  return found;
}

test('CaptureJoiner has the same result for any two captures as a comparison of two maps', () => {
  fc.assert(
    fc.property(fc.array(sighting, { maxLength: 60 }), fc.array(sighting, { maxLength: 60 }), (one, other) => {
      const result = joined(captureOf(one), captureOf(other));
      const first = firstOf(one);
      const second = firstOf(other);
      const shared = [...first.keys()].filter((key) => second.has(key));
      expect(result.messages_shared).toBe(shared.length);
      expect(result.first.messages).toBe(one.length);
      expect(result.second.messages).toBe(other.length);
      const direction = result.flows[0]?.directions[0];
      if (shared.length === 0) {
        expect(direction).toBeUndefined();
        return;
      }
      const [from, to] = direction?.sender === 'first' ? [first, second] : [second, first];
      const lost = [...from.keys()].filter((key) => !to.has(key));
      const delays = shared.map((key) => (to.get(key)?.atNs ?? 0) - (from.get(key)?.atNs ?? 0)).sort((a, b) => a - b);
      const least = delays[0] ?? 0;
      const places = shared.map((key) => [from.get(key)?.place ?? 0, to.get(key)?.place ?? 0] as const);
      expect(direction).toMatchObject({
        packets_sent: from.size,
        packets_lost: lost.length,
        packets_received: from.size - lost.length,
        packets_outside: 0,
        packets_missed_by_sender: [...to.keys()].filter((key) => !from.has(key)).length,
        packets_duplicated: shared.reduce(
          (sum, key) => sum + Math.max((to.get(key)?.count ?? 0) - (from.get(key)?.count ?? 0), 0),
          0,
        ),
        packets_reordered: places.filter(([sent, came]) => places.some(([s, c]) => s > sent && c < came)).length,
      });
      expect(direction?.delay_variation_ns).toMatchObject({
        n: delays.length,
        min: 0,
        p50: (delays[Math.ceil(delays.length / 2) - 1] ?? 0) - least,
        max: (delays.at(-1) ?? 0) - least,
      });
    }),
    { numRuns: 150 },
  );
});

test('CaptureJoiner does not throw for any octets, and its counts are consistent', () => {
  const octets = fc.uint8Array({ maxLength: 80 });
  const packet = fc
    .tuple(fc.constantFrom(4, 17, 41, 47, 50), octets, fc.constantFrom(0, 500, 1194, 2152, 4500, 51_820))
    .map(([protocol, bytes, port]) => ipv4(protocol, protocol === 17 ? udp(port, port, bytes) : bytes));
  const captured = fc.record({
    packet,
    atNs: fc.oneof(fc.constant(null), fc.integer({ min: -1e18, max: 1e18 })),
    kept: fc.nat({ max: 120 }),
  });
  fc.assert(
    fc.property(fc.array(captured, { maxLength: 30 }), fc.array(captured, { maxLength: 30 }), (one, other) => {
      const result = joined(one, [...other, ...one]);
      for (const { directions } of result.flows) {
        for (const { packets_sent, packets_received, packets_lost, sizes, ids } of directions) {
          expect(packets_received + packets_lost).toBe(packets_sent);
          expect(sizes.reduce((sum, size) => sum + size.packets_sent, 0)).toBe(packets_sent);
          expect(ids.reduce((sum, id) => sum + id.packets_lost, 0)).toBeLessThanOrEqual(packets_lost);
        }
      }
      JSON.stringify(result);
    }),
    { numRuns: 150 },
  );
});
