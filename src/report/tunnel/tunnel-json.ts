/**
 * The state of tunnel devices as JSON, schema `winze-tunnel/1`. What is not known is `null`.
 *
 * @module
 */
import { formatEndpoint } from '../../core/address.ts';
import type { DeviceStatus, PeerStatus } from '../../core/shapes/tunnel-config.ts';
import { formatKey } from '../../tunnel/keys.ts';
import { formatPrefix } from '../../tunnel/prefix.ts';

/** What the document contains. */
export interface TunnelJsonOptions {
  /** Adds the fields `private_key` and `preshared_key`. Without it, the document does not have them. */
  readonly showKeys: boolean;
}

/** One document, ending in a line break. */
export function tunnelJson(devices: readonly DeviceStatus[], options: TunnelJsonOptions): string {
  const document = { schema: 'winze-tunnel/1', devices: devices.map((device) => deviceJson(device, options)) };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function deviceJson(device: DeviceStatus, options: TunnelJsonOptions): object {
  const { name, publicKey, privateKey, listenPort, fwmark, peers, counts } = device;
  return {
    name,
    public_key: keyText(publicKey),
    ...(options.showKeys && { private_key: keyText(privateKey) }),
    listen_port: listenPort,
    fwmark,
    counts,
    peers: peers.map((peer) => peerJson(peer, options)),
  };
}

function peerJson(peer: PeerStatus, { showKeys }: TunnelJsonOptions): object {
  const { endpoint, lastHandshake } = peer;
  return {
    public_key: formatKey(peer.publicKey),
    has_preshared_key: peer.presharedKey !== null,
    ...(showKeys && { preshared_key: keyText(peer.presharedKey) }),
    endpoint: endpoint && formatEndpoint(endpoint.address, endpoint.port),
    allowed_ips: peer.allowedIps.map(formatPrefix),
    persistent_keepalive_s: peer.persistentKeepaliveSeconds,
    // Two numbers: nanoseconds since 1970 do not fit in the 53 bits of a JSON number.
    latest_handshake_unix_s: lastHandshake?.seconds ?? null,
    latest_handshake_fraction_ns: lastHandshake?.nanoseconds ?? null,
    handshake_rtt_ns: peer.handshakeRttNs,
    rx_bytes: peer.rxBytes,
    tx_bytes: peer.txBytes,
    counts: peer.counts,
  };
}

function keyText(key: Uint8Array | null): string | null {
  return key && formatKey(key);
}
