import { describe, expect, test } from 'vitest';
import { A, B, Bench, ethernet, icmpEcho, ipv4, ipv6, join, u16, u32, udp, zeros } from '../../../support/packets.ts';

const NAME_SERVER = 53;
const over = (source: number, destination: number, payload: Uint8Array, bench = new Bench()): string =>
  bench.ip(ipv4(17, udp(source, destination, payload)));

/** RFC 1035 §4.1: a query whose identifier and name have octets with which other protocols begin. */
const query = (id: number, flags: number, ...name: readonly number[]): Uint8Array =>
  join(u16(id), u16(flags), u16(1), zeros(6), name, [0], u16(1), u16(1));

describe('single datagrams that look like another protocol', () => {
  test.each([
    ['OpenVPN, a reset of tls-crypt-v2 without a key', query(0x5001, 0, 1, 0x61)],
    ['QUIC, version 0', query(0x8000, 0, 1, 0x61)],
    ['DTLS, version 0100', query(0x1701, 0, 3, 0x61, 0x62, 0x63)],
  ])('a DNS query: %s', (_what, payload) => {
    expect(over(40_000, NAME_SERVER, payload)).toBe('ipv4 udp');
    expect(over(4789, NAME_SERVER, payload)).toBe('ipv4 udp');
  });

  // 3GPP TS 29.060 §6, TS 29.274 §5.5: the length field counts the rest of the message.
  test.each([
    [3386, join([0, 0], u16(0), zeros(31).fill(7))],
    [2123, join([0x32, 16], u16(4), u32(0x4200_0000), zeros(8))],
    [2152, join([0x30, 255], u16(7), u32(1), ipv4(1, icmpEcho()))],
  ])('GTP on port %i with a length that does not fit', (port, payload) => {
    expect(over(17_000, port, payload)).toBe('ipv4 udp');
  });
});

describe('ESP in UDP, which has no constant field (RFC 3948 §2.1)', () => {
  const esp = (sequence: number, spi = 0x8123_4567): Uint8Array => join(u32(spi), u32(sequence), zeros(40).fill(0xa5));
  const late = 0x7000_0000;

  test('the first packet is accepted between two ports 4500, and with a low sequence number', () => {
    expect(over(4500, 4500, esp(late))).toBe('ipv4 udp udp-encap esp');
    expect(over(61_000, 4500, esp(9))).toBe('ipv4 udp udp-encap esp');
  });

  test('late in a session, the second consecutive packet is accepted', () => {
    const bench = new Bench();
    expect(over(61_000, 4500, esp(late), bench)).toBe('ipv4 udp');
    expect(over(61_000, 4500, esp(late + 1), bench)).toBe('ipv4 udp udp-encap esp');
    expect(over(61_000, 4500, esp(late + 2000), bench)).toBe('ipv4 udp udp-encap esp');
  });

  test('not accepted if SPI or sequence number do not continue', () => {
    const bench = new Bench();
    expect(over(61_000, 4500, esp(late), bench)).toBe('ipv4 udp');
    expect(over(61_000, 4500, esp(late + 1, 0x8123_4568), bench)).toBe('ipv4 udp');
    expect(over(61_000, 4500, esp(late + 9000, 0x8123_4568), bench)).toBe('ipv4 udp');
  });
});

describe('QUIC', () => {
  const long = (first: number, version: number): Uint8Array =>
    join([first], u32(version), [8], zeros(8).fill(1), [0], zeros(1180).fill(0xa5));

  test.each([
    ['a reserved version, to force a negotiation (RFC 9000 §15)', long(0xc3, 0x1a2a_3a4a)],
    ['the fixed bit greased (RFC 9287 §3)', long(0x83, 1)],
  ])('with %s', (_what, payload) => {
    expect(over(40_001, 443, payload)).toBe('ipv4 udp quic');
  });

  test('a short header without the fixed bit, in a known flow', () => {
    const bench = new Bench();
    over(40_001, 443, long(0xc3, 1), bench);
    expect(over(40_001, 443, join([0x12], zeros(40).fill(0xa5)), bench)).toBe('ipv4 udp quic');
  });

  test('version negotiation with unknown versions is not accepted', () => {
    expect(over(443, 40_001, join([0x80], u32(0), [0, 8], zeros(8), u32(0x6161_6161)))).toBe('ipv4 udp');
  });
});

test.each([
  [10, 2, 99, 99],
  [192, 0, 2, 254],
  [10, 5, 0, 1],
])('a redirect to %i.%i.%i.%i quotes the whole packet: it has no length field of RFC 4884', (...gateway) => {
  const quoted = ipv4(17, udp(51_820, 51_820, new Uint8Array(8)), { source: A, destination: B });
  expect(new Bench().ip(ipv4(1, join([5, 1, 0, 0], gateway, quoted)))).toBe('ipv4 icmp ipv4 udp');
});

test('next header 143 is an Ethernet frame (RFC 8986 §4.9)', () => {
  const inner = ethernet(0x86dd, ipv6(58, join([128, 0, 0, 0], zeros(4))));
  expect(new Bench().ip(ipv6(143, inner), { linkType: 229 })).toBe('ipv6 ethernet ipv6 icmpv6');
});
