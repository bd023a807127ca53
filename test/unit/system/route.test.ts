import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import type { Interfaces } from '../../../src/system/interfaces.ts';
import { describePath, isOwnAddress, normalizedAddress, ownerOf } from '../../../src/system/route.ts';

const V4 = { netmask: '', family: 'IPv4', mac: '00:00:00:00:00:00', internal: false } as const;
const V6 = { ...V4, family: 'IPv6' } as const;
const INTERFACES: Interfaces = {
  lo: [
    { ...V4, internal: true, address: '127.0.0.1', cidr: '127.0.0.1/8' },
    { ...V6, internal: true, address: '::1', cidr: '::1/128', scopeid: 0 },
  ],
  eth0: [
    { ...V4, address: '192.0.2.10', cidr: '192.0.2.10/24' },
    { ...V6, address: 'fe80::1', cidr: 'fe80::1/64', scopeid: 2 },
  ],
  eth1: [
    { ...V4, address: '192.0.2.10', cidr: '192.0.2.10/32' },
    { ...V6, address: 'fe80::1', cidr: 'fe80::1/64', scopeid: 3 },
  ],
  wg0: [
    { ...V4, address: '192.0.2.10', cidr: '192.0.2.10/25' },
    { ...V4, address: '10.0.0.1', cidr: '10.0.0.1/24' },
    { ...V6, address: '2001:db8::1', cidr: '2001:db8::1/64', scopeid: 0 },
  ],
};

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:c000:0201', '192.0.2.1'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1%eth0'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['example.org', null],
  ['192.0.2', null],
  ['', null],
])('normalizedAddress() of %s is %s', (text, canonical) => {
  expect(normalizedAddress(text)).toBe(canonical);
});

test('isOwnAddress() includes all of 127.0.0.0/8 and the addresses of every device', () => {
  for (const own of ['127.0.0.1', '127.9.9.9', '::1', '10.0.0.1', '2001:db8::1', 'fe80::1%eth1']) {
    expect(isOwnAddress(INTERFACES, own), own).toBe(true);
  }
  for (const other of ['10.0.0.2', '128.0.0.1', '2001:db8::2', 'fe80::1%wg0', 'fe80::2%eth0']) {
    expect(isOwnAddress(INTERFACES, other), other).toBe(false);
  }
});

test.each([
  ['10.0.0.1', '203.0.113.1', 'wg0'],
  ['2001:db8::1', '2001:db8:1::1', 'wg0'],
  ['fe80::1%eth1', 'fe80::2%eth1', 'eth1'],
  ['fe80::1%3', 'fe80::2%3', 'eth1'],
  // Three devices share the address: the one whose subnet has the remote, else the first.
  ['192.0.2.10', '203.0.113.1', 'eth0'],
  ['192.0.2.10', '192.0.2.200', 'eth0'],
  ['198.51.100.1', '203.0.113.1', null],
])('ownerOf() %s towards %s is %s', (local, remote, device) => {
  expect(ownerOf(INTERFACES, local, remote)).toBe(device);
});

test('ownerOf() prefers the device whose subnet contains the remote address', () => {
  const { eth1, wg0 } = INTERFACES;
  expect(ownerOf({ eth1, wg0 }, '192.0.2.10', '192.0.2.99')).toBe('wg0');
  expect(ownerOf({ eth1, wg0 }, '192.0.2.10', '192.0.2.200')).toBe('eth1');
});

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['127.1.2.3', '127.1.2.3'],
  ['::ffff:127.0.0.1', '127.0.0.1'],
])('describePath() to %s uses the loopback device', async (remote, canonical) => {
  const path = await describePath(remote);
  expect(path).toMatchObject({ remote_address: canonical, kind: 'loopback' });
  expect(path.local_address).toMatch(/^127\./);
  expect(networkInterfaces()[path.device ?? '']?.[0]?.internal).toBe(true);
});

test.runIf(process.platform === 'linux')(
  "describePath() to this host's own addresses is the loopback, with its MTU",
  async () => {
    const own = Object.values(networkInterfaces()).flatMap((infos = []) => infos.map(({ address }) => address));
    for (const address of own) {
      expect(await describePath(address, address)).toMatchObject({
        device: 'lo',
        kind: 'loopback',
        local_address: address,
      });
    }
    expect((await describePath('127.0.0.1')).mtu_bytes).toBeGreaterThanOrEqual(1500);
  },
);

test('describePath() uses the address of an established socket', async () => {
  expect(await describePath('203.0.113.9', '::ffff:198.51.100.77')).toEqual({
    local_address: '198.51.100.77',
    remote_address: '203.0.113.9',
    device: null,
    kind: 'unknown',
    mtu_bytes: null,
    encapsulation: null,
  });
});

test('describePath() has no device if the source is an address of the loopback device', async () => {
  expect(await describePath('203.0.113.9', '127.0.0.1')).toMatchObject({ device: null, kind: 'unknown' });
});

test.each(['example.org', '', 'fe80::1%nonesuch', '999.1.1.1'])('describePath() does not reject %j', async (remote) => {
  expect(await describePath(remote)).toEqual({
    local_address: null,
    remote_address: remote,
    device: null,
    kind: 'unknown',
    mtu_bytes: null,
    encapsulation: null,
  });
});

// Linux refuses a broadcast address to a socket without SO_BROADCAST: a connect that fails everywhere.
test.runIf(process.platform === 'linux')('describePath() is unknown where connect fails', async () => {
  expect(await describePath('255.255.255.255')).toMatchObject({ local_address: null, device: null, kind: 'unknown' });
});
