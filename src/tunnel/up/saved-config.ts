/**
 * The configuration that `SaveConfig` writes: the keys of the file with the current state of the device, as
 * wg-quick(8) does.
 *
 * Intended differences from wg-quick: an endpoint name of the file is kept as long as it is in use, so that the next
 * `up` finds a host that moved; a port that the system chose and the mark of a default route are not saved; and
 * another order of the same values is not a change.
 *
 * @module
 */
import type { DeviceStatus, PeerStatus, Prefix } from '../../core/shapes/tunnel-config.ts';
import type { AllowedIpEntry, HostPort, PeerConfig, TunnelConfig } from '../config/config.ts';
import { formatKey } from '../keys.ts';
import { formatPrefix } from '../prefix.ts';

/** State of the host that is not in the status of the device. */
export interface SavedFacts {
  /** Addresses of the device; `null` if they are not known. */
  readonly addresses: readonly Prefix[] | null;
  /** MTU of the device; `null` if it is not known. */
  readonly mtu: number | null;
  /** Port that the system chose. */
  readonly chosenPort: number;
  /** Mark that `up` chose; `null` if it chose none. */
  readonly chosenMark: number | null;
  /** Endpoint of a peer by its name in the file, as long as no other endpoint was set; otherwise `null`. */
  readonly nameOf: (publicKey: Uint8Array) => HostPort | null;
}

/** The configuration to save. */
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

/** The values of the file in their order, if the current values are the same; otherwise the current values. */
function sameOr<T>(before: readonly T[], now: readonly T[], text: (value: T) => string): readonly T[] {
  const sorted = (values: readonly T[]): string => values.map(text).sort().join();
  return sorted(before) === sorted(now) ? before : now;
}
