/**
 * The state of tunnel devices in the columns of `wg show IF dump`, for scripts.
 *
 * @module
 */
import type { DeviceStatus, PeerStatus } from '../../core/shapes/tunnel-config.ts';
import { formatKey } from '../../tunnel/keys.ts';
import { formatPrefix } from '../../tunnel/prefix.ts';
import {
  endpointText,
  fwmarkText,
  keepaliveText,
  keyText,
  NONE,
  nameText,
  type SecretText,
  secretText,
} from './tunnel-field.ts';

/**
 * One line for each device (4 columns) and for each of its peers (8 columns), with tabs between the columns.
 *
 * @param options.all - whether the name of the device precedes every line, as in `wg show all dump`
 * @param options.showKeys - whether private and preshared keys are printed
 */
export function tunnelDump(
  devices: readonly DeviceStatus[],
  { all, showKeys }: { readonly all: boolean; readonly showKeys: boolean },
): string {
  const secret = secretText(showKeys);
  const lines = devices.flatMap((device) => {
    const name = all ? [nameText(device)] : [];
    return [deviceColumns(device, secret), ...device.peers.map((peer) => peerColumns(peer, secret))].map((columns) =>
      [...name, ...columns].join('\t'),
    );
  });
  return lines.map((line) => `${line}\n`).join('');
}

function deviceColumns({ privateKey, publicKey, listenPort, fwmark }: DeviceStatus, secret: SecretText): string[] {
  return [secret(privateKey), keyText(publicKey), `${listenPort}`, fwmarkText(fwmark)];
}

function peerColumns(peer: PeerStatus, secret: SecretText): string[] {
  return [
    formatKey(peer.publicKey),
    secret(peer.presharedKey),
    endpointText(peer),
    peer.allowedIps.map(formatPrefix).join(',') || NONE,
    `${peer.lastHandshake?.seconds ?? 0}`,
    `${peer.rxBytes}`,
    `${peer.txBytes}`,
    keepaliveText(peer),
  ];
}
