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

/** Printed for a key, endpoint or list that is not set. */
export const NONE = '(none)';
/** Printed for a private or preshared key that must not be shown. */
export const HIDDEN = '(hidden)';
/** Printed for a mark or a keepalive that is switched off. */
export const OFF = 'off';
/** Columns of the name of a device. */
const NAME_COLUMNS = 64;

/** Formats a private or preshared key; `null` is a key that is not set. */
export type SecretText = (key: Uint8Array | null) => string;

/** A key in base64, or `(none)`. */
export function keyText(key: Uint8Array | null): string {
  return key ? formatKey(key) : NONE;
}

/**
 * Chooses the format of secret keys.
 *
 * @param showKeys - whether they are printed; if not, only whether there is one
 */
export function secretText(showKeys: boolean): SecretText {
  return showKeys ? keyText : (key) => (key ? HIDDEN : NONE);
}

/** The mark of outgoing packets as `0xca6c`, or `off` for 0. */
export function fwmarkText(fwmark: number): string {
  return fwmark === 0 ? OFF : `0x${fwmark.toString(16)}`;
}

/** The endpoint of a peer as `192.0.2.1:51820`, or `(none)`. */
export function endpointText({ endpoint }: PeerStatus): string {
  return endpoint ? formatEndpoint(endpoint.address, endpoint.port) : NONE;
}

/** The interval of PersistentKeepalive in seconds, or `off`. */
export function keepaliveText({ persistentKeepaliveSeconds }: PeerStatus): string {
  return persistentKeepaliveSeconds === 0 ? OFF : `${persistentKeepaliveSeconds}`;
}

/** The name of a device, with its control characters made visible. */
export function nameText({ name }: DeviceStatus): string {
  return printable(name, NAME_COLUMNS);
}

/** Fields with one line for each device. */
const DEVICE_FIELDS: Readonly<Record<string, (device: DeviceStatus, secret: SecretText) => string>> = {
  'public-key': ({ publicKey }) => keyText(publicKey),
  'private-key': ({ privateKey }, secret) => secret(privateKey),
  'listen-port': ({ listenPort }) => `${listenPort}`,
  fwmark: ({ fwmark }) => fwmarkText(fwmark),
};

/** The columns behind the public key of each peer. */
const PEER_FIELDS: Readonly<Record<string, (peer: PeerStatus, secret: SecretText) => readonly string[]>> = {
  peers: () => [],
  'preshared-keys': ({ presharedKey }, secret) => [secret(presharedKey)],
  endpoints: (peer) => [endpointText(peer)],
  'allowed-ips': ({ allowedIps }) => [allowedIps.map(formatPrefix).join(' ') || NONE],
  'latest-handshakes': ({ lastHandshake }) => [`${lastHandshake?.seconds ?? 0}`],
  transfer: ({ rxBytes, txBytes }) => [`${rxBytes}`, `${txBytes}`],
  'persistent-keepalive': (peer) => [keepaliveText(peer)],
};

/** The fields that `winze tunnel show DEVICE FIELD` accepts, by their names in wg(8). */
export const TUNNEL_FIELDS: readonly string[] = [...Object.keys(DEVICE_FIELDS), ...Object.keys(PEER_FIELDS)];

/**
 * One line for each device, or for each of its peers, with tabs between the columns.
 *
 * @param field - one of `TUNNEL_FIELDS`
 * @param options.all - whether the name of the device precedes every line, as in `wg show all FIELD`
 * @param options.showKeys - whether private and preshared keys are printed
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
