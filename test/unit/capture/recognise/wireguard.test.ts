import { expect, test } from 'vitest';
import { FlowTable } from '../../../../src/capture/recognise/flow-table.ts';
import { Recogniser } from '../../../../src/capture/recognise/recogniser.ts';
import {
  A,
  B,
  Bench,
  cookieReply,
  initiation,
  ipv4,
  join,
  response,
  udp,
  wireguardData,
  zeros,
} from '../../../support/packets.ts';

const there = (payload: Uint8Array, port = 7000): Uint8Array => ipv4(17, udp(6000, port, payload));
const back = (payload: Uint8Array, port = 7000): Uint8Array =>
  ipv4(17, udp(port, 6000, payload), { source: B, destination: A });

test('a handshake and its data are WireGuard on any port', () => {
  const bench = new Bench();
  expect(bench.ip(there(initiation(0x11)))).toBe('ipv4 udp wireguard');
  expect(bench.ip(back(response(0x22, 0x11)))).toBe('ipv4 udp wireguard');
  expect(bench.ip(there(wireguardData(0x22, 0, 0)))).toBe('ipv4 udp wireguard');
  expect(bench.ip(back(wireguardData(0x11, 0)))).toBe('ipv4 udp wireguard');
});

test('an index from the handshake is accepted with any counter', () => {
  const bench = new Bench();
  bench.ip(there(initiation(0x11)));
  bench.ip(back(response(0x22, 0x11)));
  expect(bench.ip(there(wireguardData(0x22, 2 ** 52)))).toBe('ipv4 udp wireguard');
});

test('a cookie reply counts only if its index was announced', () => {
  const bench = new Bench();
  expect(bench.ip(back(cookieReply(0x11)))).toBe('ipv4 udp');
  bench.ip(there(initiation(0x11)));
  expect(bench.ip(back(cookieReply(0x11)))).toBe('ipv4 udp wireguard');
});

test('data of a session that began before the capture', () => {
  const bench = new Bench();
  for (let i = 0; i < 5; i++) expect(bench.ip(there(wireguardData(0x77, 1000 + i)))).toBe('ipv4 udp wireguard');
});

test('large counters without a handshake are not WireGuard (Zoom, games)', () => {
  const bench = new Bench();
  for (let i = 0; i < 5; i++) expect(bench.ip(there(wireguardData(i * 99, 4.6e15 + i * 1e12)))).toBe('ipv4 udp');
});

test('a flow whose index changes with every message is not WireGuard', () => {
  const bench = new Bench();
  const seen = Array.from({ length: 10 }, (_, i) => bench.ip(there(wireguardData(1000 + i * 7, 1))));
  expect(seen.slice(4)).toEqual(new Array(6).fill('ipv4 udp'));
});

test('a wrong length, or reserved octets that are not zero, is not WireGuard', () => {
  const bench = new Bench();
  expect(bench.ip(there(join(initiation(1), [0])))).toBe('ipv4 udp');
  expect(bench.ip(there(wireguardData(1, 0).slice(0, 31)))).toBe('ipv4 udp');
  expect(bench.ip(there(wireguardData(1, 0, 64, 5)))).toBe('ipv4 udp');
});

test('WARP: a client id in the reserved octets, on its port or after a handshake elsewhere', () => {
  const bench = new Bench();
  expect(bench.ip(there(wireguardData(1, 0, 64, 0x78_0200), 2408))).toBe('ipv4 udp warp');
  expect(bench.ip(there(wireguardData(1, 0, 64, 0x78_0200), 7001))).toBe('ipv4 udp');
  expect(bench.ip(there(initiation(9, 0x78_0200), 7001))).toBe('ipv4 udp warp');
  expect(bench.ip(back(response(10, 9, 0x78_0200), 7001))).toBe('ipv4 udp warp');
  expect(bench.ip(there(wireguardData(10, 0, 64, 0x78_0200), 7001))).toBe('ipv4 udp warp');
});

test('a packet quoted in an ICMP error is classified by its flow, and does not change it', () => {
  const bench = new Bench();
  const error = (packet: Uint8Array): Uint8Array =>
    ipv4(1, join([3, 3, 0, 0], zeros(4), packet.slice(0, 60)), { source: B, destination: A });
  expect(bench.ip(error(there(wireguardData(5, 0))))).toBe('ipv4 icmp ipv4 udp');
  expect(bench.ip(there(wireguardData(5, 0)))).toBe('ipv4 udp wireguard');
  expect(bench.ip(error(there(wireguardData(5, 0))))).toBe('ipv4 icmp ipv4 udp wireguard');
  expect(bench.stack.quotedFrom).toBe(2);
});

test('FlowTable: both directions are one flow; the least recently used flow is replaced', () => {
  const table = new FlowTable(8);
  const bytes = Uint8Array.from([...A, ...B]);
  const reversed = Uint8Array.from([...B, ...A]);
  const slot = table.findOrAdd(bytes, 0, 1, 1000 * 65_536 + 2000, 17);
  expect(table.isNew).toBe(true);
  expect(table.direction).toBe(0);
  expect(table.find(reversed, 0, 1, 2000 * 65_536 + 1000, 17)).toBe(slot);
  expect(table.direction).toBe(1);
  expect(table.find(bytes, 0, 1, 1000 * 65_536 + 2000, 6)).toBe(-1);
  for (let port = 1; port <= 8; port++) table.findOrAdd(bytes, 0, 1, port * 65_536 + 9, 17);
  expect(table.find(bytes, 0, 1, 1000 * 65_536 + 2000, 17)).toBe(-1);
  expect(() => new FlowTable(12)).toThrow(RangeError);
});

test('a flood of flows only evicts old flows', () => {
  const bench = new Bench({ recogniser: new Recogniser(8) });
  for (let i = 0; i < 1000; i++) bench.ip(there(wireguardData(7, i), 1024 + i));
  expect(bench.ip(there(wireguardData(7, 5)))).toBe('ipv4 udp wireguard');
});
