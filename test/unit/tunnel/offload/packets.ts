/** Packets made the slow way: from a plan, octet by octet, with checksums of their own. */
import fc from 'fast-check';
import type { PacketMemory } from '../../../../src/wire/packet-memory.ts';

export interface PacketPlan {
  readonly version: 4 | 6;
  readonly protocol: 'tcp' | 'udp';
  /** Source and destination, 4 or 16 octets each. */
  readonly addresses: Uint8Array;
  readonly ports: readonly [number, number];
  readonly trafficClass: number;
  readonly ttl: number;
  /** IPv4 only. */
  readonly identification: number;
  readonly dontFragment: boolean;
  /** IPv6 only. */
  readonly flowLabel: number;
  /** TCP only, up to the options. */
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: number;
  readonly window: number;
  readonly urgent: number;
  readonly options: Uint8Array;
  readonly payload: Uint8Array;
}

export const FIN = 0x01;
export const PSH = 0x08;
export const ACK = 0x10;
export const CWR = 0x80;

const u16 = (n: number): number[] => [(n >>> 8) & 0xff, n & 0xff];
const u32 = (n: number): number[] => [...u16(n >>> 16), ...u16(n & 0xffff)];

/** RFC 1071 as it is told: pairs of octets, added, carry by carry. */
export function naiveSum(octets: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < octets.length; i += 2) {
    sum += (octets[i] ?? 0) * 256 + (octets[i + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}

export const naiveChecksum = (octets: ArrayLike<number>): number => 0xffff - naiveSum(octets);

function ipHeader(plan: PacketPlan, transportBytes: number): number[] {
  const protocol = plan.protocol === 'tcp' ? 6 : 17;
  if (plan.version === 6) {
    const first = 0x6000_0000 + plan.trafficClass * 0x10_0000 + plan.flowLabel;
    return [...u32(first), ...u16(transportBytes), protocol, plan.ttl, ...plan.addresses];
  }
  const header = [
    ...[0x45, plan.trafficClass],
    ...u16(20 + transportBytes),
    ...u16(plan.identification),
    ...u16(plan.dontFragment ? 0x4000 : 0),
    ...[plan.ttl, protocol, 0, 0],
    ...plan.addresses,
  ];
  header.splice(10, 2, ...u16(naiveChecksum(header)));
  return header;
}

function transportHeader(plan: PacketPlan, checksum: number): number[] {
  const ports = plan.ports.flatMap(u16);
  if (plan.protocol === 'udp') return [...ports, ...u16(8 + plan.payload.length), ...u16(checksum)];
  return [
    ...ports,
    ...u32(plan.sequence),
    ...u32(plan.acknowledgement),
    ...[(5 + plan.options.length / 4) * 16, plan.flags],
    ...u16(plan.window),
    ...u16(checksum),
    ...u16(plan.urgent),
    ...plan.options,
  ];
}

export const ipBytes = (plan: PacketPlan): number => (plan.version === 4 ? 20 : 40);
export const headerBytes = (plan: PacketPlan): number =>
  ipBytes(plan) + (plan.protocol === 'tcp' ? 20 + plan.options.length : 8);

function pseudoHeader(plan: PacketPlan, transportBytes: number): number[] {
  return [...plan.addresses, ...u32(transportBytes), ...u32(plan.protocol === 'tcp' ? 6 : 17)];
}

/** A complete packet. */
export function buildPacket(plan: PacketPlan): Uint8Array {
  const transportBytes = headerBytes(plan) - ipBytes(plan) + plan.payload.length;
  const covered = [...pseudoHeader(plan, transportBytes), ...transportHeader(plan, 0), ...plan.payload];
  const checksum = naiveChecksum(covered);
  const sent = plan.protocol === 'udp' && checksum === 0 ? 0xffff : checksum;
  return Uint8Array.of(...ipHeader(plan, transportBytes), ...transportHeader(plan, sent), ...plan.payload);
}

/** A packet whose checksum field holds the sum of the pseudo-header only. */
export function buildUnfinished(plan: PacketPlan): Uint8Array {
  const transportBytes = headerBytes(plan) - ipBytes(plan) + plan.payload.length;
  const sum = naiveSum(pseudoHeader(plan, transportBytes));
  return Uint8Array.of(...ipHeader(plan, transportBytes), ...transportHeader(plan, sum), ...plan.payload);
}

export interface VirtioHeader {
  readonly flags: number;
  readonly gsoType: number;
  readonly headerBytes: number;
  readonly gsoBytes: number;
  readonly start: number;
  readonly offset: number;
}

export const virtioOctets = (header: VirtioHeader): number[] => [
  ...[header.flags, header.gsoType],
  ...[header.headerBytes, header.gsoBytes, header.start, header.offset].flatMap((n) => [n & 0xff, n >>> 8]),
];

export function virtioOf(plan: PacketPlan, gsoBytes: number): VirtioHeader {
  return {
    flags: 1,
    gsoType: plan.protocol === 'udp' ? 5 : plan.version === 4 ? 1 : 4,
    headerBytes: headerBytes(plan),
    gsoBytes,
    start: ipBytes(plan),
    offset: plan.protocol === 'udp' ? 6 : 16,
  };
}

/** What a read from a TUN device gives for a plan with more payload than a segment may have. */
export const buildSuperPacket = (plan: PacketPlan, gsoBytes: number): Uint8Array =>
  Uint8Array.of(...virtioOctets(virtioOf(plan, gsoBytes)), ...buildUnfinished(plan));

/** The packets that a super-packet stands for, each a plan of its own. */
export function planSegments(plan: PacketPlan, gsoBytes: number): PacketPlan[] {
  const segments: PacketPlan[] = [];
  for (let from = 0; from < plan.payload.length; from += gsoBytes) {
    const last = from + gsoBytes >= plan.payload.length;
    segments.push({
      ...plan,
      identification: (plan.identification + segments.length) % 0x1_0000,
      sequence: (plan.sequence + from) % 0x1_0000_0000,
      flags: plan.flags & ~(last ? 0 : FIN | PSH) & ~(from === 0 ? 0 : CWR),
      payload: plan.payload.slice(from, from + gsoBytes),
    });
  }
  return segments;
}

/** A flow with data in it; fields at their extremes more often than by chance. */
export function arbitraryPlan(flags: readonly number[]): fc.Arbitrary<PacketPlan> {
  const octets = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
  const port = fc.integer({ min: 0, max: 0xffff });
  return fc.constantFrom<4 | 6>(4, 6).chain((version) =>
    fc.record({
      version: fc.constant(version),
      protocol: fc.constantFrom('tcp', 'udp'),
      addresses: octets(version === 4 ? 8 : 32),
      ports: fc.tuple(port, port),
      trafficClass: fc.integer({ min: 0, max: 255 }),
      ttl: fc.integer({ min: 0, max: 255 }),
      identification: fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xfff0, max: 0xffff })),
      dontFragment: fc.boolean(),
      flowLabel: fc.integer({ min: 0, max: 0xf_ffff }),
      sequence: fc.oneof(
        fc.integer({ min: 0, max: 0xffff_ffff }),
        fc.integer({ min: 0xffff_ff00, max: 0xffff_ffff }),
        fc.integer({ min: 0x7fff_ff00, max: 0x8000_0000 }),
      ),
      acknowledgement: fc.integer({ min: 0, max: 0xffff_ffff }),
      flags: fc.constantFrom(...flags),
      window: fc.integer({ min: 0, max: 0xffff }),
      urgent: fc.constantFrom(0, 0, 7),
      options: fc.integer({ min: 0, max: 10 }).chain((words) => octets(4 * words)),
      payload: fc.uint8Array({ minLength: 1, maxLength: 400 }),
    }),
  );
}

/** An IPv4 TCP flow without anything unusual, for tests that vary one thing. */
export const PLAIN: PacketPlan = {
  version: 4,
  protocol: 'tcp',
  addresses: Uint8Array.of(10, 0, 0, 1, 10, 0, 0, 2),
  ports: [40_000, 443],
  trafficClass: 0,
  ttl: 64,
  identification: 7,
  dontFragment: true,
  flowLabel: 0,
  sequence: 1000,
  acknowledgement: 2000,
  flags: ACK,
  window: 500,
  urgent: 0,
  // No operation twice, then timestamps (RFC 7323 §3.2).
  options: Uint8Array.of(1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2),
  payload: Uint8Array.from({ length: 300 }, (_, i) => i % 251),
};

export const PLAIN_V6: PacketPlan = {
  ...PLAIN,
  version: 6,
  addresses: Uint8Array.from({ length: 32 }, (_, i) => i),
};

export function createMemory(bytes: number): PacketMemory {
  const buffer = new ArrayBuffer(bytes);
  return { bytes: new Uint8Array(buffer), view: new DataView(buffer) };
}
