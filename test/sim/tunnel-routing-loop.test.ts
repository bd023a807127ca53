import { expect, test } from 'vitest';
import { octetsOf } from '../support/inner-packets.ts';
import { prefixOf, TunnelWorld } from '../support/tunnel-link.ts';

/** A datagram as the host's routing would hand it to the device. */
function udpPacket(from: string, to: string, payload: Uint8Array): Uint8Array {
  const packet = new Uint8Array(28 + payload.length);
  const view = new DataView(packet.buffer);
  packet[0] = 0x45;
  view.setUint16(2, packet.length);
  packet.set([64, 17], 8);
  packet.set(octetsOf(from), 12);
  packet.set(octetsOf(to), 16);
  view.setUint16(24, 8 + payload.length);
  packet.set(payload, 28);
  return packet;
}

test('what the tunnel sends does not go through it again', () => {
  const { world, near, far } = TunnelWorld.pair();
  const allowedIps = [{ remove: false, prefix: prefixOf('0.0.0.0/0') }];
  near.configure({ peers: [{ publicKey: far.publicKey, allowedIps }] });
  near.send(far);
  world.settle();
  const sent = world.seen('data', near);
  for (const { from, to, bytes } of sent) {
    near.give(udpPacket(from.address, to.address, bytes));
  }
  expect(near.statusOf(far).counts['routing-loop']).toBe(sent.length);
  expect(near.told('dropped')).toMatchObject([{ reason: 'routing-loop', peer: far.publicKey }]);
  expect(world.seen('data', near)).toHaveLength(sent.length);
});

test('what it sends to one peer goes through another', () => {
  const { world, near, far } = TunnelWorld.pair();
  const hop = world.add('hop');
  hop.knows(near);
  hop.up();
  near.knows(hop, { allowedIps: [{ remove: false, prefix: prefixOf('0.0.0.0/0') }] });
  near.send(far);
  world.settle();
  const [{ from, to, bytes } = { from: near.at, to: far.at, bytes: new Uint8Array() }] = world.seen('data', near);
  near.give(udpPacket(from.address, to.address, bytes));
  world.settle();
  expect(near.count('routing-loop')).toBe(0);
  expect(world.wire.at(-1)?.to).toEqual(hop.at);
});
