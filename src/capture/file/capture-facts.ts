/**
 * Metadata of a capture file: format, interfaces, statistics, decryption secrets and comments.
 *
 * Every list is bounded, so that a file with a million interfaces or comments cannot fill the memory.
 *
 * @module
 */
import type { LinkType } from '../record.ts';

/**
 * Maximum number of interfaces over all sections. A file with more is refused.
 */
export const MAX_INTERFACES = 16_384;
/** Maximum number of comments that are kept. */
export const MAX_COMMENTS = 1000;
/** Maximum number of decryption secrets blocks that are kept. */
export const MAX_SECRETS = 1000;
/** Maximum octets of decryption secrets that are kept, over all blocks: 16 MiB. */
export const MAX_SECRET_BYTES = 16 * 1024 * 1024;

/** Secrets type of a key log of Wireshark's WireGuard dissector: `WGKL`. */
export const SECRETS_WIREGUARD_KEY_LOG = 0x57474b4c;

/** The last statistics in the file for an interface. A count that the file does not have is `null`. */
export interface InterfaceStatistics {
  /** Packets received by the interface (isb_ifrecv). */
  readonly received: number | null;
  /** Packets that passed the capture filter (isb_filteraccept). */
  readonly accepted: number | null;
  /** Packets delivered to the capturing program (isb_usrdeliv). */
  readonly delivered: number | null;
  /** Packets dropped by the interface for lack of resources (isb_ifdrop). */
  readonly droppedByInterface: number | null;
  /** Packets dropped by the operating system (isb_osdrop). */
  readonly droppedBySystem: number | null;
}

/** An interface of a capture file. A pcap file has exactly one. */
export interface CaptureInterface {
  readonly linkType: LinkType;
  /** Maximum captured length of its packets; `null` if the file states no limit. */
  readonly snaplenBytes: number | null;
  /** Resolution of its timestamps, for example 1e6, 1e9 or 2^20. */
  readonly ticksPerSecond: number;
  /** Octets of the frame check sequence at the end of its packets. Records do not include it. */
  readonly fcsBytes: number;
  readonly name: string | null;
  readonly description: string | null;
  /** The capture filter, in the syntax of pcap-filter(7). */
  filter: string | null;
  readonly os: string | null;
  statistics: InterfaceStatistics | null;
  /** Sum of the drop counts in its packet blocks (epb_dropcount); `null` if no block has one. */
  lostBetweenPackets: number | null;
}

/** A decryption secrets block. */
export interface CaptureSecrets {
  /** For example `SECRETS_WIREGUARD_KEY_LOG`. */
  readonly type: number;
  /** A copy of the secrets. Must never be printed. */
  readonly bytes: Uint8Array;
  readonly fileOffset: number;
}

/** A comment in a pcapng file. */
export interface CaptureComment {
  /** The frame it belongs to; `null` if it belongs to a section or an interface. */
  readonly frame: number | null;
  readonly text: string;
}

/** Metadata of a capture file. It grows while the file is read. */
export interface CaptureFacts {
  /** `null` until the first octets have been read, and for files of an unknown format. */
  format: 'pcap' | 'pcap-kuznetzov' | 'pcapng' | null;
  /** Byte order of the last section. */
  byteOrder: 'little' | 'big' | null;
  /** Version as in the file: `2.4` (pcap), `1.0` (pcapng). */
  version: string | null;
  /** Number of sections of a pcapng file; 1 for a pcap file. */
  sections: number;
  /** Interfaces of all sections, in the order of the file. */
  readonly interfaces: CaptureInterface[];
  readonly secrets: CaptureSecrets[];
  readonly comments: CaptureComment[];
  /** From the first section that states it. */
  hardware: string | null;
  os: string | null;
  application: string | null;
  /** Counts of skipped blocks, and of comments and secrets beyond the bounds. */
  nameResolutionBlocks: number;
  otherBlocks: number;
  commentsNotKept: number;
  secretsNotKept: number;
}

/** Returns the metadata of a file of which nothing has been read yet. */
export function createCaptureFacts(): CaptureFacts {
  return {
    format: null,
    byteOrder: null,
    version: null,
    sections: 0,
    interfaces: [],
    secrets: [],
    comments: [],
    hardware: null,
    os: null,
    application: null,
    nameResolutionBlocks: 0,
    otherBlocks: 0,
    commentsNotKept: 0,
    secretsNotKept: 0,
  };
}

/** Returns an interface description; optional fields that are not given are `null`. */
export function createCaptureInterface(
  known: Pick<CaptureInterface, 'linkType' | 'snaplenBytes' | 'ticksPerSecond' | 'fcsBytes'> &
    Partial<CaptureInterface>,
): CaptureInterface {
  return {
    name: null,
    description: null,
    filter: null,
    os: null,
    statistics: null,
    lostBetweenPackets: null,
    ...known,
  };
}
