import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeEcho, encodeEchoRequest, icmpOfPacket } from '../../../src/wire/echo-message.ts';

/** `ping -c 1 -s 4` as tcpdump shows it, with the payload 01 02 03 04. The checksum was computed by hand (RFC 1071). */
const REQUEST = Uint8Array.of(8, 0, 0x5e, 0xf6, 0x12, 0x34, 0x82, 0xcf, 1, 2, 3, 4);

describe('encodeEchoRequest()', () => {
  test('the octets of a request sum to all ones (RFC 1071)', () => {
    const bytes = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4);
    encodeEchoRequest(bytes, 4, 0x1234, 0x82cf);
    let sum = 0;
    for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
    expect((sum & 0xffff) + (sum >>> 16)).toBe(0xffff);
    expect([...bytes]).toEqual([...REQUEST]);
  });

  test('of IPv6 leaves the checksum to the kernel, which knows the addresses', () => {
    const bytes = new Uint8Array(12);
    encodeEchoRequest(bytes, 6, 1, 2);
    expect([...bytes.subarray(0, 8)]).toEqual([128, 0, 0, 0, 0, 1, 0, 2]);
  });
});

describe('decodeEcho()', () => {
  test.each([
    [4, [0, 0, 0, 0, 0x12, 0x34, 0, 7], 'reply'],
    [4, [8, 0, 0, 0, 0x12, 0x34, 0, 7], 'request'],
    [6, [129, 0, 0, 0, 0x12, 0x34, 0, 7], 'reply'],
    [6, [128, 0, 0, 0, 0x12, 0x34, 0, 7], 'request'],
  ] as const)('IPv%i %j is a %s', (family, octets, kind) => {
    expect(decodeEcho(Uint8Array.from(octets), family)).toEqual({ kind, identifier: 0x1234, sequence: 7 });
  });

  test.each([
    ['another type', [3, 0, 0, 0, 0, 0, 0, 0]],
    ['another code', [0, 1, 0, 0, 0, 0, 0, 0]],
    ['one octet short', [0, 0, 0, 0, 0, 0, 0]],
    ['empty', []],
  ])('%s is none', (_name, octets) => {
    expect(decodeEcho(Uint8Array.from(octets), 4)).toBeUndefined();
  });
});

describe('icmpOfPacket()', () => {
  test('skips the IP header with its options', () => {
    const packet = new Uint8Array(28).fill(9, 24);
    packet[0] = 0x46;
    expect([...icmpOfPacket(packet)]).toEqual([9, 9, 9, 9]);
  });

  test('gives nothing of a packet that is shorter than its header, and never throws', () => {
    expect(icmpOfPacket(Uint8Array.of(0x4f))).toHaveLength(0);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void decodeEcho(icmpOfPacket(bytes), 4)));
  });
});
