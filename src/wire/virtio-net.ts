/**
 * struct virtio_net_hdr: the header before each packet that is read from or written to a TUN device with
 * IFF_VNET_HDR. Integers are little-endian, as on all hosts that the Linux engine supports.
 *
 * ```text
 * flags 1 · gso_type 1 · hdr_len 2 · gso_size 2 · csum_start 2 · csum_offset 2                     10
 * ```
 *
 * A packet with a `gso_type` stands for several segments, each with `gso_size` octets of payload, the last one with
 * the rest. `hdr_len` is a hint: the kernel writes the size of the linear part of its buffer, which may include
 * payload.
 *
 * @see Virtual I/O Device 1.2 §5.1.6; include/uapi/linux/virtio_net.h of Linux
 * @module
 */

/** Size of the header. */
export const VIRTIO_NET_HEADER_BYTES = 10;

/** Flag: the checksum field holds the sum of the pseudo-header, and the rest from `csum_start` on must be added. */
export const VIRTIO_NET_HDR_F_NEEDS_CSUM = 1;

/** gso_type: a single packet. */
export const VIRTIO_NET_HDR_GSO_NONE = 0;
/** gso_type: TCP segments over IPv4. */
export const VIRTIO_NET_HDR_GSO_TCPV4 = 1;
/** gso_type: TCP segments over IPv6. */
export const VIRTIO_NET_HDR_GSO_TCPV6 = 4;
/** gso_type: UDP datagrams of one size (Linux 6.2). The older type 3 is one UDP datagram to be fragmented. */
export const VIRTIO_NET_HDR_GSO_UDP_L4 = 5;
/** Bit added to a TCP type: the first segment has CWR set (RFC 3168 §6.1.2). */
export const VIRTIO_NET_HDR_GSO_ECN = 0x80;

/** Reads `flags`. */
export function virtioFlags(view: DataView, at: number): number {
  return view.getUint8(at);
}

/** Reads `gso_type`. */
export function virtioGsoType(view: DataView, at: number): number {
  return view.getUint8(at + 1);
}

/** Reads `hdr_len`. */
export function virtioHeaderBytes(view: DataView, at: number): number {
  return view.getUint16(at + 2, true);
}

/** Reads `gso_size`, the payload of each segment. */
export function virtioGsoBytes(view: DataView, at: number): number {
  return view.getUint16(at + 4, true);
}

/** Reads `csum_start`: offset in the packet from which the checksum is computed. */
export function virtioChecksumStart(view: DataView, at: number): number {
  return view.getUint16(at + 6, true);
}

/** Reads `csum_offset`: offset of the checksum field from `csum_start`. */
export function virtioChecksumOffset(view: DataView, at: number): number {
  return view.getUint16(at + 8, true);
}

/** Writes the header of a single packet with a complete checksum: all fields are zero. */
export function writePlainVirtioHeader(view: DataView, at: number): void {
  view.setUint32(at, 0, true);
  view.setUint32(at + 4, 0, true);
  view.setUint16(at + 8, 0, true);
}

/** The header of a packet that stands for several segments. */
export interface GsoVirtioHeader {
  gsoType: number;
  /** Octets of the headers before the payload. */
  headerBytes: number;
  /** Octets of payload of each segment but the last. */
  gsoBytes: number;
  /** Offset in the packet from which the checksum is computed. */
  checksumStart: number;
  /** Offset of the checksum field from `checksumStart`. */
  checksumOffset: number;
}

/** Writes the header of a packet that stands for several segments, whose checksums the kernel completes. */
export function writeGsoVirtioHeader(view: DataView, at: number, header: Readonly<GsoVirtioHeader>): void {
  const { gsoType, headerBytes, gsoBytes, checksumStart, checksumOffset } = header;
  view.setUint8(at, VIRTIO_NET_HDR_F_NEEDS_CSUM);
  view.setUint8(at + 1, gsoType);
  view.setUint16(at + 2, headerBytes, true);
  view.setUint16(at + 4, gsoBytes, true);
  view.setUint16(at + 6, checksumStart, true);
  view.setUint16(at + 8, checksumOffset, true);
}
