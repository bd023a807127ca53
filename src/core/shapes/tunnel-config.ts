/**
 * What a WireGuard device is told and what it tells: configuration, changes to it, and its state.
 *
 * The words are those of wg(8) and of the configuration protocol
 * (https://www.wireguard.com/xplatform/).
 *
 * @module
 */
import type { Instant } from '../time.ts';

/** Where a peer is reached: an IP address as text, never a name. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
  /** Where a message came from: the local address that it was written to, if the driver tells. */
  readonly cameTo?: string;
}

/** An address range. Host bits are zero. */
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

/** What to change of one peer; a field left out stays as it is. Creates the peer unless `updateOnly`. */
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

/** What to change of a device; a field left out stays as it is. */
export interface DeviceChange {
  /** All zero octets remove it. */
  readonly privateKey?: Uint8Array;
  readonly listenPort?: number;
  /** Mark of outgoing packets for policy routing; 0 is none. */
  readonly fwmark?: number;
  readonly replacePeers?: boolean;
  readonly peers: readonly PeerChange[];
}

/** A moment on the wall clock, in two parts: nanoseconds since 1970 do not fit in 53 bits. */
export interface WallTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

export interface PeerStatus {
  readonly publicKey: Uint8Array;
  /** `null` where there is none. */
  readonly presharedKey: Uint8Array | null;
  readonly endpoint: Endpoint | null;
  readonly allowedIps: readonly Prefix[];
  readonly persistentKeepaliveSeconds: number;
  /** When the last handshake ended; `null` if there was none. */
  readonly lastHandshake: WallTime | null;
  /** The same by the monotonic clock. */
  readonly lastHandshakeAt: Instant | null;
  /** From initiation sent to response, where this end was the initiator. */
  readonly handshakeRttNs: number | null;
  /** Octets of WireGuard messages, without UDP and IP headers. */
  readonly txBytes: number;
  readonly rxBytes: number;
  /** What was not carried and why, and what happened: counts by the names of `TunnelEvent`. */
  readonly counts: Readonly<Record<string, number>>;
}

export interface DeviceStatus {
  readonly name: string;
  readonly privateKey: Uint8Array | null;
  readonly publicKey: Uint8Array | null;
  readonly listenPort: number;
  readonly fwmark: number;
  readonly peers: readonly PeerStatus[];
  /** Counts that belong to no peer. */
  readonly counts: Readonly<Record<string, number>>;
}
