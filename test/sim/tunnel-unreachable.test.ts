import { expect, test } from 'vitest';
import { innerPacket } from '../support/inner-packets.ts';
import { prefixOf, TunnelWorld } from '../support/tunnel-link.ts';

test('a packet to no peer is answered with an ICMP error (the kernel: device.c, wg_xmit)', () => {
  const { world, near } = TunnelWorld.pair();
  near.send({ inner: '10.7.0.1' });
  near.send({ inner: 'fd07::1' }, 100, 'fd00::1');
  world.settle();
  expect(near.count('no-peer')).toBe(2);
  expect(near.received.map(({ packet }) => (packet[0] === 0x45 ? packet[20] : packet[40]))).toEqual([3, 1]);
  expect(world.wire).toEqual([]);
});

test('a packet to a peer without an endpoint is answered with an ICMP error', () => {
  const { world, near, far } = TunnelWorld.pair();
  const stranger = world.add('stranger');
  const allowedIps = [{ remove: false, prefix: prefixOf('10.7.0.0/16') }];
  near.configure({ peers: [{ publicKey: stranger.publicKey, allowedIps }] });
  near.send({ inner: '10.7.0.1' });
  near.send(far);
  world.settle();
  expect(near.statusOf(stranger).counts['no-endpoint']).toBe(1);
  expect(near.received).toHaveLength(1);
  expect(near.received[0]?.packet.subarray(28, 128)).toEqual(
    innerPacket({ from: near.inner, to: '10.7.0.1', bytes: 100, id: 0 }),
  );
  expect(far.receivedIds).toEqual([1]);
});

test('of a flood, 20 a second are answered, 5 at once', () => {
  const { world, near } = TunnelWorld.pair();
  for (let i = 0; i < 100; i++) near.send({ inner: '10.7.0.1' });
  expect(near.received).toHaveLength(5);
  for (let i = 0; i < 100; i++) {
    world.run(0.01);
    near.send({ inner: '10.7.0.1' });
  }
  expect(near.received).toHaveLength(25);
  expect(near.count('no-peer')).toBe(200);
});

test('a device that is down answers nothing', () => {
  const { near } = TunnelWorld.pair({ up: false });
  near.send({ inner: '10.7.0.1' });
  expect(near.received).toEqual([]);
});
