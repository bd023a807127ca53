/**
 * Formats a configuration as a file. Parsing the file gives the same configuration.
 *
 * @module
 */
import { formatEndpoint } from '../../core/address.ts';
import { formatKey } from '../keys.ts';
import { formatPrefix } from '../prefix.ts';
import type { InterfaceConfig, PeerConfig, TunnelConfig } from './config.ts';

/**
 * Formats a configuration.
 *
 * @param part - `wg` omits the keys of wg-quick(8), as `wg showconf` and `wg-quick strip` do
 */
export function formatTunnelConfig(config: TunnelConfig, part: 'all' | 'wg'): string {
  const device = ['[Interface]', ...wgLines(config.interface), ...(part === 'all' ? quickLines(config.interface) : [])];
  return [device, ...config.peers.map(peerLines)].map((lines) => `${lines.join('\n')}\n`).join('\n');
}

function wgLines({ listenPort, fwmark, privateKey }: InterfaceConfig): string[] {
  return [
    ...optional('ListenPort', listenPort, String),
    ...optional('FwMark', fwmark, (mark) => (mark === 0 ? 'off' : `0x${mark.toString(16)}`)),
    ...optional('PrivateKey', privateKey, formatKey),
  ];
}

function quickLines(config: InterfaceConfig): string[] {
  return [
    ...list('Address', config.addresses.map(formatPrefix)),
    ...list('DNS', [...config.dnsServers, ...config.dnsSearchDomains]),
    ...optional('MTU', config.mtu, String),
    ...optional('Table', config.table, String),
    ...config.preUp.map((command) => `PreUp = ${command}`),
    ...config.postUp.map((command) => `PostUp = ${command}`),
    ...config.preDown.map((command) => `PreDown = ${command}`),
    ...config.postDown.map((command) => `PostDown = ${command}`),
    ...optional('SaveConfig', config.saveConfig, String),
  ];
}

function peerLines({
  publicKey,
  presharedKey,
  allowedIps,
  endpoint,
  persistentKeepaliveSeconds,
}: PeerConfig): string[] {
  return [
    '[Peer]',
    `PublicKey = ${formatKey(publicKey)}`,
    ...optional('PresharedKey', presharedKey, formatKey),
    ...list(
      'AllowedIPs',
      allowedIps.map(({ sign, prefix }) => `${sign}${formatPrefix(prefix)}`),
    ),
    ...optional('Endpoint', endpoint, ({ host, port }) => formatEndpoint(host, port)),
    ...optional('PersistentKeepalive', persistentKeepaliveSeconds, (seconds) => (seconds === 0 ? 'off' : `${seconds}`)),
  ];
}

function optional<T>(key: string, value: T | null, format: (value: T) => string): string[] {
  return value === null ? [] : [`${key} = ${format(value)}`];
}

function list(key: string, entries: readonly string[]): string[] {
  return entries.length === 0 ? [] : [`${key} = ${entries.join(', ')}`];
}
