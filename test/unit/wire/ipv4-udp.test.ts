import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromHex } from '../../../src/core/bytes.ts';
import { decodeIpv4Udp, encodeIpv4Udp, type UdpFlow } from '../../../src/wire/ipv4-udp.ts';

const FLOW: UdpFlow = { source: 0xc0a8_0001, destination: 0xc0a8_00c7, sourcePort: 5353, destinationPort: 9 };

test('a packet by hand: the header checksum of RFC 1071 over 4500 0020 0000 4000 4011 c0a8 0001 c0a8 00c7', () => {
  const words = [0x4500, 0x0020, 0, 0x4000, 0x4011, 0xc0a8, 0x0001, 0xc0a8, 0x00c7];
  const sum = words.reduce((a, b) => (a + b) % 0xffff, 0);
  const packet = encodeIpv4Udp(FLOW, Uint8Array.of(1, 2, 3, 4));
  const checksum = (0xffff - sum).toString(16).padStart(4, '0');
  expect(packet).toEqual(
    fromHex(`450000200000400040 11${checksum}c0a80001c0a800c714e90009000c000001020304`.replace(' ', '')),
  );
});

test('what was encoded is decoded, whatever the payload', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1500 }), fc.nat({ max: 16 }), (payload, padding) => {
      const packet = encodeIpv4Udp(FLOW, payload);
      // WireGuard pads: what is behind the packet does not belong to it.
      const padded = new Uint8Array(packet.length + padding);
      padded.set(packet);
      expect(decodeIpv4Udp(FLOW, padded)).toEqual(payload);
    }),
  );
});

test('a packet with any other header octet does not belong to the flow', () => {
  const packet = encodeIpv4Udp(FLOW, Uint8Array.of(7));
  // Of the UDP checksum, 0 is "none": its two octets at 26 say nothing.
  for (let at = 0; at < 26; at++) {
    const wrong = packet.slice();
    wrong[at] = (wrong[at] ?? 0) ^ 0x10;
    expect(decodeIpv4Udp(FLOW, wrong), `octet ${at}`).toBeUndefined();
  }
});

test('every truncation is refused', () => {
  const packet = encodeIpv4Udp(FLOW, Uint8Array.of(1, 2));
  for (let length = 0; length < packet.length; length++) {
    expect(decodeIpv4Udp(FLOW, packet.subarray(0, length))).toBeUndefined();
  }
});

test('no input makes it throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void decodeIpv4Udp(FLOW, bytes)));
});
