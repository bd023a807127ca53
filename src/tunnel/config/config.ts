/**
 * A tunnel configuration with the keys of wg(8) and wg-quick(8).
 *
 * `null` is a key that the file does not have.
 *
 * @module
 */
import type { Prefix } from '../../core/shapes/tunnel-config.ts';

/** A parsed configuration file. */
export interface TunnelConfig {
  readonly interface: InterfaceConfig;
  readonly peers: readonly PeerConfig[];
}

/** The section `[Interface]`. */
export interface InterfaceConfig {
  readonly privateKey: Uint8Array | null;
  /** 0 lets the system choose. */
  readonly listenPort: number | null;
  /** 0 is none. */
  readonly fwmark: number | null;
  /** Addresses of the device; host bits are kept. */
  readonly addresses: readonly Prefix[];
  readonly dnsServers: readonly string[];
  readonly dnsSearchDomains: readonly string[];
  readonly mtu: number | null;
  /** `auto`, `off`, or the number or name of a routing table. */
  readonly table: string | null;
  /** Commands in order; `%i` is not replaced yet. */
  readonly preUp: readonly string[];
  readonly postUp: readonly string[];
  readonly preDown: readonly string[];
  readonly postDown: readonly string[];
  readonly saveConfig: boolean | null;
}

/** A section `[Peer]`. */
export interface PeerConfig {
  readonly publicKey: Uint8Array;
  readonly presharedKey: Uint8Array | null;
  readonly allowedIps: readonly AllowedIpEntry[];
  readonly endpoint: HostPort | null;
  /** 0 is off. */
  readonly persistentKeepaliveSeconds: number | null;
}

/** One entry of `AllowedIPs`. */
export interface AllowedIpEntry {
  /** `+` adds the range to those of the peer, `-` removes it; an entry without a sign replaces all ranges. */
  readonly sign: '' | '+' | '-';
  /** Host bits are zero. */
  readonly prefix: Prefix;
}

/** An endpoint whose name may not be resolved yet. An IPv6 address has no brackets. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}
