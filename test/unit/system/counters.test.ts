import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { parseDeviceCounters, readDeviceCounters, wireCountSince } from '../../../src/system/counters.ts';
import { fakeSystem } from './fake-system.ts';

const TABLE = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 9001    12    0    0    0     0          0         0     9001      12    0    0    0     0       0          0
  eth0:1234567890123 33 1 2 3 4 5 6 987654321 44 7 8 9 10 11 12
 eth0.5:       5       6    0    0    0     0          0         0        7       8    0    0    0     0       0          0
`;

test('parseDeviceCounters() reads bytes and packets of both directions, by exact name', () => {
  expect(parseDeviceCounters(TABLE, 'eth0')).toEqual({
    rxBytes: 1_234_567_890_123,
    rxPackets: 33,
    txBytes: 987_654_321,
    txPackets: 44,
  });
  expect(parseDeviceCounters(TABLE, 'eth0.5')).toEqual({ rxBytes: 5, rxPackets: 6, txBytes: 7, txPackets: 8 });
});

test.each(['eth', 'wg0', '', '../lo', ' face |bytes'])('parseDeviceCounters() is null for %j', (device) => {
  expect(parseDeviceCounters(TABLE, device)).toBeNull();
});

test('parseDeviceCounters() is null for a truncated line, or a line without numbers', () => {
  expect(parseDeviceCounters('eth0: 1 2 3 4 5 6 7 8 9\n', 'eth0')).toBeNull();
  expect(parseDeviceCounters('eth0: 1 2 3 4 5 6 7 8 nine 10\n', 'eth0')).toBeNull();
});

test('wireCountSince() is the difference', () => {
  const before = { txBytes: 100, rxBytes: 200, txPackets: 1, rxPackets: 2 };
  const after = { txBytes: 1100, rxBytes: 2300, txPackets: 4, rxPackets: 7 };
  expect(wireCountSince(before, after, 'wg0')).toEqual({
    device: 'wg0',
    tx_bytes: 1000,
    rx_bytes: 2100,
    tx_packets: 3,
    rx_packets: 5,
  });
  for (const key of ['txBytes', 'rxBytes', 'txPackets', 'rxPackets'] as const) {
    expect(wireCountSince(before, { ...after, [key]: 0 }, 'wg0'), key).toBeNull();
  }
  expect(wireCountSince(null, after, 'wg0')).toBeNull();
  expect(wireCountSince(before, null, 'wg0')).toBeNull();
});

test('readDeviceCounters() is null without /proc', () => {
  expect(readDeviceCounters('lo', fakeSystem({}))).toBeNull();
});

test.runIf(process.platform === 'linux')('readDeviceCounters() sees ten datagrams cross the loopback', async () => {
  const receiver = createSocket('udp4');
  const sender = createSocket('udp4');
  receiver.bind(0, '127.0.0.1');
  await once(receiver, 'listening');
  const before = readDeviceCounters('lo');
  for (let i = 0; i < 10; i++) {
    const arrived = once(receiver, 'message');
    sender.send(new Uint8Array(1000), receiver.address().port, '127.0.0.1');
    await arrived;
  }
  const count = wireCountSince(before, readDeviceCounters('lo'), 'lo');
  sender.close();
  receiver.close();
  expect(count?.tx_packets).toBeGreaterThanOrEqual(10);
  expect(count?.rx_packets).toBeGreaterThanOrEqual(10);
  // Payload, UDP 8, IPv4 20; the loopback device does not count its Ethernet header.
  expect(count?.rx_bytes).toBeGreaterThanOrEqual(10 * 1028);
  expect(count?.tx_bytes).toBeGreaterThanOrEqual(10 * 1028);
});
