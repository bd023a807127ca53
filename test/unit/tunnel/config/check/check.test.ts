import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dh, publicKeyOf } from '../../../../../src/crypto/x25519.ts';
import { checkTunnelConfig } from '../../../../../src/tunnel/config/check/check.ts';
import type { CheckFacts } from '../../../../../src/tunnel/config/check/facts.ts';
import { parseTunnelConfig } from '../../../../../src/tunnel/config/parse.ts';
import { parseKey } from '../../../../../src/tunnel/keys.ts';
import { prefixOf, tunnelConfig } from '../samples.ts';

const key = (octet: number) => Buffer.alloc(32, octet).toString('base64');
const OWN = key(0x41);
/** Lines 1 to 4; nothing to say about it. */
const HEAD = `[Interface]\nPrivateKey = ${OWN}\nListenPort = 51820\nAddress = 10.0.0.1/24\n`;
const peer = (octet: number, lines: string) => `[Peer]\nPublicKey = ${key(octet)}\n${lines}\n`;

const check = (text: string, facts: CheckFacts = {}) => checkTunnelConfig(parseTunnelConfig(text), facts);
/** `LINE key severity` of each finding. */
const brief = (text: string, facts: CheckFacts = {}) =>
  check(text, facts).map(({ line, key, severity }) => `${line} ${key} ${severity}`);

test('there are no findings for a correct hub', () => {
  const text = HEAD + peer(2, 'AllowedIPs = 10.0.0.2/32, fd00::2/128') + peer(3, 'AllowedIPs = 10.0.0.3/32');
  expect(
    check(text, { underlayMtu: 1500, localRoutes: [{ prefix: prefixOf('192.168.1.0/24'), device: 'eth0' }] }),
  ).toEqual([]);
});

test('there are no findings for a correct client with a default route', () => {
  const text =
    `[Interface]\nPrivateKey = ${OWN}\nAddress = 10.0.0.2/32\nMTU = 1420\n` +
    peer(2, 'AllowedIPs = 0.0.0.0/0, ::/0\nEndpoint = 192.0.2.1:51820\nPersistentKeepalive = 25');
  const facts = { underlayMtu: 1500, localRoutes: [{ prefix: prefixOf('192.168.1.7/24'), device: 'eth0' }] };
  expect(check(text, facts)).toEqual([]);
});

test('every finding says where, what and what to do', () => {
  fc.assert(
    fc.property(tunnelConfig, fc.boolean(), (config, located) => {
      const lines = {
        interface: { heading: 1, values: new Map(), unread: new Set<never>() },
        peers: located ? config.peers.map(() => ({ heading: 2, values: new Map(), unread: new Set<never>() })) : [],
        losesPeers: false,
      };
      for (const finding of checkTunnelConfig({ config, lines }, { underlayMtu: 1400 })) {
        expect(finding.line).toBeGreaterThanOrEqual(0);
        expect(finding.message.length).toBeGreaterThan(8);
        expect(finding.fix.length).toBeGreaterThan(4);
      }
    }),
  );
});

describe('file mode', () => {
  test.each([
    [0o100644, 1],
    [0o640, 1],
    [0o604, 1],
    [0o600, 0],
    [0o611, 0],
  ])('%o gives %i findings', (mode, count) => {
    const found = check(HEAD, { file: { path: '/etc/wireguard/wg0.conf', mode } });
    expect(found.map(({ line, severity, fix }) => [line, severity, fix])).toEqual(
      new Array(count).fill([0, 'warning', 'chmod 600 /etc/wireguard/wg0.conf']),
    );
  });
});

test('a file without a private key may be read by others', () => {
  const mode = { file: { path: 'wg0.conf', mode: 0o644 } };
  const isTold = (text: string) => check(text, mode).some(({ fix }) => fix === 'chmod 600 wg0.conf');
  expect(isTold('root:x:0:0:root:/root:/bin/bash\n')).toBe(false);
  expect(isTold('[Interface]\nAddress = 10.0.0.1/24\n')).toBe(false);
  expect(isTold('[Interface]\nPrivateKey = 12345\n'), 'one with a mistake in it').toBe(true);
});

test('the name of a routing table that this host does not have', () => {
  const facts = { routingTables: ['main', 'vpn'] };
  expect(brief(`${HEAD}Table = vnp\n`, facts)).toEqual(['5 Table warning']);
  for (const table of ['vpn', '77', '0x4d', 'auto', 'off'])
    expect(brief(`${HEAD}Table = ${table}\n`, facts)).toEqual([]);
  expect(brief(`${HEAD}Table = vnp\nPreUp = ./add-table\n`, facts), 'may be added').toEqual([]);
  expect(brief(`${HEAD}Table = vnp\n`), 'nothing is known').toEqual([]);
});

describe('keys', () => {
  const parsed = parseKey(OWN);
  const ownPublicKey = parsed.ok ? publicKeyOf(parsed.key) : new Uint8Array();
  const ownText = Buffer.from(ownPublicKey).toString('base64');
  const CARRIES = 'AllowedIPs = 10.0.0.2/32';

  test.each([
    ['the private key at a peer', `[Peer]\nPublicKey = ${OWN}\n${CARRIES}`, '6 PublicKey error'],
    ['our own public key at a peer', `[Peer]\nPublicKey = ${ownText}\n${CARRIES}`, '6 PublicKey warning'],
    ['the private key as preshared key', peer(2, `${CARRIES}\nPresharedKey = ${OWN}`), '8 PresharedKey error'],
    ['a public key as preshared key', peer(2, `${CARRIES}\nPresharedKey = ${key(2)}`), '8 PresharedKey warning'],
    ['our public key as preshared key', peer(2, `${CARRIES}\nPresharedKey = ${ownText}`), '8 PresharedKey warning'],
    ['a peer twice', peer(2, CARRIES) + peer(2, 'AllowedIPs = 10.0.0.3/32'), '9 PublicKey warning'],
  ])('%s', (_, text, expected) => {
    expect(brief(HEAD + text, { ownPublicKey })).toEqual([expected]);
  });

  test.each([
    ['missing', `[Interface]\nListenPort = 1`, '1 PrivateKey warning'],
    ['all zero', `[Interface]\nListenPort = 1\nPrivateKey = ${key(0)}`, '3 PrivateKey warning'],
  ])('a private key that is %s', (_, text, expected) => {
    expect(brief(text)).toEqual([expected]);
  });

  test('every public key that X25519 makes nothing of is found, and no other', () => {
    const isFound = (octets: Uint8Array) =>
      brief(`${HEAD}[Peer]\nPublicKey = ${Buffer.from(octets).toString('base64')}\n${CARRIES}`).includes(
        '6 PublicKey warning',
      );
    const fixed = [
      '00'.repeat(32),
      `01${'00'.repeat(31)}`,
      'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
      '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
      ...['ec', 'ed', 'ee', 'ef'].map((low) => `${low}${'ff'.repeat(30)}7f`),
      `02${'00'.repeat(31)}`,
    ].map((hex) => Uint8Array.from(Buffer.from(hex, 'hex')));
    const highBit = fixed.map((octets) => octets.map((octet, i) => (i === 31 ? octet | 0x80 : octet)));
    const scalar = new Uint8Array(32).fill(0x42);
    const refused = [...fixed, ...highBit].map((octets) => dh(scalar, octets) === null);
    expect(refused.filter(Boolean)).toHaveLength(14);
    expect([...fixed, ...highBit].map(isFound)).toEqual(refused);
  });
});

describe('reach', () => {
  test('a peer without AllowedIPs carries nothing', () => {
    expect(brief(HEAD + peer(2, ''))).toEqual(['5 AllowedIPs warning']);
    expect(brief(HEAD + peer(2, 'AllowedIPs = -10.0.0.2/32'))).toEqual(['7 AllowedIPs warning']);
  });

  test('keepalive is missed where there is an endpoint and no port of our own', () => {
    const text = `[Interface]\nPrivateKey = ${OWN}\n${peer(2, 'AllowedIPs = 10.0.0.0/24\nEndpoint = a.example:1')}`;
    expect(brief(text)).toEqual(['3 PersistentKeepalive info']);
    expect(brief(`${text}PersistentKeepalive = 25`)).toEqual([]);
    expect(brief(text.replace('[Peer]', 'ListenPort = 5\n[Peer]'))).toEqual([]);
  });

  test('two ends that know neither address nor port', () => {
    expect(brief(`[Interface]\nPrivateKey = ${OWN}\n${peer(2, 'AllowedIPs = 10.0.0.0/24')}`)).toEqual([
      '1 ListenPort warning',
    ]);
  });
});

describe('ranges', () => {
  test('the earlier of two peers with the same range gets none of it', () => {
    const text = HEAD + peer(2, 'AllowedIPs = 10.0.0.0/24') + peer(3, 'AllowedIPs = 10.1.0.0/24, 10.0.0.0/24');
    expect(check(text)).toMatchObject([
      {
        line: 7,
        key: 'AllowedIPs',
        severity: 'warning',
        message: expect.stringContaining('line 10, the last to claim it'),
      },
    ]);
  });

  test('a range within that of another peer is told once, with how many there are', () => {
    const hosts = [3, 4, 5].map((n) => peer(n, `AllowedIPs = 10.0.0.${n}/32`)).join('');
    expect(check(HEAD + peer(2, 'AllowedIPs = 10.0.0.0/24') + hosts)).toMatchObject([
      {
        line: 7,
        severity: 'info',
        message: 'within 10.0.0.0/24, 3 narrower ranges of other peers (line 10) come first',
      },
    ]);
  });

  test('ranges of one peer may lie in each other; twice the same is told', () => {
    expect(brief(HEAD + peer(2, 'AllowedIPs = 10.0.0.0/24, 10.0.0.8/29'))).toEqual([]);
    expect(brief(HEAD + peer(2, 'AllowedIPs = 10.0.0.0/24\nAllowedIPs = 10.0.0.0/24'))).toEqual(['7 AllowedIPs info']);
  });

  test.each([
    ['a network of this host', '192.168.1.0/24', 'warning'],
    ['part of a network of this host', '192.168.1.128/25', 'warning'],
    ['more than a network of this host', '192.168.0.0/16', 'info'],
  ])('%s', (_, range, severity) => {
    const localRoutes = ['0.0.0.0/0', '192.168.1.7/24'].map((text) => ({
      prefix: prefixOf(text),
      device: 'eth\x1b[0',
    }));
    const found = check(HEAD + peer(2, `AllowedIPs = 10.0.0.2/32\nAllowedIPs = ${range}`), { localRoutes });
    expect(found).toMatchObject([
      { line: 8, key: 'AllowedIPs', severity, message: expect.stringContaining('"eth\\u001b[0"') },
    ]);
  });
});

describe('own addresses', () => {
  test('one that is also that of a peer', () => {
    expect(check(HEAD + peer(2, 'AllowedIPs = 10.0.0.1/32'))).toMatchObject([
      { line: 4, key: 'Address', severity: 'warning', message: expect.stringContaining('line 7') },
    ]);
  });

  test('one that is in no range of a peer', () => {
    expect(brief(HEAD + peer(2, 'AllowedIPs = 10.0.1.0/24'))).toEqual(['4 Address info']);
    expect(brief(HEAD + peer(2, 'AllowedIPs = 10.0.1.0/24, 10.0.0.0/8'))).toEqual([]);
  });
});

describe('endpoints within the tunnel', () => {
  const client = (lines: string, ranges: string, endpoint = '203.0.113.9:1') =>
    `${HEAD}${lines}${peer(2, `AllowedIPs = ${ranges}, 10.0.0.0/24\nEndpoint = ${endpoint}\nPersistentKeepalive = 25`)}`;

  test.each([
    ['a default route, which is guarded', '', '0.0.0.0/0', []],
    ['halves of a default route, which are not', '', '0.0.0.0/1, 128.0.0.0/1', ['8 Endpoint warning']],
    ['a range around the endpoint', '', '203.0.113.0/24', ['8 Endpoint warning']],
    ['a range around it besides a default route', '', '0.0.0.0/0, 203.0.113.0/24', ['8 Endpoint warning']],
    ['a range elsewhere', '', '198.51.100.0/24', []],
    ['a default route with Table = off', 'Table = off\n', '0.0.0.0/0', ['9 Endpoint warning']],
    ['a default route with a table of its own', 'Table = 77\n', '0.0.0.0/0', ['9 Endpoint warning']],
    ['policy routing by hand', 'Table = off\nFwMark = 7\n', '0.0.0.0/0', []],
  ])('%s', (_, lines, ranges, expected) => {
    expect(brief(client(lines, ranges))).toEqual(expected);
  });

  test('a name is judged by what it resolved to', () => {
    const text = client('', '203.0.113.0/24', 'vpn.example.org:1');
    expect(brief(text)).toEqual([]);
    expect(brief(text, { endpoints: [{ address: '203.0.113.9', port: 1 }] })).toEqual(['8 Endpoint warning']);
  });

  test('an endpoint within the range of another peer is a tunnel in a tunnel', () => {
    const inner = peer(3, 'AllowedIPs = 10.7.0.0/24\nEndpoint = 10.0.0.9:1');
    expect(brief(HEAD + peer(2, 'AllowedIPs = 10.0.0.0/24') + inner)).toEqual(['11 Endpoint info']);
  });
});

describe('MTU', () => {
  const withMtu = (mtu: number, lines = '') => `${HEAD}MTU = ${mtu}\n${peer(2, `AllowedIPs = 10.0.0.2/32\n${lines}`)}`;

  test.each([
    [1420, '', 1500, []],
    [1440, 'Endpoint = 192.0.2.1:1', 1500, []],
    [1440, 'Endpoint = [2001:db8::1]:1', 1500, ['5 MTU warning']],
    [1440, 'Endpoint = vpn.example.org:1', 1500, ['5 MTU info']],
    [1441, 'Endpoint = 192.0.2.1:1', 1500, ['5 MTU warning']],
    [1500, '', 1500, ['5 MTU warning']],
    [9000, '', undefined, []],
    [65_475, '', undefined, []],
    [65_476, '', undefined, ['5 MTU error']],
    [1279, '', undefined, []],
    [1279, 'AllowedIPs = fd00::/64', undefined, ['5 MTU error']],
    [1280, 'AllowedIPs = fd00::/64', undefined, []],
    [575, '', undefined, ['5 MTU warning']],
    [576, '', undefined, []],
  ])('%i with %j over %j', (mtu, lines, underlayMtu, expected) => {
    expect(brief(withMtu(mtu, lines), underlayMtu === undefined ? {} : { underlayMtu })).toEqual(expected);
  });
});

describe('an MTU that is to be chosen', () => {
  const fixes = (lines: string, underlayMtu: number) =>
    check(`${HEAD}${peer(2, `AllowedIPs = 10.0.0.2/32\n${lines}`)}`, { underlayMtu }).map(
      ({ line, key, severity, fix }) => [line, key, severity, fix],
    );

  test.each([
    ['', 1300, []],
    ['AllowedIPs = fd00::/64', 1360, []],
    [
      'AllowedIPs = fd00::/64',
      1300,
      [[0, 'MTU', 'warning', 'remove the IPv6 addresses and set 1220, or use a way that carries 1360']],
    ],
    ['', 600, [[0, 'MTU', 'warning', 'use a way that carries 656']]],
  ])('with %j over %i', (lines, underlayMtu, expected) => {
    expect(fixes(lines, underlayMtu)).toEqual(expected);
  });

  test('no advice sets an MTU below the minimum of IPv6', () => {
    const text = `${HEAD}MTU = 1420\n${peer(2, 'AllowedIPs = 10.0.0.2/32, fd00::/64\nEndpoint = 192.0.2.1:1')}`;
    expect(check(text, { underlayMtu: 1300 }).map(({ fix }) => fix)).toEqual([
      'remove the IPv6 addresses and set 1220, or use a way that carries 1360',
    ]);
  });
});

test('a file with as many ranges as there may be is checked in one pass', () => {
  const ranges = Array.from({ length: 30_000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`);
  const half = (from: number) => `AllowedIPs = ${ranges.slice(from, from + 20_000).join(', ')}`;
  const found = check(HEAD + peer(2, half(0)) + peer(3, half(10_000)) + peer(4, 'AllowedIPs = 10.0.0.0/8'));
  const count = (severity: string) => found.filter((finding) => finding.severity === severity).length;
  expect([count('warning'), count('info')]).toEqual([10_000, 1]);
});

test.each([
  ['[fe80::1]:1', ['6 Endpoint warning']],
  ['[FEBF::1]:1', ['6 Endpoint warning']],
  ['[fe80::1%eth0]:1', []],
  ['[fec0::1]:1', []],
  ['[2001:db8::1]:1', []],
])('an endpoint %s: a link-local address needs its device', (endpoint, expected) => {
  const lines = `Endpoint = ${endpoint}\nAllowedIPs = 10.0.0.2/32`;
  expect(brief(`[Interface]\nPrivateKey = ${OWN}\nListenPort = 1\n${peer(2, lines)}`)).toEqual(expected);
});

test.each([
  ['[fe80::1%eth1]:1', ['6 Endpoint warning']],
  ['[fe80::1%eth0]:1', []],
  ['[fe80::1%7]:1', []],
])('an endpoint %s on a host with eth0: its device is one of the host', (endpoint, expected) => {
  const lines = `Endpoint = ${endpoint}\nAllowedIPs = 10.0.0.2/32`;
  const text = `[Interface]\nPrivateKey = ${OWN}\nListenPort = 1\n${peer(2, lines)}`;
  const found = check(text, { devices: ['lo', 'eth0'] });
  expect(found.map(({ line, key, severity }) => `${line} ${key} ${severity}`)).toEqual(expected);
});
