/**
 * One packet of a capture as its file has it: where its octets are, and what was noted of it.
 *
 * A reader fills the same object again and again, so that a million packets make no garbage. Whoever
 * keeps a packet copies it.
 *
 * @module
 */

/** Link type numbers (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcaplinktype). */
export type LinkType = number;

export interface CaptureRecord {
  /** From 1, as Wireshark counts, over the whole file. */
  frame: number;
  /** Borrowed: valid until the next record is asked for. */
  bytes: Uint8Array;
  offset: number;
  /** Octets that were kept, without the frame check sequence. */
  capturedBytes: number;
  /** Octets that the packet had on the wire, without the frame check sequence; never less than `capturedBytes`. */
  originalBytes: number;
  linkType: LinkType;
  /**
   * Since 1970 (UTC), in two parts: nanoseconds do not fit in 53 bits. `null` where the block has no time,
   * or one that no calendar of JavaScript has.
   */
  seconds: number | null;
  nanoseconds: number;
  /** Index of the interface over all sections of a pcapng file; 0 in a pcap file. */
  interfaceId: number;
  /** As epb_flags says. */
  direction: 'in' | 'out' | null;
  /** Where the record begins in the (uncompressed) file. */
  fileOffset: number;
}

/** A record for a reader to fill. */
export function createCaptureRecord(): CaptureRecord {
  return {
    frame: 0,
    bytes: new Uint8Array(0),
    offset: 0,
    capturedBytes: 0,
    originalBytes: 0,
    linkType: 0,
    seconds: 0,
    nanoseconds: 0,
    interfaceId: 0,
    direction: null,
    fileOffset: 0,
  };
}
