import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  innerLength,
  ipHeaderBytes,
  ipProtocol,
  ipVersion,
  readEcn,
  trafficClass,
  writeEcn,
} from '../../../src/wire/ip.ts';
import { arbitraryPlan, buildPacket, naiveChecksum, PLAIN, PLAIN_V6 } from '../tunnel/offload/packets.ts';

const V4 = buildPacket(PLAIN);
const V6 = buildPacket(PLAIN_V6);

test.each([
  ['a packet of IPv4', V4, V4.length, V4.length],
  ['a packet of IPv6', V6, V6.length, V6.length],
  ['IPv4 with padding after it', Uint8Array.of(...V4, 0, 0, 0), V4.length + 3, V4.length],
  ['IPv6 with padding after it', Uint8Array.of(...V6, 0, 0, 0), V6.length + 3, V6.length],
  ['IPv4 cut short', V4, V4.length - 1, -1],
  ['IPv6 cut short', V6, V6.length - 1, -1],
  ['half a header of IPv4', V4, 19, -1],
  ['half a header of IPv6', V6, 39, -1],
  ['a total length smaller than the header', V4.with(2, 0).with(3, 19), V4.length, -1],
  ['a header length of 16', V4.with(0, 0x44), V4.length, -1],
  [
    'a header longer than the packet',
    Uint8Array.of(...V4.slice(0, 20))
      .with(0, 0x46)
      .with(2, 0)
      .with(3, 20),
    20,
    -1,
  ],
  ['version 5', V4.with(0, 0x55), V4.length, -1],
  ['nothing', V4, 0, -1],
])('innerLength() of %s', (_, bytes, available, length) => {
  expect(innerLength(bytes, 0, available)).toBe(length);
  expect(innerLength(Uint8Array.of(9, 9, 9, ...bytes), 3, available)).toBe(length);
});

test('the readers return the fields of an encoded packet', () => {
  fc.assert(
    fc.property(arbitraryPlan([0]), fc.nat(9), (plan, at) => {
      const bytes = Uint8Array.of(...Array(at).fill(0xee), ...buildPacket(plan));
      expect(ipVersion(bytes, at)).toBe(plan.version);
      expect(ipHeaderBytes(bytes, at)).toBe(plan.version === 4 ? 20 : 40);
      expect(ipProtocol(bytes, at)).toBe(plan.protocol === 'tcp' ? 6 : 17);
      expect(trafficClass(bytes, at)).toBe(plan.trafficClass);
      expect(readEcn(bytes, at)).toBe(plan.trafficClass % 4);
    }),
  );
});

test('ipHeaderBytes() counts options of IPv4', () => {
  expect(ipHeaderBytes(V4.with(0, 0x4f), 0)).toBe(60);
});

test('writeEcn() gives the packet that would have been encoded with this codepoint', () => {
  fc.assert(
    fc.property(arbitraryPlan([0]), fc.nat(3), (plan, ecn) => {
      const bytes = buildPacket(plan);
      writeEcn(bytes, 0, ecn);
      expect(bytes).toEqual(buildPacket({ ...plan, trafficClass: (plan.trafficClass & 0xfc) + ecn }));
    }),
  );
});

test('writeEcn() leaves a wrong IPv4 header checksum wrong', () => {
  const bytes = V4.with(11, (V4[11] ?? 0) ^ 1);
  writeEcn(bytes, 0, 3);
  expect(naiveChecksum(bytes.slice(0, 20))).not.toBe(0);
});
