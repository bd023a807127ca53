/**
 * Overhead of an encapsulation in bytes, and the share of goodput that remains.
 *
 * All sizes are bytes. `inner` is an IP packet in the tunnel, `outer` the IP packet that carries it over the
 * underlay, `wire` the size of that on Ethernet with preamble and gap. The sizes of each format are in
 * `encapsulation.ts`.
 *
 * VLAN tags, IP options and loss are not considered.
 *
 * @module
 */
import type { Encapsulation, PathKind } from '../core/shapes/path.ts';
import type { Protocol } from '../core/shapes/spec.ts';
import { TCP_HEADER_BYTES, UDP_HEADER_BYTES } from '../wire/ip.ts';
import { largestInner, outerOf, usualEncapsulation } from './encapsulation.ts';
import { baseIpHeaderBytes, type Family, fragmentSizes } from './fragments.ts';

/** Ethernet overhead of one IP packet: preamble 8, header 14, FCS 4, gap 12 (IEEE 802.3). */
const ETHERNET_L1_BYTES = 38;
/** Shortest frame of 64 bytes, with preamble and gap. */
const MIN_WIRE_BYTES = 84;
/** Timestamps option of 10 bytes and 2 bytes of padding (RFC 7323 §3). */
const TCP_TIMESTAMPS_BYTES = 12;
/** Overhead that wg-quick(8) subtracts from the MTU of the underlay for both outer families: that over IPv6. */
const WG_QUICK_BYTES = 80;

/** A path without a tunnel. */
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
  /** Encapsulation that the system reports; without it, the usual one of the kind applies. */
  readonly encapsulation?: readonly Encapsulation[] | null;
}

/** The encapsulation of a path. */
export type Format = Pick<TunnelPath, 'kind' | 'outerFamily' | 'encapsulation'>;

/** The packets of a test: full-size packets, or datagrams with a fixed payload, which IP may fragment. */
export interface Load {
  readonly protocol: Protocol;
  /** Payload of each UDP datagram; `null` fills every packet. Ignored for TCP. */
  readonly datagramPayloadBytes: number | null;
  readonly tcpTimestamps: boolean;
}

/** Size of one IP packet on Ethernet, with preamble and gap; at least 84. */
export function wireBytes(ipBytes: number): number {
  return Math.max(MIN_WIRE_BYTES, ipBytes + ETHERNET_L1_BYTES);
}

/**
 * Returns the size of the outer IP packet that carries an inner one, before any fragmentation.
 *
 * @param innerMtu - MTU of the tunnel device: WireGuard pads to 16 bytes, but not beyond the MTU
 * @returns `null` for a kind whose format is not known (`tun`, `ppp`, `other-tunnel`, `unknown`)
 */
export function outerBytes(kind: PathKind, outerFamily: Family, innerBytes: number, innerMtu: number): number | null {
  const layers = usualEncapsulation(kind, outerFamily, innerMtu);
  return layers === null ? null : outerOf(layers, innerBytes);
}

/** Returns the largest tunnel MTU with which the underlay need not fragment; `null` for an unknown format. */
export function maxInnerMtu({ kind, outerFamily, encapsulation }: Format, underlayMtu: number): number | null {
  const layers = encapsulation ?? usualEncapsulation(kind, outerFamily, null);
  return layers === null ? null : largestInner(layers, underlayMtu);
}

/**
 * Returns the usual tunnel MTU. For WireGuard: that of the underlay less 80, which fits both outer families (the
 * default of wg-quick and of the kernel). For others: the largest that fits.
 */
export function recommendedInnerMtu(format: Format, underlayMtu: number): number | null {
  const isOne = (format.encapsulation?.length ?? 1) === 1;
  if (format.kind !== 'wireguard' || !isOne) return maxInnerMtu(format, underlayMtu);
  return underlayMtu > WG_QUICK_BYTES ? underlayMtu - WG_QUICK_BYTES : null;
}

/** Payload of one packet that fills the MTU; not positive if nothing fits. */
export function payloadPerPacket(
  line: { readonly family: Family; readonly mtu: number } & Pick<Load, 'protocol' | 'tcpTimestamps'>,
): number {
  const transport =
    line.protocol === 'udp' ? UDP_HEADER_BYTES : TCP_HEADER_BYTES + (line.tcpTimestamps ? TCP_TIMESTAMPS_BYTES : 0);
  return line.mtu - baseIpHeaderBytes(line.family) - transport;
}

/**
 * Returns payload divided by bytes on Ethernet, with all fragments counted.
 *
 * Outer packets of WireGuard, VXLAN and Geneve that do not fit the underlay are fragmented. GRE, IPIP and SIT use
 * path MTU discovery by default (ip-tunnel(8)), and so does IPsec: they refuse the packet and the sender learns the
 * size that fits. So for these, and for nested tunnels, the packets have the size that fits.
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
  const packets =
    fixed === null ? [mtu] : fragmentSizes(family, fixed + UDP_HEADER_BYTES + baseIpHeaderBytes(family), mtu);
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
 * Returns the greatest goodput over the tunnel, as a share of the baseline's goodput on the same line.
 *
 * @returns (payload / wire) of the path divided by that of the baseline; `null` if either is not known
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
