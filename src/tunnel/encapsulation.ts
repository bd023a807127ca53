/**
 * Sizes of encapsulations: what one adds around a packet, and what several nested ones add.
 *
 * ```text
 * wireguard  outer IP 20|40 + UDP 8 + header 16 + tag 16 + inner padded to 16 (whitepaper §5.4.6)
 * vxlan      outer IP 20|40 + UDP 8 + VXLAN 8 + inner Ethernet 14            (RFC 7348 §5)
 * geneve     outer IP 20|40 + UDP 8 + Geneve 8 + inner Ethernet 14           (RFC 8926 §3, no options)
 * gre        outer IP 20|40 + GRE 4                   (RFC 2784; key, checksum, sequence: 4 more each)
 * gretap     the same + inner Ethernet 14
 * erspan     outer IP 20|40 + GRE 8 + ERSPAN 8 (version 2: 12) + inner Ethernet 14
 * ipip       outer IP 20|40                                                   (RFC 2003, RFC 2473)
 * sit        outer IPv4 20                                                    (RFC 4213)
 * fou        outer IP 20|40 + UDP 8;  gue: 4 more                             (draft-ietf-intarea-gue)
 * macsec     SecTAG 8 + SCI 8 + ICV 16                                        (IEEE 802.1AE; no IP of its own)
 * esp        outer IP 20|40 (tunnel mode) + header 8 + IV + inner and trailer 2, padded to 4 or the cipher's block
 *            + ICV; 8 more in UDP                                             (RFC 4303 §2, RFC 3948)
 * ```
 *
 * GRE and IP over IPv6 have 8 bytes more: Linux sends the tunnel encapsulation limit of RFC 2473
 * §4.1.1 in a destination option unless the device has `encaplimit none` (`IPV6_DEFAULT_TNL_ENCAP_LIMIT`).
 * Therefore `ip6tnl` has an MTU of 1452 and `ip6gre` one of 1448.
 *
 * @module
 */
import type { Encapsulation, PathKind } from '../core/shapes/path.ts';
import { UDP_HEADER_BYTES } from '../wire/ip.ts';
import { baseIpHeaderBytes, type Family } from './fragments.ts';

const WIREGUARD_BYTES = 32;
/** WireGuard pads packets to a multiple of this (whitepaper §5.4.6). */
export const WIREGUARD_PADDING = 16;
/** VXLAN or Geneve header. */
const HEADER_IN_UDP_BYTES = 8;
/** Inner Ethernet header without a VLAN tag. */
export const ETHERNET_BYTES = 14;
const GRE_BYTES = 4;
/** GRE with a sequence number, and the ERSPAN header of version 1. */
const ERSPAN_BYTES = GRE_BYTES + 4 + 8;
/** Destination option with the tunnel encapsulation limit (RFC 2473 §4.1.1). */
export const ENCAPSULATION_LIMIT_BYTES = 8;
/** GUE header without options (draft-ietf-intarea-gue). */
export const GUE_BYTES = 4;
const MACSEC_BYTES = 32;
/** ESP trailer: pad length and next header (RFC 4303 §2). */
export const ESP_TRAILER_BYTES = 2;

/**
 * The usual encapsulation of a kind, for a device whose attributes are not known.
 *
 * @returns an empty list for a kind without encapsulation; `null` for a kind whose format is not known
 */
export function usualEncapsulation(
  kind: PathKind,
  outerFamily: Family,
  mtu: number | null,
): readonly Encapsulation[] | null {
  if (kind === 'loopback' || kind === 'physical' || kind === 'virtual') return [];
  const added = addedBytes(kind, outerFamily);
  if (added === null) return null;
  const family = kind === 'macsec' ? null : kind === 'sit' ? 4 : outerFamily;
  const block = kind === 'wireguard' ? WIREGUARD_PADDING : 1;
  return [{ kind, device: null, outer_family: family, added_bytes: added, block_bytes: block, mtu_bytes: mtu }];
}

/** Size of the outer packet (for MACsec, of the protected packet) that carries an inner packet of `innerBytes`. */
export function outerOf(layers: readonly Encapsulation[], innerBytes: number): number {
  return layers.reduce((bytes, layer) => layer.added_bytes + paddedIn(layer, bytes), innerBytes);
}

/** The largest inner packet that the underlay carries without fragmentation; `null` if there is no room. */
export function largestInner(layers: readonly Encapsulation[], underlayMtu: number): number | null {
  const largest = layers.reduceRight((mtu, { kind, added_bytes, block_bytes }) => {
    const room = mtu - added_bytes;
    return kind === 'esp' ? room - (room % block_bytes) - ESP_TRAILER_BYTES : room;
  }, underlayMtu);
  return largest > 0 ? largest : null;
}

function paddedIn({ kind, block_bytes: block, mtu_bytes: mtu }: Encapsulation, bytes: number): number {
  if (kind === 'wireguard') return padded(bytes, mtu ?? 0);
  return kind === 'esp' ? Math.ceil((bytes + ESP_TRAILER_BYTES) / block) * block : bytes;
}

/** Size with padding: to a multiple of 16, but not beyond the MTU (kernel `calculate_skb_padding`). */
function padded(innerBytes: number, innerMtu: number): number {
  const last = innerMtu > 0 && innerBytes > innerMtu ? innerBytes % innerMtu : innerBytes;
  const aligned = Math.ceil(last / WIREGUARD_PADDING) * WIREGUARD_PADDING;
  return innerBytes - last + (innerMtu > 0 ? Math.min(innerMtu, aligned) : aligned);
}

/** Octets that a kind adds before and after an inner packet, without padding; `null` if the format is not known. */
export function addedBytes(kind: PathKind, outerFamily: Family): number | null {
  const ip = baseIpHeaderBytes(outerFamily);
  const option = outerFamily === 6 ? ENCAPSULATION_LIMIT_BYTES : 0;
  switch (kind) {
    case 'wireguard':
      return ip + UDP_HEADER_BYTES + WIREGUARD_BYTES;
    case 'vxlan':
    case 'geneve':
      return ip + UDP_HEADER_BYTES + HEADER_IN_UDP_BYTES + ETHERNET_BYTES;
    case 'gre':
      return ip + option + GRE_BYTES;
    case 'gretap':
      return ip + option + GRE_BYTES + ETHERNET_BYTES;
    case 'erspan':
      return ip + option + ERSPAN_BYTES + ETHERNET_BYTES;
    case 'ipip':
      return ip + option;
    case 'sit':
      return baseIpHeaderBytes(4);
    case 'fou':
      return ip + UDP_HEADER_BYTES;
    case 'gue':
      return ip + UDP_HEADER_BYTES + GUE_BYTES;
    case 'macsec':
      return MACSEC_BYTES;
    case 'esp':
    case 'loopback':
    case 'physical':
    case 'virtual':
    case 'ppp':
    case 'tun':
    case 'other-tunnel':
    case 'unknown':
      return null;
    default:
      return kind satisfies never;
  }
}
