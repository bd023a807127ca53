import { describe, expect, test } from 'vitest';
import type { DeviceStatus } from '../../../../src/core/shapes/tunnel-config.ts';
import { formatTunnelConfig } from '../../../../src/tunnel/config/format.ts';
import { parseTunnelConfig } from '../../../../src/tunnel/config/parse.ts';
import { type SavedFacts, savedConfig } from '../../../../src/tunnel/up/saved-config.ts';
import { device, octets, peer, ranges } from '../../report/tunnel-samples.ts';

const key = (octet: number) => Buffer.alloc(32, octet).toString('base64');
const TEXT = `[Interface]
PrivateKey = ${key(1)}
Address = 10.0.0.1/24, fd00::1/64
PostUp = ip route add 10.9.0.0/16 dev %i
SaveConfig = true

[Peer]
PublicKey = ${key(2)}
AllowedIPs = 10.0.0.2/32, 10.0.1.0/24
Endpoint = vpn.example.org:51820
`;
const CONFIG = parseTunnelConfig(TEXT).config;
const STATUS = device({
  privateKey: octets(1),
  listenPort: 40_000,
  fwmark: 51_820,
  peers: [
    peer(2, {
      endpoint: { address: '192.0.2.7', port: 51_820 },
      // In the order of the device.
      allowedIps: ranges('10.0.1.0/24', '10.0.0.2/32'),
    }),
  ],
});
const FACTS: SavedFacts = {
  addresses: ranges('fd00::1/64', '10.0.0.1/24'),
  mtu: 1420,
  chosenPort: 40_000,
  chosenMark: 51_820,
  nameOf: (publicKey) => (publicKey[0] === 2 ? { host: 'vpn.example.org', port: 51_820 } : null),
};
const saved = (status: DeviceStatus, facts: Partial<SavedFacts> = {}) =>
  savedConfig(CONFIG, status, { ...FACTS, ...facts });
const linesOf = (config: ReturnType<typeof saved>) => formatTunnelConfig(config, 'all').split('\n');

test('a tunnel of which nothing was changed is what its file says', () => {
  expect(formatTunnelConfig(saved(STATUS), 'all')).toBe(formatTunnelConfig(CONFIG, 'all'));
});

describe('a change is in the file', () => {
  test.each<readonly [string, Partial<DeviceStatus>, Partial<SavedFacts>, readonly string[]]>([
    ['another port', { listenPort: 40_001 }, {}, ['ListenPort = 40001']],
    ['a mark', { fwmark: 7 }, {}, ['FwMark = 0x7']],
    ['another key', { privateKey: octets(9) }, {}, [`PrivateKey = ${key(9)}`]],
    [
      'an address more',
      {},
      { addresses: ranges('10.0.0.1/24', 'fd00::1/64', '10.5.0.1/16') },
      ['Address = 10.0.0.1/24, fd00::1/64, 10.5.0.1/16'],
    ],
    ['another endpoint', {}, { nameOf: () => null }, ['Endpoint = 192.0.2.7:51820']],
    ['no peer any more', { peers: [] }, {}, []],
  ])('%s, and nothing besides', (_name, changes, facts, expected) => {
    const before = linesOf(CONFIG);
    const added = linesOf(saved({ ...STATUS, ...changes }, facts)).filter((line) => !before.includes(line));
    expect(added).toEqual(expected);
  });

  test('a peer that was added, with all that it has', () => {
    const added = peer(3, {
      presharedKey: octets(8),
      endpoint: { address: '2001:db8::3', port: 1 },
      allowedIps: ranges('10.0.3.0/24'),
      persistentKeepaliveSeconds: 25,
    });
    const lines = linesOf(saved({ ...STATUS, peers: [...STATUS.peers, added] }));
    expect(lines.slice(linesOf(CONFIG).length - 1)).toEqual([
      '',
      '[Peer]',
      `PublicKey = ${key(3)}`,
      `PresharedKey = ${key(8)}`,
      'AllowedIPs = 10.0.3.0/24',
      'Endpoint = [2001:db8::3]:1',
      'PersistentKeepalive = 25',
      '',
    ]);
  });
});

test('an MTU is in the file where one was, as it is now', () => {
  const { config } = parseTunnelConfig(TEXT.replace('SaveConfig', 'MTU = 1300\nSaveConfig'));
  expect(linesOf(savedConfig(config, STATUS, { ...FACTS, mtu: 1280 }))).toContain('MTU = 1280');
  expect(linesOf(savedConfig(config, STATUS, { ...FACTS, mtu: null }))).toContain('MTU = 1300');
  expect(linesOf(saved(STATUS)).join()).not.toContain('MTU');
});
