import fc from 'fast-check';
import { expect, test } from 'vitest';
import { COALESCER_BYTES, Coalescer } from '../../../../src/tunnel/offload/coalesce.ts';
import { Segmenter } from '../../../../src/tunnel/offload/segment.ts';
import {
  ACK,
  arbitraryPlan,
  buildPacket,
  buildSuperPacket,
  createMemory,
  FIN,
  headerBytes,
  type PacketPlan,
  PLAIN,
  PLAIN_V6,
  PSH,
  planSegments,
} from './packets.ts';

const VIRTIO_BYTES = 10;
const BEGIN = 70_000;
const CANARY = 0xee;
const UDP: PacketPlan = { ...PLAIN, protocol: 'udp' };
const UDP_V6: PacketPlan = { ...PLAIN_V6, protocol: 'udp' };

/** Offers packets one after the other at one place, as a receiver does; a number flushes. Gives what is written. */
function coalesce(packets: readonly Uint8Array[], joinUdp = true, flushAfter = Number.POSITIVE_INFINITY): Uint8Array[] {
  const memory = createMemory(BEGIN + COALESCER_BYTES + 4);
  memory.bytes.fill(CANARY);
  const coalescer = new Coalescer(memory, BEGIN, joinUdp);
  const written: Uint8Array[] = [];
  const write = (at: number, length: number): void => void written.push(memory.bytes.slice(at, at + length));
  packets.forEach((packet, i) => {
    memory.bytes.fill(CANARY, 0, BEGIN);
    memory.bytes.set(packet, 16);
    coalescer.offer(16, packet.length, write);
    expect(memory.bytes.subarray(0, 6)).toEqual(new Uint8Array(6).fill(CANARY));
    if ((i + 1) % flushAfter === 0) coalescer.flush(write);
  });
  coalescer.flush(write);
  coalescer.flush(write);
  expect(memory.bytes.slice(-4)).toEqual(new Uint8Array(4).fill(CANARY));
  return written;
}

const alone = (packet: Uint8Array): Uint8Array => Uint8Array.of(...new Uint8Array(VIRTIO_BYTES), ...packet);

test('the segments of a super-packet become that super-packet', () => {
  fc.assert(
    fc.property(arbitraryPlan([ACK, ACK | PSH]), fc.integer({ min: 8, max: 200 }), (plan, gsoBytes) => {
      fc.pre(plan.payload.length > gsoBytes);
      expect(coalesce(planSegments(plan, gsoBytes).map(buildPacket))).toEqual([buildSuperPacket(plan, gsoBytes)]);
    }),
  );
});

test.each([
  ['TCP over IPv4', PLAIN],
  ['TCP over IPv6', PLAIN_V6],
])('a super-packet of %s ends before its length would not fit in 16 bits', (_, plan) => {
  const gsoBytes = 1300;
  const fitting = Math.floor((65_535 - headerBytes(plan)) / gsoBytes);
  const long = { ...plan, payload: new Uint8Array(gsoBytes * (fitting + 2)).fill(1) };
  const written = coalesce(planSegments(long, gsoBytes).map(buildPacket));
  expect(written.map((bytes) => bytes.length - VIRTIO_BYTES - headerBytes(plan))).toEqual([
    gsoBytes * fitting,
    2 * gsoBytes,
  ]);
});

test('at most 64 datagrams of UDP join (UDP_GRO_CNT_MAX)', () => {
  const long = { ...UDP, payload: new Uint8Array(10 * 70) };
  const written = coalesce(planSegments(long, 10).map(buildPacket));
  expect(written.map((bytes) => bytes.length - VIRTIO_BYTES - 28)).toEqual([640, 60]);
});

const [first = PLAIN, second = PLAIN] = planSegments({ ...PLAIN, payload: new Uint8Array(200) }, 100);
const [first6 = PLAIN, second6 = PLAIN] = planSegments({ ...PLAIN_V6, payload: new Uint8Array(200) }, 100);
const [datagram = UDP, datagram2 = UDP] = planSegments({ ...UDP, payload: new Uint8Array(200) }, 100);
const [datagram6 = UDP, datagram62 = UDP] = planSegments({ ...UDP_V6, payload: new Uint8Array(200) }, 100);

test.each<[string, PacketPlan, PacketPlan]>([
  ['the sequence number leaves a gap', first, { ...second, sequence: second.sequence + 1 }],
  ['the sequence number repeats', first, first],
  ['the acknowledgement differs', first, { ...second, acknowledgement: 2001 }],
  ['the window differs', first, { ...second, window: 501 }],
  ['the urgent pointer differs', first, { ...second, urgent: 1 }],
  ['the timestamp differs', first, { ...second, options: second.options.with(7, 9) }],
  ['there are fewer options', first, { ...second, options: Uint8Array.of() }],
  ['there are more options', { ...first, options: Uint8Array.of() }, second],
  ['FIN is set', first, { ...second, flags: ACK | FIN }],
  ['ECE is set', first, { ...second, flags: ACK | 0x40 }],
  ['the first ends with PSH', { ...first, flags: ACK | PSH }, second],
  ['the second is longer', first, { ...second, payload: new Uint8Array(101) }],
  ['the second has no payload', first, { ...second, payload: new Uint8Array(0) }],
  ['the first has no payload', { ...first, payload: new Uint8Array(0) }, { ...second, sequence: first.sequence }],
  ['the TTL differs', first, { ...second, ttl: 63 }],
  ['congestion was marked on one', first, { ...second, trafficClass: 3 }],
  ['one may be fragmented', first, { ...second, dontFragment: false }],
  [
    'fragmentable packets do not count on',
    { ...first, dontFragment: false },
    { ...first, ...second, dontFragment: false, identification: 9 },
  ],
  ['the port differs', first, { ...second, ports: [40_001, 443] }],
  ['the address differs', first, { ...second, addresses: first.addresses.with(7, 3) }],
  ['the hop limit differs', first6, { ...second6, ttl: 63 }],
  ['the flow label differs', first6, { ...second6, flowLabel: 1 }],
  ['the traffic class differs', first6, { ...second6, trafficClass: 1 }],
  ['the last octet of the address differs', first6, { ...second6, addresses: first6.addresses.with(31, 99) }],
  ['the datagram is longer', datagram, { ...datagram2, payload: new Uint8Array(101) }],
  ['the datagram has another port', datagram, { ...datagram2, ports: [40_000, 53] }],
  ['the datagram has another hop limit', datagram6, { ...datagram62, ttl: 1 }],
])('packets stay apart when %s', (_, one, other) => {
  const packets = [buildPacket(one), buildPacket(other)];
  expect(coalesce(packets)).toEqual(packets.map(alone));
});

test.each<[string, Partial<PacketPlan>]>([
  ['identification', { identification: 0xfffe, dontFragment: false }],
  ['sequence number', { sequence: 0xffff_ff80 }],
  ['sequence number as a signed number', { sequence: 0x7fff_ff80 }],
])('segments join while the %s wraps around', (_, change) => {
  const plan = { ...PLAIN, ...change };
  expect(coalesce(planSegments(plan, 75).map(buildPacket))).toEqual([buildSuperPacket(plan, 75)]);
});

test.each([
  ['TCP', PLAIN],
  ['UDP', UDP],
])('nothing joins after a short packet of %s, and the flow begins anew', (_, plan) => {
  const short = { ...plan, payload: new Uint8Array(150).fill(1) };
  const next = { ...short, sequence: short.sequence + 150 };
  const packets = [short, next].flatMap((of) => planSegments(of, 100).map(buildPacket));
  // The third packet is as short as the second, so only its place keeps it out.
  const last = buildPacket({ ...next, sequence: next.sequence + 150, payload: new Uint8Array(50) });
  expect(coalesce([...packets, last])).toEqual([...[short, next].map((of) => buildSuperPacket(of, 100)), alone(last)]);
});

test('nothing joins after PSH, and the flow begins anew', () => {
  const pushed = { ...PLAIN, flags: ACK | PSH, payload: new Uint8Array(300).fill(1) };
  const next = { ...pushed, sequence: pushed.sequence + 300 };
  const packets = [pushed, next].flatMap((of) => planSegments(of, 100).map(buildPacket));
  expect(coalesce(packets)).toEqual([pushed, next].map((of) => buildSuperPacket(of, 100)));
});

const flip = (packet: Uint8Array, at: number): Uint8Array => packet.with(at, (packet[at] ?? 0) ^ 1);
const withIpChecksum = (packet: Uint8Array): Uint8Array => {
  const copy = packet.slice();
  const view = new DataView(copy.buffer);
  view.setUint16(10, 0);
  let sum = 0;
  for (let i = 0; i < ((packet[0] ?? 0) % 16) * 4; i += 2) sum += view.getUint16(i);
  view.setUint16(10, ~(sum % 0xffff));
  return copy;
};

test.each<[string, (packet: Uint8Array) => Uint8Array]>([
  ['a wrong TCP checksum', (packet) => flip(packet, 37)],
  ['a damaged payload', (packet) => flip(packet, packet.length - 1)],
  ['a wrong IPv4 header checksum', (packet) => flip(packet, 11)],
  ['more fragments to come', (packet) => withIpChecksum(packet.with(6, 0x20))],
  ['a fragment offset', (packet) => withIpChecksum(packet.with(7, 1))],
  ['the reserved flag of IPv4', (packet) => withIpChecksum(packet.with(6, 0xc0))],
])('a packet with %s passes as it is, in its place', (_, spoil) => {
  const segments = planSegments({ ...PLAIN, payload: new Uint8Array(300) }, 100).map(buildPacket);
  for (const at of [0, 1, 2]) {
    const packets = segments.map((packet, i) => (i === at ? spoil(packet) : packet));
    const written = coalesce(packets);
    expect(written).toContainEqual(alone(packets[at] ?? Uint8Array.of()));
    expect(recut(written)).toEqual(packets);
  }
});

test.each<[string, Uint8Array]>([
  ['ICMP', withIpChecksum(buildPacket(PLAIN).with(9, 1))],
  ['IPv4 options', withIpChecksum(Uint8Array.of(0x46, ...buildPacket(PLAIN).slice(1)))],
  ['IPv6 extension headers', buildPacket(PLAIN_V6).with(6, 0)],
  ['a TCP header that is cut', withIpChecksum(buildPacket(PLAIN).slice(0, 39).with(2, 0).with(3, 39))],
  ['a TCP header shorter than 20 octets', buildPacket(PLAIN).with(32, 0x40)],
  ['a TCP header longer than the packet', buildPacket({ ...PLAIN, payload: Uint8Array.of(1) }).with(32, 0xf0)],
  ['a UDP header that is cut', withIpChecksum(buildPacket(UDP).slice(0, 27).with(2, 0).with(3, 27))],
  ['a UDP length that is not its own', buildPacket(UDP).with(25, 9)],
  ['no UDP checksum', buildPacket(UDP).with(26, 0).with(27, 0)],
  ['a total length that is not the length offered', Uint8Array.of(...buildPacket(PLAIN), 0)],
  ['one octet', Uint8Array.of(0x45)],
])('a packet with %s passes as it is, after what is held', (_, packet) => {
  expect(coalesce([packet])).toEqual([alone(packet)]);
  expect(coalesce([packet, packet])).toEqual([alone(packet), alone(packet)]);
});

test('a packet without a flow does not overtake pending packets', () => {
  const held = buildPacket(first);
  const icmp = withIpChecksum(held.with(9, 1));
  expect(coalesce([held, icmp])).toEqual([alone(held), alone(icmp)]);
});

test('UDP passes alone where the device takes no UDP super-packets, and TCP still joins', () => {
  const datagrams = [buildPacket(datagram), buildPacket(datagram2)];
  const whole = { ...PLAIN, payload: new Uint8Array(200) };
  expect(coalesce([buildPacket(first), ...datagrams, buildPacket(second)], false)).toEqual([
    ...datagrams.map(alone),
    buildSuperPacket(whole, 100),
  ]);
});

test('flows that alternate join each by itself', () => {
  const flows = Array.from({ length: 8 }, (_, i) => ({
    ...PLAIN,
    ports: [i, 443] as const,
    payload: new Uint8Array(400).fill(i),
  }));
  const segments = flows.map((plan) => planSegments(plan, 100).map(buildPacket));
  const packets = [0, 1, 2, 3].flatMap((k) => segments.map((of) => of[k] ?? Uint8Array.of()));
  expect(coalesce(packets)).toEqual(flows.map((plan) => buildSuperPacket(plan, 100)));
});

test('with more flows than places, seven join and the others share one', () => {
  const flows = Array.from({ length: 10 }, (_, i) => ({
    ...PLAIN,
    ports: [i, 443] as const,
    payload: new Uint8Array(300).fill(i),
  }));
  const segments = flows.map((plan) => planSegments(plan, 100).map(buildPacket));
  const packets = [0, 1, 2].flatMap((k) => segments.map((of) => of[k] ?? Uint8Array.of()));
  const written = coalesce(packets);
  for (const plan of flows.slice(0, 7)) expect(written).toContainEqual(buildSuperPacket(plan, 100));
  expect(written).toHaveLength(7 + 3 * 3);
});

/** Cuts what was written into packets again. */
function recut(written: readonly Uint8Array[]): Uint8Array[] {
  return written.flatMap((bytes) => {
    const memory = createMemory(bytes.length + 2000);
    memory.bytes.set(bytes, 2000);
    const segmenter = new Segmenter(memory);
    const segments = segmenter.begin(2000, bytes.length);
    if (segments < 0) return [bytes.slice(VIRTIO_BYTES)];
    return Array.from({ length: segments }, (_, i) => memory.bytes.slice(0, segmenter.write(i, 0)));
  });
}

test('whatever is offered comes out again, unchanged and in the order of its flow', () => {
  const change = fc.constantFrom<(plan: PacketPlan) => PacketPlan>(
    ...[(plan: PacketPlan) => plan, (plan: PacketPlan) => plan, (plan: PacketPlan) => plan],
    (plan) => ({ ...plan, flags: plan.flags | PSH }),
    (plan) => ({ ...plan, flags: plan.flags | FIN }),
    (plan) => ({ ...plan, acknowledgement: 1 }),
    (plan) => ({ ...plan, trafficClass: 3 }),
    (plan) => ({ ...plan, payload: plan.payload.slice(0, -1) }),
    (plan) => ({ ...plan, payload: Uint8Array.of() }),
    (plan) => ({ ...plan, identification: 5, dontFragment: false }),
  );
  const step = fc.record({
    flow: fc.nat(10),
    change,
    skip: fc.constantFrom(0, 0, 0, 1),
    damage: fc.constantFrom(0, 0, 0, 1),
  });
  fc.assert(
    fc.property(
      fc.array(arbitraryPlan([ACK]), { minLength: 1, maxLength: 11 }),
      fc.integer({ min: 20, max: 200 }),
      fc.array(step, { maxLength: 60 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 60 }),
      (plans, gsoBytes, steps, joinUdp, flushAfter) => {
        const flows = plans.map((plan, i) => planSegments({ ...plan, ports: [i, 0] }, gsoBytes));
        const packets: Uint8Array[] = [];
        for (const { flow, change, skip, damage } of steps) {
          const rest = flows[flow];
          if (skip === 1) rest?.shift();
          const plan = rest?.shift();
          if (!plan) continue;
          const packet = buildPacket(change(plan));
          packets.push(damage === 1 ? flip(packet, packet.length - 1) : packet);
        }
        const byFlow = (all: Uint8Array[]): Uint8Array[][] =>
          plans.map((plan, i) => all.filter((packet) => portOf(packet, plan) === i).map(withoutIdentification));
        expect(byFlow(recut(coalesce(packets, joinUdp, flushAfter)))).toEqual(byFlow(packets));
      },
    ),
  );
});

const portOf = (packet: Uint8Array, plan: PacketPlan): number | null => {
  const addresses = plan.version === 4 ? 12 : 8;
  const transport = plan.version === 4 ? 20 : 40;
  const same = plan.addresses.every((octet, i) => packet[addresses + i] === octet);
  return same && (packet[0] ?? 0) >>> 4 === plan.version ? (packet[transport + 1] ?? 0) : null;
};

/** What may be fragmented keeps its identification; what may not has none that counts (RFC 6864 §4.1). */
function withoutIdentification(packet: Uint8Array): Uint8Array {
  const atomic = (packet[0] ?? 0) >>> 4 === 4 && packet[6] === 0x40;
  return atomic ? packet.with(4, 0).with(5, 0).with(10, 0).with(11, 0) : packet;
}
