import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromHex, toHex } from '../../../../src/core/bytes.ts';
import { Segmenter } from '../../../../src/tunnel/offload/segment.ts';
import {
  ACK,
  arbitraryPlan,
  buildPacket,
  buildSuperPacket,
  buildUnfinished,
  CWR,
  createMemory,
  FIN,
  headerBytes,
  ipBytes,
  type PacketPlan,
  PLAIN,
  PLAIN_V6,
  PSH,
  planSegments,
  type VirtioHeader,
  virtioOctets,
  virtioOf,
} from './packets.ts';

const CANARY = 0xee;
const TARGET = 100;
const SOURCE = 1800;

/** Reads outside the source would read outside the memory, which throws; writes outside the target are seen. */
function place(source: Uint8Array) {
  const memory = createMemory(SOURCE + source.length);
  memory.bytes.fill(CANARY);
  memory.bytes.set(source, SOURCE);
  const segmenter = new Segmenter(memory);
  const segments = segmenter.begin(SOURCE, source.length);
  const write = (i: number): Uint8Array => {
    memory.bytes.fill(CANARY, 0, SOURCE);
    const length = segmenter.write(i, TARGET);
    expect(segmenter.segmentBytes(i)).toBe(length);
    expect(memory.bytes.subarray(0, TARGET).every((octet) => octet === CANARY)).toBe(true);
    expect(memory.bytes.subarray(TARGET + length, SOURCE).every((octet) => octet === CANARY)).toBe(true);
    expect(source.every((octet, k) => octet === memory.bytes[SOURCE + k])).toBe(true);
    return memory.bytes.slice(TARGET, TARGET + length);
  };
  return { segments, write };
}

function segment(source: Uint8Array): Uint8Array[] | 'malformed' {
  const { segments, write } = place(source);
  return segments < 0 ? 'malformed' : Array.from({ length: segments }, (_, i) => write(i));
}

const begin = (header: VirtioHeader, packet: Uint8Array): number =>
  place(Uint8Array.of(...virtioOctets(header), ...packet)).segments;

const NOTHING_TO_DO: VirtioHeader = { flags: 0, gsoType: 0, headerBytes: 0, gsoBytes: 0, start: 0, offset: 0 };

test('a super-packet is segmented into the packets it stands for', () => {
  const flags = [ACK, ACK | PSH, ACK | PSH | FIN, ACK | CWR | PSH];
  fc.assert(
    fc.property(arbitraryPlan(flags), fc.integer({ min: 1, max: 420 }), fc.boolean(), (plan, gsoBytes, ecnBit) => {
      const source = buildSuperPacket(plan, gsoBytes);
      if (ecnBit) source[1] = (source[1] ?? 0) | 0x80;
      expect(segment(source)).toEqual(planSegments(plan, gsoBytes).map(buildPacket));
    }),
  );
});

test.each<[string, Partial<PacketPlan>]>([
  ['identification', { identification: 0xfffe }],
  ['sequence number', { sequence: 0xffff_ff80 }],
  ['sequence number as a signed number', { sequence: 0x7fff_ff80 }],
])('the %s wraps around', (_, change) => {
  const plan = { ...PLAIN, ...change };
  expect(segment(buildSuperPacket(plan, 100))).toEqual(planSegments(plan, 100).map(buildPacket));
});

test('a super-packet of 64 KiB is cut without loss', () => {
  const payload = Uint8Array.from({ length: 65_535 - headerBytes(PLAIN) }, (_, i) => (i * 7919) >>> 3);
  const plan = { ...PLAIN, payload };
  expect(segment(buildSuperPacket(plan, 1368))).toEqual(planSegments(plan, 1368).map(buildPacket));
});

test('a packet without its checksum gets it', () => {
  fc.assert(
    fc.property(arbitraryPlan([ACK]), (plan) => {
      const header = { ...virtioOf(plan, 0), gsoType: 0 };
      const source = Uint8Array.of(...virtioOctets(header), ...buildUnfinished(plan));
      const built = buildPacket(plan);
      // Zero and 0xffff are the same sum; for UDP it must be the second (RFC 768), for TCP it may be.
      const field = ipBytes(plan) + header.offset;
      if (built[field] === 0 && built[field + 1] === 0) built.set([0xff, 0xff], field);
      expect(segment(source)).toEqual([built]);
    }),
  );
});

test('a UDP checksum that comes to zero is sent as 0xffff (RFC 768)', () => {
  const plan: PacketPlan = { ...PLAIN, protocol: 'udp', payload: Uint8Array.of(0, 0) };
  const [high = 0, low = 0] = buildPacket(plan).slice(26, 28);
  // With its own checksum as payload, everything adds up to all ones.
  const zero = { ...plan, payload: Uint8Array.of(high, low) };
  expect([...(segment(buildSuperPacket(zero, 2))[0] as Uint8Array).slice(26, 28)]).toEqual([0xff, 0xff]);
  const whole = Uint8Array.of(...virtioOctets({ ...virtioOf(zero, 0), gsoType: 0 }), ...buildUnfinished(zero));
  expect([...(segment(whole)[0] as Uint8Array).slice(26, 28)]).toEqual([0xff, 0xff]);
});

test('a complete packet passes as it is, a wrong checksum included, and padding is cut off', () => {
  const packet = buildPacket(PLAIN).with(36, 0x12);
  expect(segment(Uint8Array.of(...virtioOctets(NOTHING_TO_DO), ...packet))).toEqual([packet]);
  expect(segment(Uint8Array.of(...virtioOctets(NOTHING_TO_DO), ...packet, 0, 0, 0))).toEqual([packet]);
});

/**
 * TCP over IPv4 with PSH, in segments of 8, 8 and 4 octets; UDP over IPv6, in datagrams of 6 and 5.
 * tshark 4.0 says of each segment that the checksums of IPv4, TCP and UDP are good (text2pcap -l 101, then
 * tshark -V -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE).
 */
test.each([
  [
    'TCP over IPv4',
    '01013400080014001000' +
      '4500004800074000400626a70a0000010a0000029c4001bb000003e8000007d0801801f4143d00000101080a0000000100000002' +
      '01264b7095badf04294e7398bde2072c51769bc0',
    [
      '4500003c00074000400626b30a0000010a0000029c4001bb000003e8000007d0801001f4f5b200000101080a0000000100000002' +
        '01264b7095badf04',
      '4500003c00084000400626b20a0000010a0000029c4001bb000003f0000007d0801001f4550b00000101080a0000000100000002' +
        '294e7398bde2072c',
      '4500003800094000400626b50a0000010a0000029c4001bb000003f8000007d0801801f4c9bd00000101080a0000000100000002' +
        '51769bc0',
    ],
  ],
  [
    'UDP over IPv6',
    '01053000060028000600' +
      '6000000000131140000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f9c4001bb0013f124' +
      '01264b7095badf04294e73',
    [
      '60000000000e1140000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f9c4001bb000e8e85' +
        '01264b7095ba',
      '60000000000d1140000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f9c4001bb000df584' + 'df04294e73',
    ],
  ],
])('segments of %s are those that tshark calls good', (_, source, segments) => {
  const cut = segment(fromHex(source) ?? Uint8Array.of());
  expect(cut === 'malformed' ? cut : cut.map(toHex)).toEqual(segments);
});

test.each<[string, Partial<VirtioHeader>]>([
  ['a gso_size of zero', { gsoBytes: 0 }],
  ['a super-packet whose checksum is not to be completed', { flags: 0 }],
  ['an unknown gso_type', { gsoType: 2 }],
  ['one datagram to fragment (UFO)', { gsoType: 3 }],
  ['the gso_type of the other IP version', { gsoType: 4 }],
  ['UDP where TCP is', { gsoType: 5, offset: 6 }],
  ['a checksum that begins in the IP header', { start: 16 }],
  ['a checksum that begins beyond the packet', { start: 4000 }],
  ['a checksum that begins in the IP header of a whole packet', { gsoType: 0, start: 16 }],
  ['a checksum field beyond the packet', { offset: 4000 }],
  ["a checksum field that is not TCP's", { offset: 6 }],
  ['a header longer than the packet', { headerBytes: 4000 }],
])('begin() refuses %s', (_, change) => {
  expect(begin({ ...virtioOf(PLAIN, 100), ...change }, buildUnfinished(PLAIN))).toBe(-1);
});

test.each<[string, Uint8Array, Partial<VirtioHeader>]>([
  ['a total length that disagrees with what was read', Uint8Array.of(...buildUnfinished(PLAIN), 0), {}],
  ['a TCP header shorter than 20 octets', buildUnfinished(PLAIN).with(32, 0x40), {}],
  ['a TCP header longer than the packet', buildUnfinished({ ...PLAIN, payload: Uint8Array.of(1) }).with(32, 0xf0), {}],
  ['a checksum that does not begin at the TCP header', buildUnfinished(PLAIN).with(36, 0x50), { start: 24 }],
  ['no payload to cut', buildUnfinished({ ...PLAIN, payload: Uint8Array.of() }), {}],
  ['version 5', buildUnfinished(PLAIN).with(0, 0x55), {}],
  ['TCP said of a packet of ICMP', buildUnfinished(PLAIN).with(9, 1), {}],
  ['a checksum field at the last octet', buildUnfinished(PLAIN), { gsoType: 0, offset: 331 }],
])('begin() refuses %s', (_, packet, change) => {
  expect(begin({ ...virtioOf(PLAIN, 100), headerBytes: 0, ...change }, packet)).toBe(-1);
});

test('begin() refuses an odd place for TCP behind extension headers', () => {
  const header = { ...virtioOf(PLAIN_V6, 100), start: 41 };
  // The flags, one octet on from where they belong, read as a TCP header of 20 octets.
  expect(begin(header, buildUnfinished({ ...PLAIN_V6, flags: 0x50 }))).toBe(-1);
});

test('begin() refuses a read that is shorter than its header, or said to be longer than the memory', () => {
  const memory = createMemory(100);
  expect(new Segmenter(memory).begin(0, 9)).toBe(-1);
  expect(new Segmenter(memory).begin(0, 10)).toBe(-1);
  memory.bytes.set(buildPacket(PLAIN).subarray(0, 30), 70);
  expect(new Segmenter(memory).begin(60, 1000)).toBe(-1);
});

test('TCP behind IPv6 extension headers is cut at csum_start', () => {
  const plain = buildUnfinished(PLAIN_V6);
  // A destination options header of 8 octets, with a PadN option (RFC 8200 §4.2, §4.6).
  const packet = Uint8Array.of(...plain.slice(0, 40), 6, 0, 1, 4, 0, 0, 0, 0, ...plain.slice(40)).with(6, 60);
  new DataView(packet.buffer).setUint16(4, packet.length - 40);
  const source = Uint8Array.of(...virtioOctets({ ...virtioOf(PLAIN_V6, 100), headerBytes: 80, start: 48 }), ...packet);
  const direct = planSegments(PLAIN_V6, 100).map(buildPacket);
  const cut = segment(source);
  expect(cut).not.toBe('malformed');
  expect((cut as Uint8Array[]).map((bytes) => bytes.slice(48))).toEqual(direct.map((bytes) => bytes.slice(40)));
  for (const bytes of cut as Uint8Array[])
    expect(bytes.slice(0, 48)).toEqual(
      packet
        .slice(0, 48)
        .with(4, 0)
        .with(5, bytes.length - 40),
    );
});

test('whatever the headers say, nothing outside the source is read and nothing outside the target is written', () => {
  const field = fc.oneof(fc.nat(80), fc.nat(0xffff));
  fc.assert(
    fc.property(
      arbitraryPlan([ACK]),
      fc.record({
        flags: fc.constantFrom(0, 1, 2, 3),
        gsoType: fc.constantFrom(0, 1, 3, 4, 5, 0x81, 0x84, 0xff),
        headerBytes: field,
        gsoBytes: fc.oneof(fc.integer({ min: 1, max: 80 }), field),
        start: fc.oneof(fc.constantFrom(20, 40, 41, 44), field),
        offset: fc.oneof(fc.constantFrom(6, 16), field),
      }),
      fc.array(fc.tuple(fc.nat(70), fc.nat(255)), { maxLength: 3 }),
      fc.nat(30),
      (plan, header, changes, cut) => {
        const packet = buildUnfinished(plan);
        for (const [at, octet] of changes) if (at < packet.length) packet[at] = octet;
        segment(Uint8Array.of(...virtioOctets(header), ...packet).slice(0, -cut || undefined));
      },
    ),
    { numRuns: 300 },
  );
});
