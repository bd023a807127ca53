/**
 * Configuration changes and status of a WireGuard device.
 *
 * The terms are those of wg(8) and of the configuration protocol
 * (https://www.wireguard.com/xplatform/).
 *
 * @module
 */
import type { Instant } from '../time.ts';

/** UDP address of a peer: an IP address as text, never a name. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
  /** Of a received message: the local address that it was sent to, if the driver knows it. */
  readonly localAddress?: string;
}

/** An IP address range. Host bits are zero. */
export interface Prefix {
  /** 4 or 16 octets, network order. */
  readonly octets: Uint8Array;
  readonly bits: number;
}

/** One entry of `AllowedIPs`; `remove` is the `-` of wg(8). */
export interface AllowedIpChange {
  readonly remove: boolean;
  readonly prefix: Prefix;
}

/** Change of one peer. Fields that are left out stay as they are. Creates the peer unless `updateOnly` is set. */
export interface PeerChange {
  readonly publicKey: Uint8Array;
  readonly remove?: boolean;
  readonly updateOnly?: boolean;
  /** All zero octets remove it. */
  readonly presharedKey?: Uint8Array;
  readonly endpoint?: Endpoint;
  /** 0 switches it off. */
  readonly persistentKeepaliveSeconds?: number;
  readonly replaceAllowedIps?: boolean;
  readonly allowedIps?: readonly AllowedIpChange[];
}

/** Change of a device. Fields that are left out stay as they are. */
export interface DeviceChange {
  /** All zero octets remove it. */
  readonly privateKey?: Uint8Array;
  readonly listenPort?: number;
  /** Mark of outgoing packets for policy routing (SO_MARK); 0 is none. */
  readonly fwmark?: number;
  readonly replacePeers?: boolean;
  readonly peers: readonly PeerChange[];
}

/** A moment on the wall clock, in two parts: nanoseconds since 1970 do not fit in 53 bits. */
export interface WallTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** State of one peer, as `wg show` prints it, with the counts of winze's engine. */
export interface PeerStatus {
  readonly publicKey: Uint8Array;
  /** `null` if there is none. */
  readonly presharedKey: Uint8Array | null;
  readonly endpoint: Endpoint | null;
  readonly allowedIps: readonly Prefix[];
  readonly persistentKeepaliveSeconds: number;
  /** Completion of the last handshake; `null` if there was none. */
  readonly lastHandshake: WallTime | null;
  /** The same by the monotonic clock. */
  readonly lastHandshakeAt: Instant | null;
  /** Time from sending the initiation to receiving the response; `null` if this end was the responder. */
  readonly handshakeRttNs: number | null;
  /** Octets of WireGuard messages sent and received, without UDP and IP headers. */
  readonly txBytes: number;
  readonly rxBytes: number;
  /** Counts of dropped packets by cause, and of other events, by the tags of `TunnelEvent`. */
  readonly counts: Readonly<Record<string, number>>;
}

/** State of a device with all its peers. */
export interface DeviceStatus {
  readonly name: string;
  readonly privateKey: Uint8Array | null;
  readonly publicKey: Uint8Array | null;
  readonly listenPort: number;
  readonly fwmark: number;
  readonly peers: readonly PeerStatus[];
  /** Counts of events that belong to no peer. */
  readonly counts: Readonly<Record<string, number>>;
}
