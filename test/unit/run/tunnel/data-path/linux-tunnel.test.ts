/** `LinuxTunnel`: turns, links, failures and the end, on ports in memory. */
import { describe, expect, test } from 'vitest';
import { NS_PER_MS, NS_PER_S } from '../../../../../src/core/time.ts';
import { dataPathPair, dataPathSession } from '../../../../support/data-path-pair.ts';
import { innerPacket } from '../../../../support/inner-packets.ts';

describe('LinuxTunnel', () => {
  test('waits until the next timer, or for a second if there is none', () => {
    const { world, near } = dataPathSession();
    near.driver.turn();
    expect(near.driver.waiting.timeouts.at(-1), 'keys are zeroed in nine minutes').toBe(NS_PER_S);
    const due = near.end.device.pollTimeout() ?? 0;
    world.now = due - 7 * NS_PER_MS;
    near.driver.turn();
    expect(near.driver.waiting.timeouts.at(-1)).toBe(7 * NS_PER_MS);
  });

  test('does not wait while handshakes are queued', () => {
    const { near, far, world } = dataPathPair();
    near.end.send(far.end);
    const initiation = world.seen('initiation')[0]?.bytes ?? new Uint8Array();
    for (let i = 0; i < 6; i++) far.end.arrive(initiation.with(117, i), near.end.at);
    far.driver.turn();
    far.driver.turn();
    expect(far.driver.waiting.timeouts.at(-1)).toBeLessThanOrEqual(0);
  });

  test('an answer of the host to a packet is sent in the same turn', () => {
    const { world, near, far } = dataPathSession();
    far.driver.packets.answer = () => innerPacket({ from: far.end.inner, to: near.end.inner, bytes: 100, id: 77 });
    near.end.send(far.end);
    far.end.arrive(world.wire.at(-1)?.bytes ?? new Uint8Array(), near.end.at);
    far.driver.turn();
    expect(world.seen('data', far.end)).toHaveLength(1);
  });

  test('answers of the host to a burst are sent together in the next turn', () => {
    const { world, near, far } = dataPathSession();
    far.driver.packets.answer = () => innerPacket({ from: far.end.inner, to: near.end.inner, bytes: 100, id: 77 });
    world.link = () => [];
    // Of three sizes that grow, so that the socket does not join them.
    for (const bytes of [100, 200, 300]) near.end.send(far.end, bytes);
    for (const { bytes } of world.seen('data', near.end)) far.end.arrive(bytes, near.end.at);
    far.driver.turn();
    expect(world.seen('data', far.end)).toHaveLength(0);
    far.driver.turn();
    expect(world.seen('data', far.end)).toHaveLength(3);
  });

  test('while the device is down, received datagrams are dropped, not queued', () => {
    const { world, near, far } = dataPathSession();
    far.end.down();
    for (let i = 0; i < 3; i++) near.end.send(far.end);
    world.settle();
    expect(far.driver.datagrams.received.length).toBeGreaterThan(0);
    far.end.up();
    world.run(1);
    expect(far.end.received).toEqual([]);
  });

  test('a changed MTU of the device is read', () => {
    const { near } = dataPathSession();
    near.driver.packets.change({ mtu: 1300 });
    near.driver.turn();
    expect(near.end.device.mtu).toBe(1300);
  });

  test('a datagram that cannot be sent is counted for its peer, with the reason and the endpoint', () => {
    const { near, far } = dataPathSession();
    near.driver.datagrams.refuses = 'EPERM';
    near.end.send(far.end);
    expect(near.end.statusOf(far.end).counts['send-failed']).toBe(1);
    expect(near.end.told('dropped')).toMatchObject([{ detail: `EPERM to 192.0.2.2:${far.end.at.port}` }]);
  });

  test('errors of the network are counted: a datagram that was too large, and an endpoint that refuses', () => {
    const { near, far } = dataPathSession();
    const [queue = []] = near.driver.datagrams.told;
    queue.push({ ...far.end.at, reason: 'EMSGSIZE', pathMtu: 1300 });
    queue.push({ ...far.end.at, reason: 'ECONNREFUSED', pathMtu: null });
    near.end.drain();
    const { counts } = near.end.statusOf(far.end);
    expect([counts['path-mtu'], counts['send-failed']]).toEqual([1, 1]);
    expect(near.end.told('dropped').map(({ detail }) => detail)).toEqual([
      '1300 octets on the way to 192.0.2.2:51822',
      'ECONNREFUSED from the way to 192.0.2.2:51822',
    ]);
  });

  test('reports the port that it listens on, also after a change', () => {
    const { near } = dataPathPair();
    expect(near.driver.tunnel.status()).toMatchObject({ name: 'wg0', listenPort: near.end.at.port });
    near.end.configure({ listenPort: 7777, peers: [] });
    expect(near.driver.tunnel.status().listenPort).toBe(7777);
    expect(near.driver.datagrams.port).toBe(7777);
  });

  test('ends when its device is deleted', () => {
    const { near } = dataPathSession();
    near.driver.waiting.isDeviceGone = true;
    expect(() => near.driver.turn()).toThrow(expect.objectContaining({ code: 'ERR_ABORTED' }));
  });

  test('close() zeroes all packets and keys, and closes its ports', () => {
    const { near, far } = dataPathSession();
    const key = near.end.sendingKey(far.end)?.sendKey;
    const { bytes } = near.driver.memory;
    expect([key?.some((octet) => octet !== 0), bytes.some((octet) => octet !== 0)]).toEqual([true, true]);
    near.driver.close();
    expect([key?.some((octet) => octet !== 0), bytes.some((octet) => octet !== 0)]).toEqual([false, false]);
    expect([near.driver.packets.isClosed, near.driver.datagrams.isClosed]).toEqual([true, true]);
  });
});
