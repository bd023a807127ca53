/**
 * A tunnel as wg-quick(8) describes it: what wg(8) knows, and what is done around it.
 *
 * `null` is a key that the file does not have.
 *
 * @module
 */
import type { Prefix } from '../../core/shapes/tunnel-config.ts';

export interface TunnelConfig {
  readonly interface: InterfaceConfig;
  readonly peers: readonly PeerConfig[];
}

export interface InterfaceConfig {
  readonly privateKey: Uint8Array | null;
  /** 0 leaves the choice to the system. */
  readonly listenPort: number | null;
  /** 0 is none. */
  readonly fwmark: number | null;
  /** The device's own addresses: host bits are kept. */
  readonly addresses: readonly Prefix[];
  readonly dnsServers: readonly string[];
  readonly dnsSearchDomains: readonly string[];
  readonly mtu: number | null;
  /** `auto`, `off`, or a routing table's number or name. */
  readonly table: string | null;
  /** Commands, in order, with `%i` as written. */
  readonly preUp: readonly string[];
  readonly postUp: readonly string[];
  readonly preDown: readonly string[];
  readonly postDown: readonly string[];
  readonly saveConfig: boolean | null;
}

export interface PeerConfig {
  readonly publicKey: Uint8Array;
  readonly presharedKey: Uint8Array | null;
  readonly allowedIps: readonly AllowedIpEntry[];
  readonly endpoint: HostPort | null;
  /** 0 is off. */
  readonly persistentKeepaliveSeconds: number | null;
}

export interface AllowedIpEntry {
  /** `+` adds to and `-` takes from what the peer has; a plain entry replaces it. */
  readonly sign: '' | '+' | '-';
  /** Host bits are zero. */
  readonly prefix: Prefix;
}

/** An endpoint before names are resolved; an IPv6 address is without its brackets. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}
