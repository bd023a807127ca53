/**
 * One packet record of a capture file: where its octets are, and the metadata of its record header.
 *
 * A reader fills the same object for every packet, so that a million packets make no garbage. Code that keeps a packet
 * has to copy it.
 *
 * @module
 */

/**
 * A link type number (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcaplinktype), as in the file: LINKTYPE_*, not
 * DLT_*.
 */
export type LinkType = number;

/** A packet of a capture file. Mutable: the reader reuses it for the next packet. */
export interface CaptureRecord {
  /** Frame number from 1 over the whole file, as Wireshark counts. */
  frame: number;
  /** The buffer that holds the packet. Borrowed: valid until the next record is read. */
  bytes: Uint8Array;
  /** Where the packet begins in `bytes`. */
  offset: number;
  /** Captured length: octets of the packet that are in the file, without the frame check sequence. */
  capturedBytes: number;
  /** Length on the wire, without the frame check sequence; never less than `capturedBytes`. */
  originalBytes: number;
  linkType: LinkType;
  /**
   * Time since 1970 (UTC) in two parts, because nanoseconds do not fit in 53 bits. `null` if the block has no time, or
   * one outside the range of a JavaScript `Date`.
   */
  seconds: number | null;
  nanoseconds: number;
  /** Index of the interface over all sections of a pcapng file; 0 in a pcap file. */
  interfaceId: number;
  /** Direction from the epb_flags option; `null` if the file does not state it. */
  direction: 'in' | 'out' | null;
  /** Offset of the record or block in the uncompressed file. */
  fileOffset: number;
}

/** Returns an empty record for a reader to fill. */
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
