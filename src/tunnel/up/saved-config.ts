/**
 * What `SaveConfig` writes at the end: the file's own keys, with what the device has by then, as wg-quick(8) does.
 *
 * Differences from wg-quick, each for a reason: the name of an endpoint stays where it is still that of the file, or the
 * next `up` would not find a host that moved; neither a port that the system chose nor the mark that a default route was
 * given becomes one of the file; and what only stands in another order is no change.
 *
 * @module
 */
import type { DeviceStatus, PeerStatus, Prefix } from '../../core/shapes/tunnel-config.ts';
import type { AllowedIpEntry, HostPort, PeerConfig, TunnelConfig } from '../config/config.ts';
import { formatKey } from '../keys.ts';
import { formatPrefix } from '../prefix.ts';

export interface SavedFacts {
  /** Of the device; `null` where that is not known. */
  readonly addresses: readonly Prefix[] | null;
  readonly mtu: number | null;
  /** What the system and `up` chose, which the file did not. */
  readonly chosenPort: number;
  readonly chosenMark: number | null;
  /** The endpoint of the file by name, as long as nobody set another. */
  readonly nameOf: (publicKey: Uint8Array) => HostPort | null;
}

export function savedConfig(config: TunnelConfig, status: DeviceStatus, facts: SavedFacts): TunnelConfig {
  const { interface: device, peers } = config;
  const { addresses, mtu, chosenPort, chosenMark } = facts;
  const before = new Map(peers.map((peer) => [formatKey(peer.publicKey), peer]));
  const isOwnPort = device.listenPort === null && status.listenPort === chosenPort;
  const isOwnMark = chosenMark !== null && status.fwmark === chosenMark;
  return {
    interface: {
      ...device,
      privateKey: status.privateKey,
      listenPort: isOwnPort ? null : status.listenPort,
      fwmark: isOwnMark || status.fwmark === (device.fwmark ?? 0) ? device.fwmark : status.fwmark,
      addresses: sameOr(device.addresses, addresses ?? device.addresses, formatPrefix),
      mtu: device.mtu === null ? null : (mtu ?? device.mtu),
    },
    peers: status.peers.map((peer) => savedPeer(peer, before.get(formatKey(peer.publicKey)), facts)),
  };
}

function savedPeer(peer: PeerStatus, before: PeerConfig | undefined, { nameOf }: SavedFacts): PeerConfig {
  const { publicKey, presharedKey, endpoint, persistentKeepaliveSeconds: seconds } = peer;
  const allowedIps = peer.allowedIps.map((prefix): AllowedIpEntry => ({ sign: '', prefix }));
  const text = ({ sign, prefix }: AllowedIpEntry): string => `${sign}${formatPrefix(prefix)}`;
  return {
    publicKey,
    presharedKey,
    allowedIps: sameOr(before?.allowedIps ?? [], allowedIps, text),
    endpoint: nameOf(publicKey) ?? (endpoint && { host: endpoint.address, port: endpoint.port }),
    persistentKeepaliveSeconds:
      seconds === (before?.persistentKeepaliveSeconds ?? 0) ? (before?.persistentKeepaliveSeconds ?? null) : seconds,
  };
}

/** Those of the file, in their order, unless there are others now. */
function sameOr<T>(before: readonly T[], now: readonly T[], text: (value: T) => string): readonly T[] {
  const sorted = (values: readonly T[]): string => values.map(text).sort().join();
  return sorted(before) === sorted(now) ? before : now;
}
