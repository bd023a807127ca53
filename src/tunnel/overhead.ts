/**
 * What an encapsulation costs in bytes, and what share of the goodput that leaves.
 *
 * All sizes are bytes. `inner` is an IP packet as the tunnel device sees it, `outer` the IP packet
 * that carries it over the underlay, `wire` what that takes on Ethernet with preamble and gap.
 *
 * What each format puts around a packet is in `encapsulation.ts`.
 *
 * Not counted: VLAN tags, IP options, loss.
 *
 * @module
 */
import type { Encapsulation, PathKind } from '../core/shapes/result.ts';
import type { Protocol } from '../core/shapes/spec.ts';
import { TCP_HEADER_BYTES, UDP_HEADER_BYTES } from '../wire/ip.ts';
import { largestInner, outerOf, usualEncapsulation } from './encapsulation.ts';
import { type Family, fragmentSizes, ipHeaderBytes } from './fragments.ts';

/** Ethernet around one IP packet: preamble 8, header 14, FCS 4, gap 12 (IEEE 802.3). */
const ETHERNET_L1_BYTES = 38;
/** Shortest frame of 64 bytes, with preamble and gap. */
const MIN_WIRE_BYTES = 84;
/** Timestamps option of 10 bytes and two of padding (RFC 7323 §3). */
const TCP_TIMESTAMPS_BYTES = 12;
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
  /** What the system tells of it; else what the kind does as a rule. */
  readonly encapsulation?: readonly Encapsulation[] | null;
}

/** What is known of what a path puts around packets. */
export type Format = Pick<TunnelPath, 'kind' | 'outerFamily' | 'encapsulation'>;

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
  const layers = usualEncapsulation(kind, outerFamily, innerMtu);
  return layers === null ? null : outerOf(layers, innerBytes);
}

/** Returns the largest tunnel MTU whose packets the underlay carries whole; `null` for an unknown format. */
export function maxInnerMtu({ kind, outerFamily, encapsulation }: Format, underlayMtu: number): number | null {
  const layers = encapsulation ?? usualEncapsulation(kind, outerFamily, null);
  return layers === null ? null : largestInner(layers, underlayMtu);
}

/**
 * Returns the tunnel MTU that is usually set: underlay less 80 for WireGuard (wg-quick and the
 * kernel's own default), which fits either outer family; the largest that fits for the others.
 */
export function recommendedInnerMtu(format: Format, underlayMtu: number): number | null {
  const isOne = (format.encapsulation?.length ?? 1) === 1;
  if (format.kind !== 'wireguard' || !isOne) return maxInnerMtu(format, underlayMtu);
  return underlayMtu > WG_QUICK_BYTES ? underlayMtu - WG_QUICK_BYTES : null;
}

/** Application bytes in one packet that fills the MTU; not positive when nothing fits. */
export function payloadPerPacket(
  line: { readonly family: Family; readonly mtu: number } & Pick<Load, 'protocol' | 'tcpTimestamps'>,
): number {
  const transport =
    line.protocol === 'udp' ? UDP_HEADER_BYTES : TCP_HEADER_BYTES + (line.tcpTimestamps ? TCP_TIMESTAMPS_BYTES : 0);
  return line.mtu - ipHeaderBytes(line.family) - transport;
}

/**
 * Returns the share of the Ethernet line's bits that are payload, with every fragment counted.
 *
 * WireGuard, VXLAN and Geneve packets that do not fit the underlay are fragmented outside. GRE,
 * IPIP and SIT have path MTU discovery on unless told otherwise (ip-tunnel(8)), IPsec does the same: they refuse the
 * packet and the sender learns the size that fits, so theirs are counted at that size, and so are tunnels in tunnels.
 *
 * @returns 0..1; `null` for an unknown format, an unknown MTU, or an MTU without room for payload
 */
export function payloadRatio(path: TunnelPath, load: Load): number | null {
  const { family, kind, outerFamily } = path;
  const layers = path.encapsulation ?? usualEncapsulation(kind, outerFamily, path.mtu);
  const underlayMtu = layers?.length === 0 ? path.mtu : path.underlayMtu;
  if (layers === null || path.mtu === null || underlayMtu === null) return null;
  const fits = largestInner(layers, underlayMtu);
  if (fits === null) return null;
  const mtu = fragmentsOutside(layers) ? path.mtu : Math.min(path.mtu, fits);

  const fixed = load.protocol === 'udp' ? load.datagramPayloadBytes : null;
  const payload = fixed ?? payloadPerPacket({ family, mtu, ...load });
  if (payload <= 0) return null;
  const packets = fixed === null ? [mtu] : fragmentSizes(family, fixed + UDP_HEADER_BYTES + ipHeaderBytes(family), mtu);
  if (packets === null) return null;

  let wire = 0;
  for (const packet of packets) {
    const pieces = fragmentSizes(layers.at(-1)?.outer_family ?? family, outerOf(layers, packet), underlayMtu);
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

function fragmentsOutside([layer, ...others]: readonly Encapsulation[]): boolean {
  return others.length === 0 && ['wireguard', 'vxlan', 'geneve'].includes(layer?.kind ?? '');
}
