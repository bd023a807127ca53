/**
 * Reads the records of a pcap file (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap), in the byte order of the
 * machine that wrote it.
 *
 * ```text
 * file:   magic 4 | major 2 | minor 2 | zone 4 | accuracy 4 | snaplen 4 | FCS and link type 4
 * record: seconds 4 | micro- or nanoseconds 4 | captured octets 4 | octets on the wire 4 | packet
 * ```
 *
 * Zone and accuracy are 0 in all files, and all readers ignore them. Kuznetzov's variant has eight more octets before
 * the packet: interface index, protocol, packet type.
 *
 * @module
 */
import { readU16, readU32be, readU32le } from '../../core/bytes.ts';
import type { CaptureRecord, LinkType } from '../record.ts';
import { type CaptureFacts, createCaptureInterface } from './capture-facts.ts';
import type { Detected } from './detect.ts';
import type { FormatReader, FormatReadResult } from './format-reader.ts';
import { MAX_PACKET_BYTES, setLengths, tooLong } from './packet-lengths.ts';
import type { ByteWindow } from './window.ts';

const HEAD_BYTES = 24;
const RECORD_HEAD_BYTES = 16;
const KUZNETZOV_HEAD_BYTES = 24;
const HEAD = { major: 4, minor: 6, snaplen: 16, network: 20 } as const;
const RECORD = { seconds: 0, fraction: 4, captured: 8, original: 12 } as const;

/** Field `network`: link type in the low half, then reserved bits, then the length of the FCS in 16-bit words. */
const LINK_TYPE_MASK = 0xffff;
const RESERVED_MASK = 0x03ff0000;
const FCS_PRESENT = 0x04000000;
const FCS_SHIFT = 28;

/** Major version: 2 since 1990; AIX wrote 543. */
const MAJORS = new Set([2, 543]);

/** Reads a pcap file, including its header. Kuznetzov's variant and nanosecond timestamps are supported. */
export class PcapReader implements FormatReader {
  frames = 0;
  recordOffset = 0;
  wanted = '';
  wantedBytes = 0;
  readonly #window: ByteWindow;
  readonly #facts: CaptureFacts;
  readonly #bigEndian: boolean;
  readonly #headBytes: number;
  readonly #fractionNs: number;
  readonly #fractionsPerSecond: number;
  #opened = false;
  #linkType: LinkType = 0;
  #fcsBytes = 0;

  constructor(window: ByteWindow, facts: CaptureFacts, variant: Detected & { readonly tag: 'pcap' }) {
    this.#window = window;
    this.#facts = facts;
    this.#bigEndian = variant.bigEndian;
    this.#headBytes = variant.kuznetzov ? KUZNETZOV_HEAD_BYTES : RECORD_HEAD_BYTES;
    this.#fractionNs = variant.nanoseconds ? 1 : 1000;
    this.#fractionsPerSecond = variant.nanoseconds ? 1e9 : 1e6;
    facts.format = variant.kuznetzov ? 'pcap-kuznetzov' : 'pcap';
    facts.byteOrder = variant.bigEndian ? 'big' : 'little';
  }

  next(record: CaptureRecord): FormatReadResult {
    if (!this.#opened) {
      const problem = this.#open();
      if (problem !== null) return problem;
    }
    const window = this.#window;
    const headBytes = this.#headBytes;
    this.recordOffset = window.offset;
    if (!window.need(headBytes)) return this.#needMore('a record header', headBytes);
    const captured = this.#u32(RECORD.captured);
    if (captured > MAX_PACKET_BYTES) return tooLong(captured);
    if (!window.need(headBytes + captured)) return this.#needMore('a record', headBytes + captured);

    let seconds = this.#u32(RECORD.seconds);
    let fraction = this.#u32(RECORD.fraction);
    if (fraction >= this.#fractionsPerSecond) {
      seconds += Math.floor(fraction / this.#fractionsPerSecond);
      fraction %= this.#fractionsPerSecond;
    }
    record.frame = ++this.frames;
    record.bytes = window.bytes;
    record.offset = window.position + headBytes;
    setLengths(record, captured, this.#u32(RECORD.original), this.#fcsBytes);
    record.linkType = this.#linkType;
    record.seconds = seconds;
    record.nanoseconds = fraction * this.#fractionNs;
    record.interfaceId = 0;
    record.direction = null;
    record.fileOffset = this.recordOffset;
    window.position += headBytes + captured;
    return 'record';
  }

  /** Reads the file header. Returns `null` when it has been read. */
  #open(): FormatReadResult | null {
    if (!this.#window.need(HEAD_BYTES)) return this.#needMore('the file header', HEAD_BYTES);
    const { bytes, position } = this.#window;
    const major = readU16(bytes, position + HEAD.major, this.#bigEndian);
    const version = `${major}.${readU16(bytes, position + HEAD.minor, this.#bigEndian)}`;
    if (!MAJORS.has(major)) return { reason: 'unsupported-version', message: `pcap version ${version} is not known` };
    const network = this.#u32(HEAD.network);
    const reserved = (network & RESERVED_MASK) >>> 0;
    if (reserved !== 0) {
      const bits = `0x${reserved.toString(16).padStart(8, '0')}`;
      return { reason: 'bad-header', message: `reserved bits of the link type are set (${bits})` };
    }
    this.#linkType = network & LINK_TYPE_MASK;
    this.#fcsBytes = (network & FCS_PRESENT) === 0 ? 0 : 2 * (network >>> FCS_SHIFT);
    this.#facts.version = version;
    this.#facts.sections = 1;
    this.#facts.interfaces.push(
      createCaptureInterface({
        linkType: this.#linkType,
        snaplenBytes: this.#u32(HEAD.snaplen) || null,
        ticksPerSecond: this.#fractionsPerSecond,
        fcsBytes: this.#fcsBytes,
      }),
    );
    this.#window.position += HEAD_BYTES;
    this.#opened = true;
    return null;
  }

  #u32(offset: number): number {
    const { bytes, position } = this.#window;
    return this.#bigEndian ? readU32be(bytes, position + offset) : readU32le(bytes, position + offset);
  }

  #needMore(wanted: string, bytes: number): FormatReadResult {
    this.wanted = wanted;
    this.wantedBytes = bytes;
    return 'need-more';
  }
}
