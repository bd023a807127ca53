import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatTunnelConfig } from '../../../../src/tunnel/config/format.ts';
import { parseTunnelConfig } from '../../../../src/tunnel/config/parse.ts';
import { tunnelConfig } from './samples.ts';

const WG_KEYS = /^(?:ListenPort|FwMark|PrivateKey|PublicKey|PresharedKey|AllowedIPs|Endpoint|PersistentKeepalive) = ./;

test('formatTunnelConfig() prints what parseTunnelConfig() reads back, without a problem', () => {
  fc.assert(
    fc.property(tunnelConfig, (config) => {
      const parsed = parseTunnelConfig(formatTunnelConfig(config, 'all'));
      expect(parsed.problems).toEqual([]);
      expect(parsed.config).toEqual(config);
    }),
  );
});

test('formatTunnelConfig() of the wg part has the keys of wg and no others', () => {
  fc.assert(
    fc.property(tunnelConfig, (config) => {
      for (const line of formatTunnelConfig(config, 'wg').split('\n')) {
        expect(line === '' || line === '[Interface]' || line === '[Peer]' || WG_KEYS.test(line), line).toBe(true);
      }
    }),
  );
});

test('formatTunnelConfig() prints the wg part as `wg showconf` does', () => {
  const key = (octet: number) => Buffer.alloc(32, octet).toString('base64');
  const text = [
    '[Interface]',
    'ListenPort = 51820',
    'FwMark = 0xca6c',
    `PrivateKey = ${key(1)}`,
    '',
    '[Peer]',
    `PublicKey = ${key(2)}`,
    `PresharedKey = ${key(3)}`,
    'AllowedIPs = 10.0.0.0/24, fd00::/64',
    'Endpoint = [2001:db8::1]:51820',
    'PersistentKeepalive = 25',
    '',
    '[Peer]',
    `PublicKey = ${key(4)}`,
    '',
  ].join('\n');
  const typed = text.replace('[Interface]', '[Interface]\nAddress = 10.0.0.1/24\nPostUp = x\nSaveConfig = true');
  expect(formatTunnelConfig(parseTunnelConfig(typed).config, 'wg')).toBe(text);
});
