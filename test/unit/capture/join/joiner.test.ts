import { describe, expect, test } from 'vitest';
import type { CaptureJoin, JoinDirection } from '../../../../src/capture/documents/capture-join.ts';
import { MessageTable } from '../../../../src/capture/join/message-table.ts';
import { type Captured, joined } from '../../../support/joined.ts';
import {
  A,
  B,
  icmpEcho,
  initiation,
  ipv4,
  join,
  type Octets,
  u16,
  u32,
  udp,
  wireguardData,
  zeros,
} from '../../../support/packets.ts';

const MS = 1e6;
const back = { source: B, destination: A };
/** An inner packet that is not like the others. */
const inner = (id: number): Uint8Array => ipv4(1, icmpEcho(), { id });

const esp = (spi: number, sequence: number, bytes = 40): Uint8Array =>
  join(u32(spi), u32(sequence), u32(spi ^ sequence), zeros(bytes - 4));
const gre = (key: number | null, sequence: number): Uint8Array =>
  join(u16(key === null ? 0x1000 : 0x3000), u16(0x0800), key === null ? [] : u32(key), u32(sequence), inner(sequence));
const gtpu = (teid: number, sequence: number | null, id = sequence ?? 0): Uint8Array => {
  const optional: Octets = sequence === null ? [] : join(u16(sequence), [0, 0]);
  const payload = join(optional, inner(id));
  return udp(2152, 2152, join([sequence === null ? 0x30 : 0x32, 255], u16(payload.length), u32(teid), payload));
};
const openvpn = (peer: number, packetId: number, tag: number): Uint8Array =>
  udp(40_000, 1194, join(u32(0x4800_0000 + peer), u32(packetId), u32(tag), zeros(40)));

type Packet = (number: number) => Uint8Array;

interface Way {
  readonly packet: Packet;
  readonly count: number;
  readonly lost?: readonly number[];
  readonly delayNs?: (number: number) => number;
}

const FREQUENT_NS = 10 * MS;

/**
 * Packets 0, 1, …, one every 10 ms, at the sender and at the receiver. The clock of the latter is ahead by `clockNs`.
 */
function way({ packet, count, lost = [], delayNs = () => 20 * MS }: Way, clockNs = 0): [Captured[], Captured[]] {
  const sent = Array.from({ length: count }, (_, n) => ({ packet: packet(n), atNs: 5e9 + n * FREQUENT_NS }));
  const received = sent
    .map((one, n) => ({ ...one, n, atNs: one.atNs + delayNs(n) + clockNs }))
    .filter(({ n }) => !lost.includes(n))
    .sort((a, b) => a.atNs - b.atNs)
    .map(({ packet: bytes, atNs }) => ({ packet: bytes, atNs }));
  return [sent, received];
}

/** Frames that are no tunnel's: that a capture ran long before and after shows by them. */
const framed = (packets: readonly Captured[]): Captured[] => {
  const noise = ipv4(17, udp(1, 2, [1, 2, 3]));
  return [{ packet: noise, atNs: 0 }, ...packets, { packet: noise, atNs: 1000e9 }];
};
const byTime = (...lists: readonly (readonly Captured[])[]): Captured[] =>
  lists.flat().sort((a, b) => (a.atNs ?? 0) - (b.atNs ?? 0));

const only = (result: CaptureJoin): JoinDirection => {
  expect(result.flows).toHaveLength(1);
  expect(result.flows[0]?.directions).toHaveLength(1);
  const direction = result.flows[0]?.directions[0];
  if (direction === undefined) throw new Error('no direction');
  return direction;
};

describe('identity of messages', () => {
  test.each<[string, string, Packet]>([
    ['ESP', 'esp', (n) => ipv4(50, esp(0x1000, n + 1))],
    ['ESP in UDP', 'esp', (n) => ipv4(17, udp(4500, 4500, esp(0x1000, n + 1)))],
    ['GRE with a key', 'gre', (n) => ipv4(47, gre(7, n))],
    ['GRE without a key', 'gre', (n) => ipv4(47, gre(null, n))],
    ['GTP-U', 'gtpu', (n) => ipv4(17, gtpu(9, n))],
    ['OpenVPN', 'openvpn', (n) => ipv4(17, openvpn(3, n + 1, (n * 0x9e37_79b1) >>> 0))],
    ['WireGuard', 'wireguard', (n) => ipv4(17, udp(51_820, 51_820, n === 0 ? initiation(5) : wireguardData(9, n)))],
  ])('%s: two of ten are lost, one comes late', (_, tunnel, packet) => {
    const delayNs = (n: number): number => (n === 6 ? 35 * MS : 20 * MS);
    const [sent, received] = way({ packet, count: 10, lost: [2, 3], delayNs });
    const result = joined(framed(sent), framed(received));
    expect(result.flows[0]?.tunnel).toBe(tunnel);
    const direction = only(result);
    expect(direction).toMatchObject({
      sender: 'first',
      sender_by: 'loss',
      packets_sent: 10,
      packets_received: 8,
      packets_lost: 2,
      packets_reordered: 1,
      packets_duplicated: 0,
      packets_outside: 0,
      one_way_delay_ns: null,
    });
    expect(direction.delay_variation_ns).toMatchObject({ n: 8, min: 0, p50: 0, max: 15 * MS });
  });

  test('ESP through NAT: addresses and ports differ at the other end', () => {
    const [sent] = way({ packet: (n) => ipv4(17, udp(4500, 4500, esp(0x1000, n))), count: 10 });
    const nat = { source: [203, 0, 113, 9], destination: B };
    const [, received] = way({ packet: (n) => ipv4(17, udp(61_234, 4500, esp(0x1000, n)), nat), count: 10, lost: [5] });
    expect(only(joined(framed(sent), framed(received)))).toMatchObject({
      from: '192.0.2.1:4500',
      packets_sent: 10,
      packets_lost: 1,
      ids: [{ id: '0x00001000', packets_sent: 10, packets_lost: 1 }],
    });
  });

  test('two directions with different ports are one flow', () => {
    const [out, outThere] = way({ packet: (n) => ipv4(17, udp(61_234, 4500, esp(0x1001, n))), count: 5 });
    const [home, homeHere] = way({ packet: (n) => ipv4(17, udp(4500, 61_234, esp(0x1002, n)), back), count: 5 });
    const result = joined(byTime(out, homeHere), byTime(outThere, home));
    expect(result.flows).toHaveLength(1);
    expect(result.flows[0]?.directions).toMatchObject([{ to: '198.51.100.2:4500' }, { to: '192.0.2.1:61234' }]);
  });

  test('GRE without a key: both directions count from 0, and are kept apart', () => {
    const [out, outThere] = way({ packet: (n) => ipv4(47, gre(null, n)), count: 10, lost: [4] });
    const [home, homeHere] = way({ packet: (n) => ipv4(47, gre(null, n), back), count: 10, lost: [7, 8] });
    const result = joined(framed(byTime(out, homeHere)), framed(byTime(outThere, home)));
    expect(result.flows).toHaveLength(1);
    expect(result.flows[0]?.directions).toMatchObject([
      { from: '192.0.2.1', packets_sent: 10, packets_lost: 1, sender: 'first' },
      { from: '198.51.100.2', packets_sent: 10, packets_lost: 2, sender: 'second' },
    ]);
  });

  test('GTP-U numbers wrap around after 65536, and the inner packet distinguishes them', () => {
    const packet = (n: number): Uint8Array => ipv4(17, gtpu(9, n % 4, n));
    const [sent, received] = way({ packet, count: 20, lost: [1] });
    expect(only(joined(framed(sent), framed(received)))).toMatchObject({
      packets_sent: 20,
      packets_lost: 1,
      packets_duplicated: 0,
      packets_missed_by_both: null,
    });
  });

  test('messages without a number, or cut before it, are not compared', () => {
    const plain = { packet: ipv4(17, gtpu(9, null)), atNs: 0 };
    const short = { packet: ipv4(17, openvpn(3, 1, 1)), atNs: 0, kept: 34 };
    const result = joined([plain, short], [plain, short]);
    expect(result).toMatchObject({ messages_shared: 0, flows: [] });
    expect(result.first).toMatchObject({ messages: 0, messages_without_id: 2 });
  });
});

describe('clocks', () => {
  const there: Way = { packet: (n) => ipv4(50, esp(0x1000, n)), count: 50, delayNs: (n) => 30 * MS + (n % 7) * MS };
  const home: Way = {
    packet: (n) => ipv4(50, esp(0x2000, n), back),
    count: 50,
    delayNs: (n) => 30 * MS + (n % 5) * MS,
  };

  test.each([0, 3600e9, -250 * MS])('an offset of %i ns is found, and subtracted from the delays', (clockNs) => {
    const [out, outThere] = way(there, clockNs);
    const [sent, received] = way(home);
    const homeThere = sent.map(({ packet, atNs }) => ({ packet, atNs: (atNs ?? 0) + clockNs }));
    const result = joined(byTime(out, received), byTime(outThere, homeThere));
    expect(result.clock_offset_ns).toBe(clockNs);
    expect(result.clock_offset_error_ns).toBe(30 * MS);
    expect(result.flows[0]?.directions).toMatchObject([
      { sender: 'first', sender_by: 'both-directions', one_way_delay_ns: { min: 30 * MS, max: 36 * MS } },
      { sender: 'second', sender_by: 'both-directions', one_way_delay_ns: { min: 30 * MS, max: 34 * MS } },
    ]);
  });

  test('an asymmetric path shifts the estimate by no more than the reported error', () => {
    const [out, outThere] = way({ ...there, delayNs: () => 50 * MS });
    const [sent, received] = way({ ...home, delayNs: () => 10 * MS });
    const result = joined(byTime(out, received), byTime(outThere, sent));
    expect(result.clock_offset_ns).toBe(20 * MS);
    expect(result.clock_offset_error_ns).toBe(30 * MS);
  });

  test('from one direction there is delay variation, but no offset', () => {
    const [out, outThere] = way(there);
    const result = joined(out, outThere);
    expect(result).toMatchObject({ clock_offset_ns: null, clock_offset_error_ns: null });
    expect(only(result)).toMatchObject({ sender: 'first', sender_by: 'clocks', one_way_delay_ns: null });
    expect(only(result).delay_variation_ns?.max).toBe(6 * MS);
  });

  test('without times, loss is counted over the whole files', () => {
    const timeless = (packets: readonly Captured[]) => packets.map(({ packet }) => ({ packet, atNs: null }));
    const [out, outThere] = way({ ...there, lost: [0, 10, 49] });
    expect(only(joined(timeless(out), timeless(outThere)))).toMatchObject({
      packets_sent: 50,
      packets_lost: 3,
      packets_outside: 0,
      delay_variation_ns: null,
    });
  });

  test('a direction of which nothing arrives is the opposite of the one that arrives', () => {
    const [out] = way(there);
    const [sent, received] = way({ ...home, lost: [1] });
    const result = joined(framed(byTime(out, received)), framed(sent));
    expect(result.flows[0]?.directions).toMatchObject([
      { from: '192.0.2.1', sender: 'first', sender_by: 'opposite', packets_sent: 50, packets_lost: 50, loss_ratio: 1 },
      { sender: 'second', sender_by: 'loss', packets_lost: 1 },
    ]);
  });
});

describe('limits of a capture', () => {
  const packet: Packet = (n) => ipv4(50, esp(0x1000, n));

  test('the receiver began later and ended earlier: messages at the edges are not lost', () => {
    const [sent, received] = way({ packet, count: 100, lost: [50, 99] });
    const direction = only(joined(sent, received.slice(20, -20)));
    expect(direction).toMatchObject({ packets_lost: 1, packets_missed_by_sender: 0 });
    expect(direction.packets_sent + direction.packets_outside).toBe(100);
    expect(direction.packets_sent).toBeGreaterThanOrEqual(58);
  });

  test('the sender began later: messages before that do not count as missed by it', () => {
    const [sent, received] = way({ packet, count: 100, lost: [50] });
    expect(only(joined(sent.slice(20), received))).toMatchObject({ packets_lost: 1, packets_missed_by_sender: 0 });
  });

  test('messages missing in the capture at the sender, and numbers missing in both, are counted', () => {
    const [sent, received] = way({ packet, count: 100, lost: [10, 20, 30, 40, 50] });
    const without = sent.filter((_, n) => n !== 60 && n !== 61 && n !== 10);
    expect(only(joined(framed(without), framed(received)))).toMatchObject({
      sender: 'first',
      packets_sent: 97,
      packets_lost: 4,
      packets_missed_by_sender: 2,
      packets_missed_by_both: 1,
    });
  });

  test('copies that the sender made are not counted as duplicates', () => {
    const [sent, received] = way({ packet, count: 10 });
    const twice = sent.flatMap((one, n) => (n === 3 ? [one, one] : [one]));
    const thrice = received.flatMap((one, n) => (n === 3 || n === 5 ? [one, one, one] : [one]));
    expect(only(joined(framed(twice), framed(thrice)))).toMatchObject({ packets_duplicated: 1 + 2, packets_lost: 0 });
  });

  test('when the table is full, messages are counted as left out, and their time is not covered', () => {
    const [sent, received] = way({ packet, count: 100, lost: [5, 90] });
    const result = joined(sent, received, new MessageTable(64));
    expect(result.first).toMatchObject({ messages: 100, messages_left_out: 100 - 48 });
    expect(only(result)).toMatchObject({ packets_lost: 1 });
    expect(only(result).packets_sent).toBeLessThanOrEqual(48);
  });

  test('implausible counters are not used to count missing messages', () => {
    const wild: Packet = (n) => ipv4(50, esp(0x1000, (n * 0x9e37_79b1) >>> 0));
    const [sent, received] = way({ packet: wild, count: 50, lost: [7] });
    expect(only(joined(framed(sent), framed(received)))).toMatchObject({
      packets_lost: 1,
      packets_missed_by_both: null,
    });
  });
});

describe('sizes', () => {
  test('all large packets are lost: a black hole', () => {
    const packet: Packet = (n) => ipv4(50, esp(0x1000, n, n % 3 === 0 ? 1400 : 200));
    const lost = Array.from({ length: 30 }, (_, n) => n).filter((n) => n % 3 === 0);
    const [sent, received] = way({ packet, count: 30, lost });
    expect(only(joined(framed(sent), framed(received))).mtu_black_hole).toEqual({
      largest_received_bytes: 228,
      smallest_lost_bytes: 1428,
      packets_lost: 10,
    });
  });

  test('half of all packets are lost, the three largest among them: no black hole', () => {
    const packet: Packet = (n) => ipv4(50, esp(0x1000, n, n < 3 ? 1400 : 200));
    const lost = [0, 1, 2, ...Array.from({ length: 13 }, (_, n) => 2 * n + 4)];
    const [sent, received] = way({ packet, count: 30, lost });
    const direction = only(joined(framed(sent), framed(received)));
    expect(direction.mtu_black_hole).toBeNull();
    expect(direction).toMatchObject({ largest_received_bytes: 228, smallest_lost_bytes: 228 });
  });
});

describe('a clock that jumps in one of two captures', () => {
  const data: Packet = (number) => ipv4(17, udp(40_000, 51_820, wireguardData(7, number)));
  const answer: Packet = (number) => ipv4(17, udp(51_820, 40_000, wireguardData(8, number)), back);
  const jumped = (list: readonly Captured[], byNs: number): Captured[] =>
    list.map(({ atNs, ...one }, i) => ({ ...one, atNs: (atNs ?? 0) + (i < list.length / 2 ? 0 : byNs) }));
  const [sent, received] = way({ packet: data, count: 100, lost: [10, 50, 90] });
  const [answered, arrived] = way({ packet: answer, count: 100 });
  const at = (list: readonly Captured[]): Captured[] => [...list].sort((a, b) => (a.atNs ?? 0) - (b.atNs ?? 0));
  const near = at([...sent, ...arrived]);
  const far = at([...received, ...answered]);

  test.each([
    ['forward by a year', 365 * 86_400e9],
    ['back by an hour', -3600e9],
  ])('%s: losses are the same, and there are no delays', (_name, byNs) => {
    for (const [first, second, side] of [
      [jumped(near, byNs), far, 'first'],
      [near, jumped(far, byNs), 'second'],
    ] as const) {
      const result = joined(first, second);
      expect(result[side].clock_jumps).toBe(1);
      expect(result.clock_offset_ns).toBeNull();
      const [one, other] = result.flows[0]?.directions ?? [];
      expect([one?.packets_lost, other?.packets_lost].sort()).toEqual([0, 3]);
      expect([one?.packets_outside, other?.packets_outside]).toEqual([0, 0]);
      expect([one?.one_way_delay_ns, one?.delay_variation_ns]).toEqual([null, null]);
    }
  });

  test('without a jump there are delays', () => {
    const result = joined(near, far);
    expect([result.first.clock_jumps, result.second.clock_jumps]).toEqual([0, 0]);
    expect(result.clock_offset_ns).not.toBeNull();
  });
});
