import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTunnelConfig } from '../../../../src/tunnel/config/parse.ts';
import { toDeviceChange } from '../../../../src/tunnel/config/to-device-change.ts';
import { prefixOf, tunnelConfig } from './samples.ts';

const KEY = Buffer.alloc(32, 1).toString('base64');
const read = (text: string) => parseTunnelConfig(text).config;

test('replacing resets all that the file does not name, as `wg setconf`', () => {
  expect(toDeviceChange(read('[Interface]'), [], 'replace')).toEqual({
    privateKey: new Uint8Array(32),
    listenPort: 0,
    fwmark: 0,
    replacePeers: true,
    peers: [],
  });
});

test('appending leaves all that the file does not name, as `wg addconf`', () => {
  expect(toDeviceChange(read(`[Peer]\nPublicKey=${KEY}`), [], 'append')).toEqual({
    replacePeers: false,
    peers: [{ publicKey: new Uint8Array(32).fill(1), replaceAllowedIps: true, allowedIps: [] }],
  });
});

test('what the file names is told, with the endpoint that its name resolved to', () => {
  const config = read(
    `[Interface]\nPrivateKey=${KEY}\nListenPort=1\nFwMark=2\n` +
      `[Peer]\nPublicKey=${KEY}\nPresharedKey=${KEY}\nEndpoint=a.example:3\nPersistentKeepalive=off\nAllowedIPs=10.0.0.0/8`,
  );
  const key = new Uint8Array(32).fill(1);
  expect(toDeviceChange(config, [{ address: '192.0.2.1', port: 3 }], 'replace')).toEqual({
    privateKey: key,
    listenPort: 1,
    fwmark: 2,
    replacePeers: true,
    peers: [
      {
        publicKey: key,
        presharedKey: key,
        endpoint: { address: '192.0.2.1', port: 3 },
        persistentKeepaliveSeconds: 0,
        replaceAllowedIps: true,
        allowedIps: [{ remove: false, prefix: prefixOf('10.0.0.0/8') }],
      },
    ],
  });
});

test.each([
  ['10.0.0.0/8, 11.0.0.0/8', true, [false, false]],
  ['+10.0.0.0/8', false, [false]],
  ['10.0.0.0/8, -11.0.0.0/8', false, [false, true]],
])('AllowedIPs = %s replace the list only if none has a sign (wg(8))', (text, replaces, removes) => {
  const [peer] = toDeviceChange(read(`[Peer]\nPublicKey=${KEY}\nAllowedIPs=${text}`), [], 'append').peers;
  expect(peer?.replaceAllowedIps).toBe(replaces);
  expect(peer?.allowedIps?.map(({ remove }) => remove)).toEqual(removes);
});

test('every peer of every file is there, in order', () => {
  fc.assert(
    fc.property(tunnelConfig, (config) => {
      const { peers } = toDeviceChange(config, [], 'append');
      expect(peers.map(({ publicKey }) => publicKey)).toEqual(config.peers.map(({ publicKey }) => publicKey));
      expect(peers.every((peer) => !('endpoint' in peer))).toBe(true);
    }),
  );
});
