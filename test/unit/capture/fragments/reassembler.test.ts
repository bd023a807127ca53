import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FRAGMENT_LIFETIME_S, MAX_PACKETS, Reassembler } from '../../../../src/capture/fragments/reassembler.ts';
import { Bench, ipv4, ipv6, join, u16, u32, udp, wireguardData } from '../../../support/packets.ts';

const MORE = 0x2000;
const message = udp(51_820, 51_820, wireguardData(7, 0, 200));
const piece = (from: number, to: number, isLast: boolean, id = 9): Uint8Array =>
  ipv4(17, message.slice(from, to), { id, fragment: (isLast ? 0 : MORE) | (from / 8) });
const end = message.length;

test('fragments of IPv4 in any order are reassembled when the last one is received', () => {
  const bench = new Bench();
  expect(bench.ip(piece(160, end, true))).toBe('ipv4');
  expect(bench.stack.fragment).toBe('later');
  expect(bench.ip(piece(0, 80, false))).toBe('ipv4 udp');
  expect(bench.stack.fragment).toBe('first');
  expect(bench.ip(piece(80, 160, false))).toBe('ipv4 udp wireguard');
  expect(bench.stack.fragment).toBe('reassembled');
  expect(bench.stack.error).toBeNull();
  expect(bench.stack.wireBytes[2]).toBe(end - 8);
  // All three fragments with their headers.
  expect(bench.stack.wireBytes[0]).toBe(end + 60);
});

test('fragments of IPv6 are reassembled', () => {
  const bench = new Bench();
  const part = (from: number, to: number, more: number): Uint8Array =>
    ipv6(44, join([17, 0], u16(from | more), u32(5), message.slice(from, to)));
  expect(bench.ip(part(0, 80, 1))).toBe('ipv6 fragment udp');
  expect(bench.ip(part(80, end, 0))).toBe('ipv6 fragment udp wireguard');
});

test('a duplicate fragment is ignored; an overlapping one drops the packet (RFC 5722)', () => {
  const reassembler = new Reassembler();
  const bench = new Bench({ reassembler });
  bench.ip(piece(0, 80, false));
  bench.ip(piece(0, 80, false));
  expect(bench.ip(piece(80, end, true))).toBe('ipv4 udp wireguard');
  bench.ip(piece(0, 80, false, 10));
  bench.ip(piece(72, 160, false, 10));
  expect(reassembler.abandoned).toBe(1);
  expect(reassembler.waiting).toBe(0);
});

test('a fragment cut by the snaplen counts with its length on the wire', () => {
  const bench = new Bench();
  const first = piece(0, 160, false);
  bench.ip(first.slice(0, 60), { originalBytes: first.length });
  expect(bench.ip(piece(160, end, true))).toBe('ipv4 udp wireguard');
  expect(bench.stack.wireBytes[2]).toBe(end - 8);
  expect(bench.stack.capturedBytes[2]).toBe(60 - 20 - 8);
});

test('packets are dropped after the timeout and beyond the bounds', () => {
  const reassembler = new Reassembler();
  const bench = new Bench({ reassembler });
  bench.ip(piece(0, 80, false, 1), { seconds: 1000 });
  bench.ip(piece(0, 80, false, 2), { seconds: 1001 + FRAGMENT_LIFETIME_S });
  expect(reassembler.waiting).toBe(1);
  for (let id = 3; id < MAX_PACKETS + 50; id++) bench.ip(piece(0, 80, false, id), { seconds: 1100 });
  expect(reassembler.waiting).toBeLessThanOrEqual(MAX_PACKETS);
});

test('a packet larger than IP allows is dropped', () => {
  const reassembler = new Reassembler();
  const bench = new Bench({ reassembler });
  bench.ip(ipv4(17, message, { fragment: MORE | 8191 }));
  expect(reassembler.waiting).toBe(0);
});

test('a packet is reassembled from any fragments in any order', () => {
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: Math.floor((end - 1) / 8) }), { maxLength: 8 });
  fc.assert(
    fc.property(cuts, fc.infiniteStream(fc.nat(1000)), (at, order) => {
      const bounds = [0, ...at.sort((a, b) => a - b).map((n) => n * 8), end];
      const pieces = bounds.slice(1).map((to, i) => piece(bounds[i] ?? 0, to, to === end));
      const shuffled = pieces.map((one) => ({ one, key: order.next().value ?? 0 })).sort((a, b) => a.key - b.key);
      const bench = new Bench();
      const seen = shuffled.map(({ one }) => bench.ip(one));
      expect(seen.at(-1)).toBe('ipv4 udp wireguard');
      expect(bench.stack.bytes.slice(-message.length)).toEqual(message);
    }),
    { numRuns: 200 },
  );
});

test('a reassembled packet needs no more memory than its octets, wherever its last fragment is in a chunk', () => {
  const bench = new Bench();
  const chunk = new Uint8Array(100_000);
  const last = piece(80, end, true);
  chunk.set(last, 90_000);
  bench.ip(piece(0, 80, false));
  expect(bench.ip(chunk, { offset: 90_000, capturedBytes: last.length, originalBytes: last.length })).toBe(
    'ipv4 udp wireguard',
  );
  expect(bench.stack.bytes.length).toBe(20 + end);
  expect([...bench.stack.offsets.subarray(0, 3)]).toEqual([0, 20, 28]);
  expect(bench.stack.bytes.subarray(28, 28 + 16)).toEqual(message.subarray(8, 24));
});
