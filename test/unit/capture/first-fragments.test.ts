/** Captures with the first fragments of datagrams only, as a capture filter by port makes them. */
import { describe, expect, test } from 'vitest';
import { findingsOf } from '../../../src/capture/findings/findings.ts';
import { MAX_WAITING } from '../../../src/capture/pipeline/lookahead.ts';
import { BothWays } from '../../support/both-ways.ts';
import { ipPieces } from '../../support/fragments.ts';
import { type Captured, joined } from '../../support/joined.ts';
import {
  A6,
  B6,
  ethernet,
  initiation,
  ipv4,
  join,
  type Octets,
  recordOf,
  response,
  u16,
  u32,
  udp,
  wireguardData,
  zeros,
} from '../../support/packets.ts';
import { END_A, END_B, type End, TunnelScene } from '../../support/tunnel-scene.ts';

const A: End = { address: A6, port: 40_000 };
const B: End = { address: B6, port: 51_820 };
const CUT = 1264;
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const large = (from: End, to: End, counter: number): Uint8Array =>
  udp(from.port, to.port, wireguardData(2001, counter, 1420));

/** A handshake, then A's messages to B, every second one in two fragments. @param pick - fragments that are captured */
function packets(a: End, b: End, count: number, pick: (pieces: Uint8Array[], counter: number) => Uint8Array[]) {
  const shake = [
    ...ipPieces(a, b, udp(a.port, b.port, initiation(1001)), []),
    ...ipPieces(b, a, udp(b.port, a.port, response(2001, 1001)), []),
  ];
  const data = range(0, count).flatMap((counter) =>
    counter % 2 === 0
      ? ipPieces(a, b, udp(a.port, b.port, wireguardData(2001, counter, 96)), [])
      : pick(ipPieces(a, b, large(a, b, counter), [CUT], counter), counter),
  );
  return [...shake, ...data];
}

const bare = (packet: Uint8Array): Uint8Array => packet;

interface Wrapping {
  readonly name: string;
  readonly ends: readonly [End, End];
  readonly linkType: number;
  readonly wrap: (packet: Uint8Array) => Uint8Array;
}

const etherType = (packet: Uint8Array): number => ((packet[0] ?? 0) >>> 4 === 4 ? 0x0800 : 0x86dd);
const tagged = (packet: Uint8Array): Uint8Array => ethernet(0x8100, join(u16(7), u16(etherType(packet)), packet));
const WRAPPINGS: readonly Wrapping[] = [
  { name: 'IPv4', ends: [END_A, END_B], linkType: 101, wrap: bare },
  { name: 'IPv6', ends: [A, B], linkType: 101, wrap: bare },
  { name: 'IPv4 in a VLAN', ends: [END_A, END_B], linkType: 1, wrap: tagged },
  { name: 'IPv6 in a VLAN', ends: [A, B], linkType: 1, wrap: tagged },
  {
    name: 'IPv4 in VXLAN',
    ends: [END_A, END_B],
    linkType: 101,
    wrap: (packet) =>
      ipv4(17, udp(50_000, 4789, join([8, 0, 0, 0], u32(7 << 8), ethernet(0x0800, packet))), { source: [10, 0, 0, 1] }),
  },
  {
    name: 'IPv6 in GRE',
    ends: [A, B],
    linkType: 101,
    wrap: (packet) => ipv4(47, join(u16(0), u16(0x86dd), packet), { source: [10, 0, 0, 1] }),
  },
];

function analysed({ linkType, wrap }: Wrapping, list: readonly Uint8Array[]) {
  const ways = new BothWays();
  for (const [i, packet] of list.entries()) {
    ways.add(recordOf(wrap(packet), { frame: i + 1, linkType, seconds: 1_700_000_000, nanoseconds: i * 1e6 }));
  }
  return ways.result();
}

describe.each(WRAPPINGS)('$name', (wrapping) => {
  const [a, b] = wrapping.ends;
  const firsts = analysed(
    wrapping,
    packets(a, b, 40, (pieces) => pieces.slice(0, 1)),
  );
  const whole = analysed(
    wrapping,
    packets(a, b, 40, (pieces) => pieces),
  );

  test('every message is counted by its first fragment, with the same result as with all fragments', () => {
    const [peer] = firsts.wireguard?.peers ?? [];
    const [other] = whole.wireguard?.peers ?? [];
    expect(peer?.a_to_b).toMatchObject({ messages: 40, delivery: { received: 40, lost: 0, reordered: 0 } });
    expect(peer?.a_to_b.fragments).toMatchObject({ packets: 20, without_rest: 20 });
    expect(other?.a_to_b.fragments).toMatchObject({ packets: 40, without_rest: 0 });
    for (const field of [
      'inner_bytes',
      'outer_bytes',
      'sizes',
      'padding',
      'largest_outer_bytes',
      'delivery',
    ] as const) {
      expect(peer?.a_to_b[field], field).toEqual(other?.a_to_b[field]);
    }
    expect(peer?.capture_point).toEqual(other?.capture_point);
  });

  test('no loss and no MTU black hole is reported, but the filter that hides later fragments', () => {
    const codes = findingsOf(firsts.wireguard, null).map(({ code }) => code);
    expect(codes).toEqual(['outer-fragments', 'fragments-hidden', 'one-way-traffic']);
    expect(findingsOf(whole.wireguard, null).map(({ code }) => code)).toEqual(['outer-fragments', 'one-way-traffic']);
  });

  test('the counts of tunnels are the same', () => {
    const wireguard = (counts: typeof firsts) => counts.summary.tunnels.kinds.find(({ kind }) => kind === 'wireguard');
    expect(wireguard(firsts)).toEqual(wireguard(whole));
  });
});

const SCENE = WRAPPINGS[0] as Wrapping;

test('the finding names a filter that passes all fragments, with the port of the responder', () => {
  const { wireguard } = analysed(
    SCENE,
    packets(END_A, END_B, 10, (pieces) => pieces.slice(0, 1)),
  );
  const hidden = (filter: string | null) =>
    findingsOf(wireguard, null, { filter }).find(({ code }) => /^fragments-/.test(code));
  expect(hidden(null)).toMatchObject({ code: 'fragments-hidden', confidence: 'likely' });
  expect(hidden(null)?.next_step).toContain("'udp port 51820 or (ip[6:2] & 0x1fff != 0)'");
  expect(hidden('udp port 51820')).toMatchObject({ code: 'fragments-hidden', confidence: 'certain' });
  // Without a filter that hides them, they were not sent to this point.
  expect(hidden('udp')).toMatchObject({ code: 'fragments-missing', severity: 'problem' });
  expect(hidden('')).toMatchObject({ code: 'fragments-missing' });
});

test('later fragments between other addresses show that no filter hides them', () => {
  const other = ipPieces(END_B, { address: [203, 0, 113, 9], port: 9 }, udp(1, 2, zeros(2000)), [CUT]);
  const { wireguard } = analysed(SCENE, [...other, ...packets(END_A, END_B, 10, (pieces) => pieces.slice(0, 1))]);
  expect(findingsOf(wireguard, null).map(({ code }) => code)).toContain('fragments-missing');
});

test('a message whose later fragment is lost counts as lost if the capture has other later fragments', () => {
  const { wireguard } = analysed(
    SCENE,
    packets(END_A, END_B, 40, (pieces, counter) => (counter === 21 ? pieces.slice(0, 1) : pieces)),
  );
  expect(wireguard?.peers[0]?.a_to_b).toMatchObject({
    delivery: { received: 39, lost: 1 },
    fragments: { without_rest: 0 },
  });
});

test('later fragments are found before the first one, and between packets of other flows', () => {
  const between = range(0, 100).map((i) => ipv4(17, udp(1000 + i, 53, zeros(12)), { source: [10, 0, 0, 1] }));
  for (const pick of [
    (pieces: Uint8Array[]) => [...pieces].reverse(),
    ([first, last]: Uint8Array[]) => [first as Uint8Array, ...between, last as Uint8Array],
  ]) {
    const { wireguard } = analysed(SCENE, packets(END_A, END_B, 6, pick));
    expect(wireguard?.peers[0]?.a_to_b).toMatchObject({
      messages: 6,
      fragments: { without_rest: 0 },
      delivery: { lost: 0 },
    });
  }
});

test('a late fragment does not count its message twice, and the next first fragments wait for their later ones', () => {
  const between = range(0, MAX_WAITING + 1).map((i) =>
    ipv4(17, udp(1000 + i, 53, zeros(12)), { source: [10, 0, 0, 1] }),
  );
  const { wireguard } = analysed(
    SCENE,
    packets(END_A, END_B, 6, ([first, last], counter) =>
      counter === 1 ? [first as Uint8Array, ...between, last as Uint8Array] : [first as Uint8Array, last as Uint8Array],
    ),
  );
  expect(wireguard?.peers[0]?.a_to_b).toMatchObject({
    messages: 6,
    delivery: { received: 6, lost: 0, duplicates: 0 },
    fragments: { without_rest: 0 },
  });
});

test('first fragments of thousands of address pairs: memory is bounded, and no packet is lost', () => {
  const list = range(0, 5000).map(
    (i) =>
      ipPieces(
        { address: [10, 1, i >>> 8, i & 255], port: 9 },
        END_B,
        udp(9, 51_820, zeros(600)),
        [256],
      )[0] as Uint8Array,
  );
  expect(analysed(SCENE, list).summary.frames).toBe(5000);
});

describe('two captures, one of them filtered by port', () => {
  const sent = packets(END_A, END_B, 60, (pieces) => pieces);
  const filtered = packets(END_A, END_B, 60, (pieces) => pieces.slice(0, 1));
  const at = (list: readonly Uint8Array[], delayNs: number): Captured[] =>
    list.map((packet, i) => ({ packet, atNs: i * 1e6 + delayNs }));
  const back = (ns: number): Captured => ({
    packet: ipPieces(END_B, END_A, udp(END_B.port, END_A.port, wireguardData(1001, 0, 96)), [])[0] as Uint8Array,
    atNs: ns,
  });

  test.each([
    ['the sender', filtered, sent],
    ['the receiver', sent, filtered],
    ['both ends', filtered, filtered],
  ])('the filter was used at %s: no loss and no MTU black hole', (_which, first, second) => {
    const { flows } = joined([...at(first, 0), back(90e6)], [...at(second, 20e6), back(80e6)]);
    for (const { packets_lost, mtu_black_hole } of flows.flatMap(({ directions }) => directions)) {
      expect([packets_lost, mtu_black_hole]).toEqual([0, null]);
    }
  });
});

describe('other tunnels with sequence numbers', () => {
  const esp = (sequence: number): Octets => join(u32(0xabcdef01), u32(sequence), new Array<number>(1400).fill(0x5a));
  const gtp = (sequence: number): Octets =>
    join([0x32, 255], u16(4 + 1400), u32(7), u16(sequence), [0, 0], ipv4(17, udp(1, 2, zeros(1372))));
  const openvpn = (id: number): Octets => join([0x48, 0, 0, 3], u32(id), new Array<number>(1400).fill(0x77));

  test.each([
    ['ESP in UDP', 4500, esp, 'esp-in-udp'],
    ['GTP-U', 2152, gtp, 'gtpu'],
    ['OpenVPN', 1194, openvpn, 'openvpn'],
  ] as const)('%s: no sequence number is missing', (_name, port, message, kind) => {
    const [a, b] = [
      { ...END_A, port },
      { ...END_B, port },
    ];
    const list = range(1, 31).flatMap((sequence) =>
      ipPieces(a, b, udp(port, port, message(sequence)), [CUT], sequence).slice(0, 1),
    );
    const { flows } = analysed(SCENE, list).summary.tunnels;
    expect(flows).toMatchObject([{ kind, packets: 30, sequence: { lost: 0, reordered: 0 } }]);
  });
});

test('a filter by port passes no fragment of IPv6 at all: the finding says so', () => {
  const scene = new TunnelScene();
  for (const [i, packet] of packets(A, B, 60, () => []).entries()) scene.packet(i / 100, packet);
  const hole = findingsOf(scene.report(), null).find(({ code }) => code === 'mtu-black-hole');
  expect(hole?.next_step).toContain("'udp port 51820 or ip6[6] == 44'");
});

test.each([
  ['all pieces, cut', (pieces: Uint8Array[]) => pieces, 0],
  ['first pieces', (pieces: Uint8Array[]) => pieces.slice(0, 1), 10],
])('datagrams larger than a frame, %s: not taken for a train of messages', (_name, pick, alone) => {
  const ways = new BothWays();
  const list = [
    ...ipPieces(END_A, END_B, udp(40_000, 51_820, initiation(1001)), []),
    ...range(0, 10).flatMap((counter) =>
      pick(ipPieces(END_A, END_B, udp(40_000, 51_820, wireguardData(2001, counter, 4000)), [1480, 2960], counter)),
    ),
  ];
  for (const [i, packet] of list.entries()) {
    const kept = packet.slice(0, 200);
    ways.add(recordOf(kept, { frame: i + 1, linkType: 101, originalBytes: packet.length, nanoseconds: i * 1e6 }));
  }
  const [peer] = ways.result().wireguard?.peers ?? [];
  expect(peer?.a_to_b).toMatchObject({
    messages: 10,
    unsplit_datagrams: 0,
    largest_outer_bytes: 4060,
    delivery: { lost: 0 },
    fragments: { without_rest: alone },
  });
});
