/**
 * What a capture file says of itself, apart from its packets.
 *
 * All of it is bounded: a file that describes a million interfaces, or comments on every packet, fills no
 * memory.
 *
 * @module
 */
import type { LinkType } from '../record.ts';

export const MAX_INTERFACES = 16_384;
export const MAX_COMMENTS = 1000;
export const MAX_SECRETS = 1000;
export const MAX_SECRET_BYTES = 16 * 1024 * 1024;

/** Key log as Wireshark's dissector of WireGuard reads it: `WGKL`. */
export const SECRETS_WIREGUARD_KEY_LOG = 0x57474b4c;
/** NSS key log, of TLS and QUIC: `TLSK`. */
export const SECRETS_TLS_KEY_LOG = 0x544c534b;

/** The last statistics that the file has of an interface; a count that it does not have is `null`. */
export interface InterfaceStatistics {
  readonly received: number | null;
  readonly accepted: number | null;
  readonly delivered: number | null;
  /** Dropped by the interface, for want of resources. */
  readonly droppedByInterface: number | null;
  readonly droppedBySystem: number | null;
}

export interface CaptureInterface {
  readonly linkType: LinkType;
  /** `null`: no limit is told. */
  readonly snaplenBytes: number | null;
  /** Resolution of its times: 1e6, 1e9, 2^20. */
  readonly ticksPerSecond: number;
  /** Octets of frame check sequence that its packets end with, and that records do not have. */
  readonly fcsBytes: number;
  readonly name: string | null;
  readonly description: string | null;
  filter: string | null;
  readonly os: string | null;
  statistics: InterfaceStatistics | null;
  /** Sum of what its packets say was lost before them; `null` where none says anything. */
  lostBetweenPackets: number | null;
}

export interface CaptureSecrets {
  /** See `SECRETS_WIREGUARD_KEY_LOG`. */
  readonly type: number;
  /** Owned. Never to be printed. */
  readonly bytes: Uint8Array;
  readonly fileOffset: number;
}

export interface CaptureComment {
  /** `null`: on the section or an interface. */
  readonly frame: number | null;
  readonly text: string;
}

export interface CaptureFacts {
  /** `null` until the first octets were seen, or where they are of no capture file. */
  format: 'pcap' | 'pcap-kuznetzov' | 'pcapng' | null;
  /** Of the last section, should they differ. */
  byteOrder: 'little' | 'big' | null;
  /** As the file has it: `2.4`, `1.0`. */
  version: string | null;
  /** Of a pcapng file; a pcap file is one. */
  sections: number;
  /** Over all sections, in the order in which they were described. */
  readonly interfaces: CaptureInterface[];
  readonly secrets: CaptureSecrets[];
  readonly comments: CaptureComment[];
  /** Of the first section that tells. */
  hardware: string | null;
  os: string | null;
  application: string | null;
  /** Blocks that were passed over, and what was too much to keep. */
  nameResolutionBlocks: number;
  otherBlocks: number;
  commentsNotKept: number;
  secretsNotKept: number;
}

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

/** An interface of which the file says only what it must. */
export function createCaptureInterface(
  told: Pick<CaptureInterface, 'linkType' | 'snaplenBytes' | 'ticksPerSecond' | 'fcsBytes'> & Partial<CaptureInterface>,
): CaptureInterface {
  return { name: null, description: null, filter: null, os: null, statistics: null, lostBetweenPackets: null, ...told };
}
