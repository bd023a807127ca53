/**
 * Converts a configuration to a change of a device.
 *
 * @module
 */
import { KEY_BYTES } from '../../core/primitives.ts';
import type { DeviceChange, Endpoint, PeerChange } from '../../core/shapes/tunnel-config.ts';
import type { PeerConfig, TunnelConfig } from './config.ts';

/**
 * Makes the change that applies a configuration.
 *
 * @param endpoints - resolved endpoint of each peer; `null`: the peer gets none
 * @param mode - `replace` resets keys that are not in the file and removes other peers, as `wg setconf` does;
 *   `append` keeps them, as `wg addconf` does
 */
export function toDeviceChange(
  { interface: device, peers }: TunnelConfig,
  endpoints: readonly (Endpoint | null)[],
  mode: 'replace' | 'append',
): DeviceChange {
  const unset = mode === 'replace' ? { privateKey: new Uint8Array(KEY_BYTES), listenPort: 0, fwmark: 0 } : {};
  return {
    ...unset,
    ...(device.privateKey && { privateKey: device.privateKey }),
    ...(device.listenPort !== null && { listenPort: device.listenPort }),
    ...(device.fwmark !== null && { fwmark: device.fwmark }),
    replacePeers: mode === 'replace',
    peers: peers.map((peer, i) => peerChange(peer, endpoints[i] ?? null)),
  };
}

function peerChange(peer: PeerConfig, endpoint: Endpoint | null): PeerChange {
  return {
    publicKey: peer.publicKey,
    ...(peer.presharedKey && { presharedKey: peer.presharedKey }),
    ...(endpoint && { endpoint }),
    ...(peer.persistentKeepaliveSeconds !== null && { persistentKeepaliveSeconds: peer.persistentKeepaliveSeconds }),
    // An entry with a sign makes the whole list a change to the ranges that the peer has (wg(8)).
    replaceAllowedIps: peer.allowedIps.every(({ sign }) => sign === ''),
    allowedIps: peer.allowedIps.map(({ sign, prefix }) => ({ remove: sign === '-', prefix })),
  };
}
