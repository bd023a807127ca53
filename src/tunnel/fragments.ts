/**
 * Sizes of the fragments of an IP packet that is larger than the MTU (RFC 791 §3.2, RFC 8200 §4.5).
 *
 * Every fragment but the last carries a multiple of eight bytes. An IPv4 fragment repeats the
 * header of 20 bytes; an IPv6 fragment has 40 bytes of header and 8 of fragment header. Headers
 * are without options.
 *
 * @module
 */
import { IPV4_HEADER_BYTES, IPV6_HEADER_BYTES } from '../wire/ip.ts';

/** IP version. */
export type Family = 4 | 6;

/** Bytes of an IP header without options or extension headers. */
export function baseIpHeaderBytes(family: Family): number {
  return family === 4 ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES;
}

/**
 * Returns the sizes of the IP packets, headers included, that carry one IP packet over a link.
 *
 * Fragments are as large as possible, as in Linux (`ip_do_fragment`): the last one may fill the MTU even
 * if that is not a multiple of eight.
 *
 * @param packetBytes - the whole IP packet with its header
 * @returns one entry if the packet fits; `null` if the MTU has no room for a fragment
 */
export function fragmentSizes(family: Family, packetBytes: number, mtu: number): readonly number[] | null {
  if (packetBytes <= mtu) return [packetBytes];
  const header = baseIpHeaderBytes(family) + (family === 6 ? 8 : 0);
  const room = mtu - header;
  const step = room - (room % 8);
  if (step < 8) return null;
  const sizes: number[] = [];
  let left = packetBytes - baseIpHeaderBytes(family);
  while (left > room) {
    sizes.push(header + step);
    left -= step;
  }
  sizes.push(header + left);
  return sizes;
}
