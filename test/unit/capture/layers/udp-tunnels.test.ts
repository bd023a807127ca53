import { describe, expect, test } from 'vitest';
import { Bench, ethernet, icmpEcho, ipv4, ipv6, join, u16, u32, udp, zeros } from '../../../support/packets.ts';

const inner = ipv4(1, icmpEcho(), { source: [10, 0, 0, 1], destination: [10, 0, 0, 2] });
const inner6 = ipv6(17, udp(1, 2, [1, 2, 3]));
const over = (source: number, destination: number, payload: Uint8Array): string =>
  new Bench().ip(ipv4(17, udp(source, destination, payload)));
const at = (offset: number, value: number, bytes: Uint8Array): Uint8Array =>
  bytes.map((octet, i) => (i === offset ? value : octet));

/** An IPv4 header's checksum, the ones' complement of the ones' complement sum (RFC 791 §3.1). */
function checksummed(packet: Uint8Array): Uint8Array {
  let sum = 0;
  for (let i = 0; i < 20; i += 2) sum += (packet[i] ?? 0) * 256 + (packet[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return join(packet.slice(0, 10), u16(~sum & 0xffff), packet.slice(12));
}

describe('GUE on UDP 6080', () => {
  test.each<[string, Uint8Array, string]>([
    ['IPv4 behind a header', join([0, 4], u16(0), inner), 'ipv4 icmp'],
    ['IPv4 behind a header with a field', join([1, 4], u16(0x8000), u32(9), inner), 'ipv4 icmp'],
    ['IPv6 behind a header', join([0, 41], u16(0), inner6), 'ipv6 udp'],
    ['IPv4 without a header', inner, 'ipv4 icmp'],
    ['IPv6 without a header', inner6, 'ipv6 udp'],
  ])('%s', (_, payload, layers) => {
    expect(over(40_000, 6080, payload)).toBe(`ipv4 udp gue ${layers}`);
  });

  test.each<[string, Uint8Array]>([
    ['a control message', join([0x20, 4], u16(0), inner)],
    ['a packet that ends before the datagram', join([0, 4], u16(0), inner, [0])],
    ['a packet that ends behind it', join([0, 4], u16(0), inner.slice(0, -1))],
    ['a protocol that the packet is not', join([0, 41], u16(0), inner)],
    ['variant 2', join([0x80, 4], u16(0), inner)],
    ['three octets', Uint8Array.of(0, 4, 0)],
  ])('%s is something else', (_, payload) => {
    expect(over(40_000, 6080, payload)).toBe('ipv4 udp');
  });
});

describe('an IPv4 packet directly in UDP', () => {
  test('is recognised by its length and its checksum', () => {
    expect(over(40_000, 5555, checksummed(inner))).toBe('ipv4 udp fou ipv4 icmp');
  });

  test.each<[string, Uint8Array]>([
    ['no checksum', inner],
    ['another address', at(19, 9, checksummed(inner))],
    ['an octet more', join(checksummed(inner), [0])],
    ['IPv6, which has no checksum', inner6],
    ['zeros', Uint8Array.from(zeros(40))],
  ])('%s: it is not recognised', (_, payload) => {
    expect(over(40_000, 5555, payload)).toBe('ipv4 udp');
  });
});

describe('Weave sleeve on UDP 6783', () => {
  const peer = (n: number): number[] => [2, 0, 0, 0, 0, n];
  const frame = ethernet(0x0800, inner);
  const framed = (bytes: Uint8Array): Uint8Array => join(peer(1), peer(2), u16(bytes.length), bytes);

  test('a frame, and the first of two', () => {
    expect(over(6783, 6783, join(peer(1), framed(frame)))).toBe('ipv4 udp weave ethernet ipv4 icmp');
    const bench = new Bench();
    bench.ip(ipv4(17, udp(6783, 6783, join(peer(1), framed(frame), framed(frame)))));
    expect(bench.stack.error).toBeNull();
    // The inner packet ends with its frame.
    expect(bench.stack.wireBytes[4]).toBe(inner.length);
  });

  test('an encrypted payload is not dissected', () => {
    expect(over(6783, 6783, join(peer(1), u32(0), u32(7), zeros(80).fill(0xa5)))).toBe('ipv4 udp weave');
  });

  test.each<[string, number, number, Uint8Array]>([
    ['another port at one end', 6783, 6784, join(peer(1), framed(frame))],
    ['too short', 6783, 6783, join(peer(1), zeros(20))],
  ])('%s is something else', (_, source, destination, payload) => {
    expect(over(source, destination, payload)).toBe('ipv4 udp');
  });
});
