/**
 * struct virtio_net_hdr: what the kernel says about a packet, and is told, on a TUN device with
 * IFF_VNET_HDR. Integers are little-endian, as on every host that has the fast path.
 *
 * ```text
 * flags 1 · gso_type 1 · hdr_len 2 · gso_size 2 · csum_start 2 · csum_offset 2                     10
 * ```
 *
 * With a `gso_type` the packet stands for several, each with `gso_size` octets of payload but the last.
 * `hdr_len` is a hint: the kernel puts the linear part of its buffer there, which may hold payload.
 *
 * @see Virtual I/O Device 1.2 §5.1.6; include/uapi/linux/virtio_net.h of Linux
 * @module
 */

export const VIRTIO_NET_HEADER_BYTES = 10;

/** The checksum field holds the sum of the pseudo-header; it is to be completed from `csum_start` on. */
export const VIRTIO_NET_HDR_F_NEEDS_CSUM = 1;

export const VIRTIO_NET_HDR_GSO_NONE = 0;
export const VIRTIO_NET_HDR_GSO_TCPV4 = 1;
export const VIRTIO_NET_HDR_GSO_TCPV6 = 4;
/** UDP datagrams of one size (Linux 6.2), unlike 3, which was one datagram to fragment. */
export const VIRTIO_NET_HDR_GSO_UDP_L4 = 5;
/** Added to a TCP type: CWR is set in the first segment (RFC 3168 §6.1.2). */
export const VIRTIO_NET_HDR_GSO_ECN = 0x80;

export function virtioFlags(view: DataView, at: number): number {
  return view.getUint8(at);
}

export function virtioGsoType(view: DataView, at: number): number {
  return view.getUint8(at + 1);
}

export function virtioHeaderBytes(view: DataView, at: number): number {
  return view.getUint16(at + 2, true);
}

export function virtioGsoBytes(view: DataView, at: number): number {
  return view.getUint16(at + 4, true);
}

export function virtioChecksumStart(view: DataView, at: number): number {
  return view.getUint16(at + 6, true);
}

export function virtioChecksumOffset(view: DataView, at: number): number {
  return view.getUint16(at + 8, true);
}

/** Writes the header of a packet that is complete: nothing is left to do. */
export function writePlainVirtioHeader(view: DataView, at: number): void {
  view.setUint32(at, 0, true);
  view.setUint32(at + 4, 0, true);
  view.setUint16(at + 8, 0, true);
}

/** Writes the header of a super-packet whose checksum is to be completed. */
export function writeGsoVirtioHeader(
  view: DataView,
  at: number,
  gsoType: number,
  headerBytes: number,
  gsoBytes: number,
  checksumStart: number,
  checksumOffset: number,
): void {
  view.setUint8(at, VIRTIO_NET_HDR_F_NEEDS_CSUM);
  view.setUint8(at + 1, gsoType);
  view.setUint16(at + 2, headerBytes, true);
  view.setUint16(at + 4, gsoBytes, true);
  view.setUint16(at + 6, checksumStart, true);
  view.setUint16(at + 8, checksumOffset, true);
}
