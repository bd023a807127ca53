/**
 * What an encapsulation costs in bytes, and what share of the goodput that leaves.
 *
 * All sizes are bytes. `inner` is an IP packet as the tunnel device sees it, `outer` the IP packet
 * that carries it over the underlay, `wire` what that takes on Ethernet with preamble and gap.
 *
 * ```text
 * wireguard  outer IP 20|40 + UDP 8 + header 16 + tag 16 + inner padded to 16 (whitepaper §5.4.6)
 * vxlan      outer IP 20|40 + UDP 8 + VXLAN 8 + inner Ethernet 14            (RFC 7348 §5)
 * geneve     outer IP 20|40 + UDP 8 + Geneve 8 + inner Ethernet 14           (RFC 8926 §3, no options)
 * gre        outer IP 20|40 + GRE 4                   (RFC 2784; key, checksum, sequence: 4 more each)
 * ipip       outer IP 20|40                                                   (RFC 2003, RFC 2473)
 * sit        outer IPv4 20                                                    (RFC 4213)
 * ```
 *
 * GRE and IP inside IPv6 have 8 bytes more: Linux sends the tunnel encapsulation limit of RFC 2473
 * §4.1.1 in a destination option unless told `encaplimit none` (`IPV6_DEFAULT_TNL_ENCAP_LIMIT`),
 * which is why its `ip6tnl` has an MTU of 1452 and its `ip6gre` one of 1448.
 *
 * Not counted: VLAN tags, IP options, loss.
 *
 * @module
 */
import type { PathKind } from '../core/result.ts';
import type { Protocol } from '../core/spec.ts';
import { type Family, fragmentSizes, ipHeaderBytes } from './fragments.ts';

/** Ethernet around one IP packet: preamble 8, header 14, FCS 4, gap 12 (IEEE 802.3). */
const ETHERNET_L1_BYTES = 38;
/** Shortest frame of 64 bytes, with preamble and gap. */
const MIN_WIRE_BYTES = 84;
const UDP_BYTES = 8;
const TCP_BYTES = 20;
/** Timestamps option of 10 bytes and two of padding (RFC 7323 §3). */
const TCP_TIMESTAMPS_BYTES = 12;
const WIREGUARD_BYTES = 32;
const WIREGUARD_PADDING = 16;
/** VXLAN or Geneve header and the Ethernet header inside. */
const ETHERNET_IN_UDP_BYTES = 8 + 14;
const GRE_BYTES = 4;
const ENCAPSULATION_LIMIT_BYTES = 8;
/** What wg-quick(8) takes off the underlay's MTU whatever the outer family: an IPv6 header's worth. */
const WG_QUICK_BYTES = 80;

/** One end of the arithmetic that has no tunnel: the bare line. */
export interface BareLine {
  /** Family of the packets that carry the test. */
  readonly family: Family;
  readonly mtu: number | null;
}

/** A path through a tunnel device, or another line (`kind` `physical`, `virtual`, `loopback`). */
export interface TunnelPath extends BareLine {
  readonly kind: PathKind;
  readonly outerFamily: Family;
  readonly underlayMtu: number | null;
}

/** What travels: full-size packets, or datagrams of a fixed payload that IP may have to cut. */
export interface Load {
  readonly protocol: Protocol;
  /** Payload of each UDP datagram; `null` fills every packet. Ignored for TCP. */
  readonly datagramPayloadBytes: number | null;
  readonly tcpTimestamps: boolean;
}

/** Bytes that one packet takes on Ethernet, preamble and gap included; at least 84. */
export function wireBytes(ipBytes: number): number {
  return Math.max(MIN_WIRE_BYTES, ipBytes + ETHERNET_L1_BYTES);
}

/**
 * Returns the size of the outer IP packet that carries an inner one, before any fragmentation.
 *
 * @param innerMtu - of the tunnel device: WireGuard pads to 16 bytes but never beyond it
 * @returns `null` for a kind whose format is not known (`tun`, `ppp`, `other-tunnel`, `unknown`)
 */
export function outerBytes(kind: PathKind, outerFamily: Family, innerBytes: number, innerMtu: number): number | null {
  const added = addedBytes(kind, outerFamily);
  if (added === null) return null;
  return added + (kind === 'wireguard' ? padded(innerBytes, innerMtu) : innerBytes);
}

/** Returns the largest tunnel MTU whose packets the underlay carries whole; `null` for an unknown format. */
export function maxInnerMtu(kind: PathKind, outerFamily: Family, underlayMtu: number): number | null {
  const added = addedBytes(kind, outerFamily);
  return added === null || underlayMtu <= added ? null : underlayMtu - added;
}

/**
 * Returns the tunnel MTU that is usually set: underlay less 80 for WireGuard (wg-quick and the
 * kernel's own default), which fits either outer family; the largest that fits for the others.
 */
export function recommendedInnerMtu(kind: PathKind, outerFamily: Family, underlayMtu: number): number | null {
  if (kind !== 'wireguard') return maxInnerMtu(kind, outerFamily, underlayMtu);
  return underlayMtu > WG_QUICK_BYTES ? underlayMtu - WG_QUICK_BYTES : null;
}

/** Application bytes in one packet that fills the MTU; not positive when nothing fits. */
export function payloadPerPacket(
  line: { readonly family: Family; readonly mtu: number } & Pick<Load, 'protocol' | 'tcpTimestamps'>,
): number {
  const transport = line.protocol === 'udp' ? UDP_BYTES : TCP_BYTES + (line.tcpTimestamps ? TCP_TIMESTAMPS_BYTES : 0);
  return line.mtu - ipHeaderBytes(line.family) - transport;
}

/**
 * Returns the share of the Ethernet line's bits that are payload, with every fragment counted.
 *
 * WireGuard, VXLAN and Geneve packets that do not fit the underlay are fragmented outside. GRE,
 * IPIP and SIT have path MTU discovery on unless told otherwise (ip-tunnel(8)): they refuse the
 * packet and the sender learns the size that fits, so theirs are counted at that size.
 *
 * @returns 0..1; `null` for an unknown format, an unknown MTU, or an MTU without room for payload
 */
export function payloadRatio(path: TunnelPath, load: Load): number | null {
  const { family, kind, outerFamily } = path;
  const none = addedBytes(kind, outerFamily) === 0;
  const underlayMtu = none ? path.mtu : path.underlayMtu;
  if (path.mtu === null || underlayMtu === null) return null;
  const fits = maxInnerMtu(kind, outerFamily, underlayMtu);
  if (fits === null) return null;
  const mtu = fragmentsOutside(kind) ? path.mtu : Math.min(path.mtu, fits);

  const fixed = load.protocol === 'udp' ? load.datagramPayloadBytes : null;
  const payload = fixed ?? payloadPerPacket({ family, mtu, ...load });
  if (payload <= 0) return null;
  const packets = fixed === null ? [mtu] : fragmentSizes(family, fixed + UDP_BYTES + ipHeaderBytes(family), mtu);
  if (packets === null) return null;

  let wire = 0;
  for (const packet of packets) {
    const outer = outerBytes(kind, outerFamily, packet, mtu);
    const pieces = outer === null ? null : fragmentSizes(none ? family : outerFamily, outer, underlayMtu);
    if (pieces === null) return null;
    for (const piece of pieces) wire += wireBytes(piece);
  }
  return payload / wire;
}

/**
 * Returns what share of the baseline's goodput the encapsulation allows on the same line.
 *
 * @returns (payload / wire) of the path over that of the baseline; `null` where either is unknown
 */
export function ceilingRatio(input: { readonly baseline: BareLine; readonly path: TunnelPath } & Load): number | null {
  const { baseline, path } = input;
  const bare = payloadRatio(
    { ...baseline, kind: 'physical', outerFamily: baseline.family, underlayMtu: baseline.mtu },
    input,
  );
  const inside = payloadRatio(path, input);
  return bare === null || inside === null ? null : inside / bare;
}

/** Bytes that the format puts before (and behind) an inner packet, padding aside. */
function addedBytes(kind: PathKind, outerFamily: Family): number | null {
  const ip = ipHeaderBytes(outerFamily);
  const option = outerFamily === 6 ? ENCAPSULATION_LIMIT_BYTES : 0;
  switch (kind) {
    case 'loopback':
    case 'physical':
    case 'virtual':
      return 0;
    case 'wireguard':
      return ip + UDP_BYTES + WIREGUARD_BYTES;
    case 'vxlan':
    case 'geneve':
      return ip + UDP_BYTES + ETHERNET_IN_UDP_BYTES;
    case 'gre':
      return ip + option + GRE_BYTES;
    case 'ipip':
      return ip + option;
    case 'sit':
      return ipHeaderBytes(4);
    case 'ppp':
    case 'tun':
    case 'other-tunnel':
    case 'unknown':
      return null;
    default:
      return kind satisfies never;
  }
}

function fragmentsOutside(kind: PathKind): boolean {
  return kind === 'wireguard' || kind === 'vxlan' || kind === 'geneve';
}

/** Zero bytes up to a multiple of 16 but not beyond the MTU (kernel `calculate_skb_padding`). */
function padded(innerBytes: number, innerMtu: number): number {
  const last = innerMtu > 0 && innerBytes > innerMtu ? innerBytes % innerMtu : innerBytes;
  const aligned = Math.ceil(last / WIREGUARD_PADDING) * WIREGUARD_PADDING;
  return innerBytes - last + (innerMtu > 0 ? Math.min(innerMtu, aligned) : aligned);
}
