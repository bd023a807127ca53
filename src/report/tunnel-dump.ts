/**
 * The state of tunnel devices in the columns of `wg show IF dump`, for scripts.
 *
 * @module
 */
import { formatEndpoint } from '../core/address.ts';
import type { DeviceStatus, PeerStatus } from '../core/tunnel-config.ts';
import { formatKey } from '../tunnel/keys.ts';
import { formatPrefix } from '../tunnel/prefix.ts';
import { printable } from './escape.ts';

const NONE = '(none)';
/** What `wg show` has in place of a key where it hides one. */
const HIDDEN = '(hidden)';
const OFF = 'off';
const NAME_COLUMNS = 64;

/**
 * A line for each device (4 columns) and each of its peers (8), with tabs between.
 *
 * @param options.all - puts the name of the device before every line, as `wg show all dump`
 * @param options.showKeys - private and preshared keys too
 */
export function tunnelDump(
  devices: readonly DeviceStatus[],
  { all, showKeys }: { readonly all: boolean; readonly showKeys: boolean },
): string {
  const secret = showKeys ? keyText : hiddenText;
  const lines = devices.flatMap((device) => {
    const name = all ? [printable(device.name, NAME_COLUMNS)] : [];
    return [deviceColumns(device, secret), ...device.peers.map((peer) => peerColumns(peer, secret))].map((columns) =>
      [...name, ...columns].join('\t'),
    );
  });
  return lines.map((line) => `${line}\n`).join('');
}

function deviceColumns({ privateKey, publicKey, listenPort, fwmark }: DeviceStatus, secret: typeof keyText): string[] {
  return [secret(privateKey), keyText(publicKey), `${listenPort}`, fwmark === 0 ? OFF : `0x${fwmark.toString(16)}`];
}

function peerColumns(peer: PeerStatus, secret: typeof keyText): string[] {
  const { endpoint, allowedIps, persistentKeepaliveSeconds } = peer;
  return [
    formatKey(peer.publicKey),
    secret(peer.presharedKey),
    endpoint ? formatEndpoint(endpoint.address, endpoint.port) : NONE,
    allowedIps.map(formatPrefix).join(',') || NONE,
    `${peer.lastHandshake?.seconds ?? 0}`,
    `${peer.rxBytes}`,
    `${peer.txBytes}`,
    persistentKeepaliveSeconds === 0 ? OFF : `${persistentKeepaliveSeconds}`,
  ];
}

function keyText(key: Uint8Array | null): string {
  return key ? formatKey(key) : NONE;
}

function hiddenText(key: Uint8Array | null): string {
  return key ? HIDDEN : NONE;
}
