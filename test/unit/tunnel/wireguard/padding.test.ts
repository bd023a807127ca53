import fc from 'fast-check';
import { expect, test } from 'vitest';
import { paddedBytes } from '../../../../src/tunnel/wireguard/padding.ts';

test.each([
  ['nothing: a keepalive', 0, 1420, 0],
  ['one octet', 1, 1420, 16],
  ['a whole block', 16, 1420, 16],
  ['one more', 17, 1420, 32],
  ['a ping of 84 octets (wireguard-ping-tcp.pcap, frame 3)', 84, 1420, 96],
  ['the last that is rounded up', 1408, 1420, 1408],
  ['one octet more: the MTU is no multiple of 16', 1409, 1420, 1420],
  ['a full packet (wireguard-ping-tcp.pcap, frame 22)', 1420, 1420, 1420],
  ['a full packet where the MTU is one', 1440, 1440, 1440],
  ['a packet of 1269 + 28 on a route of 1299 (netns.sh)', 1297, 1299, 1299],
  ['two packets of the MTU in one', 2840, 2840 / 2, 2840],
  ['two packets and an octet', 2841, 1420, 2856],
  ['three packets, the last nearly full', 1420 * 3 - 1, 1420, 1420 * 3],
  ['no MTU', 1419, 0, 1424],
  ['no MTU, a block', 1424, 0, 1424],
])('paddedBytes() of %s', (_, length, mtu, padded) => {
  expect(paddedBytes(length, mtu)).toBe(padded);
});

test('paddedBytes() adds less than 16, and ends on a multiple of 16 or on the MTU (whitepaper §5.4.6)', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 65_535 }), fc.integer({ min: 576, max: 9000 }), (length, mtu) => {
      const padded = paddedBytes(length, mtu);
      expect(padded - length).toBeGreaterThanOrEqual(0);
      expect(padded - length).toBeLessThan(16);
      // Of a packet beyond the MTU, what goes beyond a multiple of the MTU is what counts.
      const whole = length > mtu ? length - (length % mtu) : 0;
      expect((padded - whole) % 16 === 0 || padded - whole === mtu).toBe(true);
      if (length <= mtu) expect(padded).toBeLessThanOrEqual(mtu);
    }),
  );
});
