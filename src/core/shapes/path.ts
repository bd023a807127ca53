/**
 * A path between two hosts as the systems of both describe it. The names are those of JSON.
 *
 * @module
 */
import type { LinkFacts } from './host-details.ts';

/** A path as seen from one end, by its routes and devices. */
export interface PathFacts {
  readonly local_address: string | null;
  readonly remote_address: string;
  readonly device: string | null;
  readonly kind: PathKind;
  /** MTU of the route if it has one, otherwise of the device. With IPsec, the largest packet that fits inside. */
  readonly mtu_bytes: number | null;
  /** Encapsulations of a packet, from the inside to the outside; `null` if the system does not report them. */
  readonly encapsulation: readonly Encapsulation[] | null;
}

/** One encapsulation: what one tunnel adds around a packet. */
export interface Encapsulation {
  readonly kind: PathKind;
  /** `null` for IPsec without a device. */
  readonly device: string | null;
  /** Family of the outer IP header; `null` if there is none: MACsec, and ESP in transport mode. */
  readonly outer_family: 4 | 6 | null;
  /** Octets of headers and trailers, without padding. */
  readonly added_bytes: number;
  /** The packet is padded to a multiple of this; with ESP, its trailer of 2 octets is included. 1 is no padding. */
  readonly block_bytes: number;
  /** MTU of the device. */
  readonly mtu_bytes: number | null;
}

/** A path as seen from one end, with the link that its packets leave by. */
export interface PathEnd extends PathFacts {
  /** `null`: not requested, or not reported. */
  readonly link: LinkFacts | null;
}

/** Kind of the device or encapsulation that a path uses. */
export type PathKind =
  | 'loopback'
  | 'physical'
  | 'virtual'
  | 'wireguard'
  | 'vxlan'
  | 'geneve'
  | 'gre'
  | 'gretap'
  | 'erspan'
  | 'ipip'
  | 'sit'
  | 'fou'
  | 'gue'
  | 'macsec'
  | 'esp'
  | 'ppp'
  | 'tun'
  | 'other-tunnel'
  | 'unknown';
