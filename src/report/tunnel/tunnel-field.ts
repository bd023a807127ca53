/**
 * One field of tunnel devices for scripts, in the lines of `wg show IF FIELD`.
 *
 * @see wg(8)
 * @module
 */
import { formatEndpoint } from '../../core/address.ts';
import { printable } from '../../core/printable.ts';
import type { DeviceStatus, PeerStatus } from '../../core/shapes/tunnel-config.ts';
import { formatKey } from '../../tunnel/keys.ts';
import { formatPrefix } from '../../tunnel/prefix.ts';

/** What is not there, what is hidden, and what is switched off. */
export const NONE = '(none)';
export const HIDDEN = '(hidden)';
export const OFF = 'off';
const NAME_COLUMNS = 64;

/** How a private or preshared key is written. */
export type SecretText = (key: Uint8Array | null) => string;

export function keyText(key: Uint8Array | null): string {
  return key ? formatKey(key) : NONE;
}

/** @param showKeys - writes them; else that there is one */
export function secretText(showKeys: boolean): SecretText {
  return showKeys ? keyText : (key) => (key ? HIDDEN : NONE);
}

export function fwmarkText(fwmark: number): string {
  return fwmark === 0 ? OFF : `0x${fwmark.toString(16)}`;
}

export function endpointText({ endpoint }: PeerStatus): string {
  return endpoint ? formatEndpoint(endpoint.address, endpoint.port) : NONE;
}

export function keepaliveText({ persistentKeepaliveSeconds }: PeerStatus): string {
  return persistentKeepaliveSeconds === 0 ? OFF : `${persistentKeepaliveSeconds}`;
}

export function nameText({ name }: DeviceStatus): string {
  return printable(name, NAME_COLUMNS);
}

const DEVICE_FIELDS: Readonly<Record<string, (device: DeviceStatus, secret: SecretText) => string>> = {
  'public-key': ({ publicKey }) => keyText(publicKey),
  'private-key': ({ privateKey }, secret) => secret(privateKey),
  'listen-port': ({ listenPort }) => `${listenPort}`,
  fwmark: ({ fwmark }) => fwmarkText(fwmark),
};

/** What follows the public key of each peer. */
const PEER_FIELDS: Readonly<Record<string, (peer: PeerStatus, secret: SecretText) => readonly string[]>> = {
  peers: () => [],
  'preshared-keys': ({ presharedKey }, secret) => [secret(presharedKey)],
  endpoints: (peer) => [endpointText(peer)],
  'allowed-ips': ({ allowedIps }) => [allowedIps.map(formatPrefix).join(' ') || NONE],
  'latest-handshakes': ({ lastHandshake }) => [`${lastHandshake?.seconds ?? 0}`],
  transfer: ({ rxBytes, txBytes }) => [`${rxBytes}`, `${txBytes}`],
  'persistent-keepalive': (peer) => [keepaliveText(peer)],
};

export const TUNNEL_FIELDS: readonly string[] = [...Object.keys(DEVICE_FIELDS), ...Object.keys(PEER_FIELDS)];

/**
 * A line for each device, or for each of its peers, with tabs between.
 *
 * @param field - one of `TUNNEL_FIELDS`
 * @param options.all - puts the name of the device before every line, as `wg show all FIELD`
 */
export function tunnelField(
  devices: readonly DeviceStatus[],
  field: string,
  { all, showKeys }: { readonly all: boolean; readonly showKeys: boolean },
): string {
  const secret = secretText(showKeys);
  const ofDevice = DEVICE_FIELDS[field];
  const ofPeer = PEER_FIELDS[field];
  const lines = devices.flatMap((device) => {
    const rows = ofDevice
      ? [[ofDevice(device, secret)]]
      : device.peers.map((peer) => [formatKey(peer.publicKey), ...(ofPeer?.(peer, secret) ?? [])]);
    return rows.map((columns) => [...(all ? [nameText(device)] : []), ...columns].join('\t'));
  });
  return lines.map((line) => `${line}\n`).join('');
}
