/**
 * Reads the blocks of a pcapng file: type, length, body, length again. Packet blocks become records, and blocks with
 * metadata are stored in `CaptureFacts`. All other blocks are skipped without buffering them.
 *
 * @module
 */
import { readU32, readU32be } from '../../core/bytes.ts';
import type { CaptureRecord } from '../record.ts';
import type { CaptureFacts } from './capture-facts.ts';
import type { Problem } from './capture-fault.ts';
import { SECTION_HEADER } from './detect.ts';
import type { FormatReader, FormatReadResult } from './format-reader.ts';
import {
  DECRYPTION_SECRETS,
  INTERFACE_DESCRIPTION,
  INTERFACE_STATISTICS,
  NAME_RESOLUTION,
  readInterface,
  readSecrets,
  readSectionHeader,
  readStatistics,
  sectionOrder,
} from './pcapng-blocks.ts';
import {
  ENHANCED_PACKET,
  OBSOLETE_PACKET,
  readPacketBlock,
  readSimplePacketBlock,
  SIMPLE_PACKET,
} from './pcapng-packets.ts';
import { Section } from './pcapng-section.ts';
import type { ByteWindow } from './window.ts';

/** Maximum length of a block: 16 MiB. libpcap and Wireshark refuse longer blocks too. */
export const MAX_BLOCK_BYTES = 16 * 1024 * 1024;
const MIN_BLOCK_BYTES = 12;
const HEAD_BYTES = 8;
const TRAILER_BYTES = 4;

/** Reads a pcapng file. */
export class PcapngReader implements FormatReader {
  recordOffset = 0;
  wanted = '';
  wantedBytes = 0;
  readonly #window: ByteWindow;
  readonly #section: Section;
  /** Length of the block that is being skipped (0: none), and how many of its octets were not received yet. */
  #skippedBlockBytes = 0;
  #unreadBytes = 0;

  constructor(window: ByteWindow, facts: CaptureFacts) {
    this.#window = window;
    this.#section = new Section(facts);
    facts.format = 'pcapng';
  }

  get frames(): number {
    return this.#section.frames;
  }

  next(record: CaptureRecord): FormatReadResult {
    const window = this.#window;
    const section = this.#section;
    for (;;) {
      if (this.#skippedBlockBytes > 0) {
        const step = this.#skipBlock();
        if (step !== null) return step;
      }
      this.recordOffset = window.offset;
      if (!window.need(MIN_BLOCK_BYTES)) return this.#needMore('a block header', MIN_BLOCK_BYTES);
      // The block type of a section header reads the same in both byte orders.
      if (readU32be(window.bytes, window.position) === SECTION_HEADER) {
        const order = sectionOrder(window.bytes, window.position + HEAD_BYTES);
        if (order === null) return { reason: 'bad-header', message: 'a section has no byte-order magic' };
        section.bigEndian = order === 'big';
      }
      const type = readU32(window.bytes, window.position, section.bigEndian);
      const total = readU32(window.bytes, window.position + 4, section.bigEndian);
      if (total < MIN_BLOCK_BYTES || total % 4 !== 0 || total > MAX_BLOCK_BYTES) return badLength(total);
      if (!isRead(type)) {
        if (type === NAME_RESOLUTION) section.facts.nameResolutionBlocks++;
        else section.facts.otherBlocks++;
        this.#skippedBlockBytes = total;
        this.#unreadBytes = total - TRAILER_BYTES;
        continue;
      }
      if (!window.need(total)) return this.#needMore('a block', total);
      const trailer = readU32(window.bytes, window.position + total - TRAILER_BYTES, section.bigEndian);
      if (trailer !== total) return badTrailer(total, trailer);
      const problem = this.#read(type, total, record);
      if (problem !== null) return problem;
      window.position += total;
      if (type === ENHANCED_PACKET || type === SIMPLE_PACKET || type === OBSOLETE_PACKET) {
        record.frame = ++section.frames;
        record.fileOffset = this.recordOffset;
        return 'record';
      }
    }
  }

  /** Reads a complete block. */
  #read(type: number, total: number, record: CaptureRecord): Problem | null {
    const { bytes, position } = this.#window;
    const section = this.#section;
    switch (type) {
      case ENHANCED_PACKET:
      case OBSOLETE_PACKET:
        return readPacketBlock(section, type, this.#window, total, record);
      case SIMPLE_PACKET:
        return readSimplePacketBlock(section, this.#window, total, record);
      case INTERFACE_DESCRIPTION:
        return readInterface(section, bytes, position, total);
      case INTERFACE_STATISTICS:
        return readStatistics(section, bytes, position, total);
      case DECRYPTION_SECRETS:
        return readSecrets(section, bytes, position, total, this.recordOffset);
      default:
        return readSectionHeader(section, bytes, position, total);
    }
  }

  /** Skips the available part of a block. Returns `null` when the whole block has been skipped. */
  #skipBlock(): FormatReadResult | null {
    const window = this.#window;
    const total = this.#skippedBlockBytes;
    this.#unreadBytes = window.skip(this.#unreadBytes);
    if (this.#unreadBytes > 0 || !window.need(TRAILER_BYTES)) return this.#needMore('a block', total);
    const trailer = readU32(window.bytes, window.position, this.#section.bigEndian);
    if (trailer !== total) return badTrailer(total, trailer);
    window.position += TRAILER_BYTES;
    this.#skippedBlockBytes = 0;
    return null;
  }

  #needMore(wanted: string, bytes: number): FormatReadResult {
    this.wanted = wanted;
    this.wantedBytes = bytes;
    return 'need-more';
  }
}

function isRead(type: number): boolean {
  return (
    type === ENHANCED_PACKET ||
    type === SECTION_HEADER ||
    type === INTERFACE_DESCRIPTION ||
    type === INTERFACE_STATISTICS ||
    type === DECRYPTION_SECRETS ||
    type === SIMPLE_PACKET ||
    type === OBSOLETE_PACKET
  );
}

function badLength(total: number): Problem {
  const wanted = `a multiple of 4 from ${MIN_BLOCK_BYTES} to ${MAX_BLOCK_BYTES}`;
  return { reason: 'bad-length', message: `a block has a length of ${total}, and ${wanted} is needed` };
}

function badTrailer(total: number, trailer: number): Problem {
  return { reason: 'bad-trailer', message: `a block has a length of ${total} at its head and ${trailer} at its end` };
}
