import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FlowPacket } from '../../../../src/tunnel/offload/flow-packet.ts';
import {
  ACK,
  arbitraryPlan,
  buildPacket,
  createMemory,
  FIN,
  headerBytes,
  ipBytes,
  PLAIN,
  PLAIN_V6,
  PSH,
} from './packets.ts';

/** A reader whose memory ends with the packet: a read beyond it throws. */
function pointedAt(
  packet: Uint8Array,
  length = packet.length,
): { readonly found: boolean; readonly packet: FlowPacket } {
  const memory = createMemory(packet.length);
  memory.bytes.set(packet);
  const reader = new FlowPacket(memory);
  return { found: reader.read(0, length), packet: reader };
}

const TCP = buildPacket(PLAIN);
const UDP = buildPacket({ ...PLAIN, protocol: 'udp' });
const SYN_ACK = 0x12;

test('read() finds what the packet was made of', () => {
  fc.assert(
    fc.property(arbitraryPlan([ACK, ACK | PSH, ACK | FIN, SYN_ACK]), (plan) => {
      const { found, packet } = pointedAt(buildPacket(plan));
      const tcp = plan.protocol === 'tcp';
      expect(found).toBe(true);
      expect(packet).toMatchObject({
        version: plan.version,
        protocol: tcp ? 6 : 17,
        transport: ipBytes(plan),
        headerBytes: headerBytes(plan),
        payloadBytes: plan.payload.length,
        hasPsh: tcp && plan.flags === (ACK | PSH),
        isCoalescable: !tcp || plan.flags === ACK || plan.flags === (ACK | PSH),
      });
      expect(packet.isIntact()).toBe(true);
    }),
  );
});

test.each<[string, Uint8Array]>([
  ['more fragments to come', TCP.with(6, 0x20)],
  ['a fragment offset', TCP.with(7, 1)],
  ['the reserved flag', TCP.with(6, 0xc0)],
  ['IPv4 options', TCP.with(0, 0x46)],
  ['IPv6 extension headers', buildPacket(PLAIN_V6).with(6, 0)],
  ['another protocol', TCP.with(9, 1)],
  ['a TCP header that is cut', TCP.slice(0, 39).with(2, 0).with(3, 39)],
  ['a TCP header shorter than 20 octets', TCP.with(32, 0x40)],
  ['a TCP header longer than the packet', TCP.slice(0, 50).with(2, 0).with(3, 50)],
  ['a UDP header that is cut', UDP.slice(0, 27).with(2, 0).with(3, 27)],
  ['a total length that is not its own', Uint8Array.of(...TCP, 0)],
  ['a total length beyond what there is', TCP.slice(0, -1)],
  ['no octets', Uint8Array.of()],
])('read() refuses a packet with %s', (_, packet) => {
  expect(pointedAt(packet).found).toBe(false);
});

test.each<[string, Uint8Array]>([
  ['no payload', buildPacket({ ...PLAIN, payload: Uint8Array.of() })],
  ['a reserved bit of TCP', TCP.with(32, (TCP[32] ?? 0) | 1)],
  ['no ACK', buildPacket({ ...PLAIN, flags: PSH })],
  ['a datagram without payload', buildPacket({ ...PLAIN, protocol: 'udp', payload: Uint8Array.of() })],
  ['a UDP length that is not its own', UDP.with(25, 9)],
  ['no UDP checksum', UDP.with(26, 0).with(27, 0)],
])('a packet with %s has a flow but is not coalesced', (_, packet) => {
  const read = pointedAt(packet);
  expect([read.found, read.packet.isCoalescable]).toEqual([true, false]);
});

test('isIntact() sees any one octet that changed, but for those that no checksum covers', () => {
  fc.assert(
    fc.property(arbitraryPlan([ACK]), fc.nat(), fc.integer({ min: 1, max: 255 }), (plan, place, difference) => {
      const whole = buildPacket(plan);
      // IPv6 has no header checksum (RFC 8200 §8.1): version, traffic class, flow label and hop limit.
      const covered = Array.from(whole.keys()).filter((at) => plan.version === 4 || at >= 8);
      const at = covered[place % covered.length] ?? 0;
      const read = pointedAt(whole.with(at, (whole[at] ?? 0) ^ difference));
      if (read.found) expect(read.packet.isIntact()).toBe(false);
    }),
  );
});
