/**
 * The state of tunnel devices in the columns of `wg show IF dump`, for scripts. Keys included.
 *
 * @module
 */
import { formatEndpoint } from '../core/address.ts';
import type { DeviceStatus, PeerStatus } from '../core/tunnel-config.ts';
import { formatKey } from '../tunnel/keys.ts';
import { formatPrefix } from '../tunnel/prefix.ts';
import { printable } from './escape.ts';

const NONE = '(none)';
const OFF = 'off';
const NAME_COLUMNS = 64;

/**
 * A line for each device (4 columns) and each of its peers (8), with tabs between.
 *
 * @param options.all - puts the name of the device before every line, as `wg show all dump`
 */
export function tunnelDump(devices: readonly DeviceStatus[], { all }: { readonly all: boolean }): string {
  const lines = devices.flatMap((device) => {
    const name = all ? [printable(device.name, NAME_COLUMNS)] : [];
    return [deviceColumns(device), ...device.peers.map(peerColumns)].map((columns) => [...name, ...columns].join('\t'));
  });
  return lines.map((line) => `${line}\n`).join('');
}

function deviceColumns({ privateKey, publicKey, listenPort, fwmark }: DeviceStatus): string[] {
  return [keyText(privateKey), keyText(publicKey), `${listenPort}`, fwmark === 0 ? OFF : `0x${fwmark.toString(16)}`];
}

function peerColumns(peer: PeerStatus): string[] {
  const { endpoint, allowedIps, persistentKeepaliveSeconds } = peer;
  return [
    formatKey(peer.publicKey),
    keyText(peer.presharedKey),
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
