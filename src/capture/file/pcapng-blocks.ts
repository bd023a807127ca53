/**
 * Reads the pcapng blocks without packets: section header, interface description, statistics, decryption secrets.
 *
 * ```text
 * section    (0a0d0d0a): magic 4 | major 2 | minor 2 | octets in the section 8 | options
 * interface  (1):  link type 2 | reserved 2 | snaplen 4 | options
 * statistics (5):  interface 4 | time 8 | options
 * secrets    (10): type 4 | octets 4 | secrets, padded | options
 * ```
 *
 * Source: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng. As in libpcap and Wireshark, the length of a section
 * is ignored: blocks are read one by one.
 *
 * @module
 */
import { readU16, readU32, readU32be, readU32le } from '../../core/bytes.ts';
import {
  createCaptureInterface,
  type InterfaceStatistics,
  MAX_INTERFACES,
  MAX_SECRET_BYTES,
  MAX_SECRETS,
} from './capture-facts.ts';
import type { Problem } from './capture-fault.ts';
import { OPTION_COMMENT } from './pcapng-options.ts';
import type { Section } from './pcapng-section.ts';
import { DEFAULT_TSRESOL, TimeScale } from './time-scale.ts';

/** Block type of an Interface Description Block. */
export const INTERFACE_DESCRIPTION = 1;
/** Block type of a Name Resolution Block. Such blocks are counted and skipped. */
export const NAME_RESOLUTION = 4;
/** Block type of an Interface Statistics Block. */
export const INTERFACE_STATISTICS = 5;
/** Block type of a Decryption Secrets Block. */
export const DECRYPTION_SECRETS = 10;

/** Magic number after the length of a section header block: gives the byte order of the section. */
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const HEAD_BYTES = 8;
const TRAILER_BYTES = 4;
const SECTION_OPTION = { hardware: 2, os: 3, application: 4 } as const;
const INTERFACE_OPTION = {
  name: 2,
  description: 3,
  tsresol: 9,
  filter: 11,
  os: 12,
  fcslen: 13,
  tsoffset: 14,
} as const;
const STATISTICS_OPTION = { received: 4, dropped: 5, accepted: 6, droppedBySystem: 7, delivered: 8 } as const;
/** First octet of if_filter: 0 is text in the syntax of pcap-filter(7), 1 is BPF code. */
const FILTER_TEXT = 0;

/** The byte order of a section, from the magic number at `magicAt`; `null` if there is no magic number. */
export function sectionOrder(bytes: Uint8Array, magicAt: number): 'big' | 'little' | null {
  if (readU32be(bytes, magicAt) === BYTE_ORDER_MAGIC) return 'big';
  return readU32le(bytes, magicAt) === BYTE_ORDER_MAGIC ? 'little' : null;
}

/**
 * Reads a section header block and begins a section. Its byte order is already set in `section`.
 *
 * @param total - octets of the block
 * @returns the error, or `null`
 */
export function readSectionHeader(section: Section, bytes: Uint8Array, at: number, total: number): Problem | null {
  const { facts, options, bigEndian } = section;
  const short = checkLength('a section header', total, 16);
  if (short !== null) return short;
  const major = readU16(bytes, at + HEAD_BYTES + 4, bigEndian);
  const minor = readU16(bytes, at + HEAD_BYTES + 6, bigEndian);
  // Some programs write 1.2 for 1.0. Wireshark accepts it too.
  if (major !== 1 || (minor !== 0 && minor !== 2)) {
    return { reason: 'unsupported-version', message: `pcapng version ${major}.${minor} is not known` };
  }
  options.begin(bytes, at + HEAD_BYTES + 16, at + total - TRAILER_BYTES, bigEndian);
  while (options.next()) {
    if (options.code === OPTION_COMMENT) section.addComment(null);
    else if (options.code === SECTION_OPTION.hardware) facts.hardware ??= options.text();
    else if (options.code === SECTION_OPTION.os) facts.os ??= options.text();
    else if (options.code === SECTION_OPTION.application) facts.application ??= options.text();
  }
  section.interfaces = [];
  facts.sections++;
  facts.byteOrder = bigEndian ? 'big' : 'little';
  facts.version ??= `${major}.${minor}`;
  return options.problem;
}

/** Reads an interface description block of `total` octets, and adds the interface. @returns the error, or `null` */
export function readInterface(section: Section, bytes: Uint8Array, at: number, total: number): Problem | null {
  const { facts, options, bigEndian } = section;
  const short = checkLength('an interface description', total, 8);
  if (short !== null) return short;
  if (facts.interfaces.length === MAX_INTERFACES) {
    return { reason: 'too-many-interfaces', message: `more than ${MAX_INTERFACES} interfaces are described` };
  }
  const optionTexts: { name?: string; description?: string; filter?: string; os?: string } = {};
  let tsresol = DEFAULT_TSRESOL;
  let tsoffset = 0;
  let fcslen = 0;
  options.begin(bytes, at + HEAD_BYTES + 8, at + total - TRAILER_BYTES, bigEndian);
  while (options.next()) {
    if (options.code === OPTION_COMMENT) section.addComment(null);
    else if (options.code === INTERFACE_OPTION.name) optionTexts.name = options.text();
    else if (options.code === INTERFACE_OPTION.description) optionTexts.description = options.text();
    else if (options.code === INTERFACE_OPTION.os) optionTexts.os = options.text();
    else if (options.code === INTERFACE_OPTION.tsresol) tsresol = options.u8() ?? tsresol;
    else if (options.code === INTERFACE_OPTION.tsoffset) tsoffset = options.i64() ?? tsoffset;
    else if (options.code === INTERFACE_OPTION.fcslen) fcslen = options.u8() ?? fcslen;
    else if (options.code === INTERFACE_OPTION.filter && options.u8() === FILTER_TEXT)
      optionTexts.filter = options.text(1);
  }
  if (options.problem !== null) return options.problem;

  const scale = new TimeScale(tsresol, tsoffset);
  const described = createCaptureInterface({
    ...optionTexts,
    linkType: readU16(bytes, at + HEAD_BYTES, bigEndian),
    snaplenBytes: readU32(bytes, at + HEAD_BYTES + 4, bigEndian) || null,
    ticksPerSecond: scale.ticksPerSecond,
    // The draft says bits, but its example has 4; programs write either. A value below 8 must be octets.
    fcsBytes: fcslen >= 8 ? fcslen >>> 3 : fcslen,
  });
  const { linkType, snaplenBytes, fcsBytes } = described;
  section.interfaces.push({ id: facts.interfaces.length, linkType, snaplenBytes, fcsBytes, scale, facts: described });
  facts.interfaces.push(described);
  return null;
}

/**
 * Reads an interface statistics block. The counts are totals since the start of the capture, so a later block replaces
 * an earlier one.
 *
 * @returns the error, or `null`
 */
export function readStatistics(section: Section, bytes: Uint8Array, at: number, total: number): Problem | null {
  const { options, bigEndian } = section;
  const short = checkLength('interface statistics', total, 12);
  if (short !== null) return short;
  const counts: { -readonly [K in keyof InterfaceStatistics]: InterfaceStatistics[K] } = {
    received: null,
    accepted: null,
    delivered: null,
    droppedByInterface: null,
    droppedBySystem: null,
  };
  options.begin(bytes, at + HEAD_BYTES + 12, at + total - TRAILER_BYTES, bigEndian);
  while (options.next()) {
    if (options.code === OPTION_COMMENT) section.addComment(null);
    else if (options.code === STATISTICS_OPTION.received) counts.received = options.u64();
    else if (options.code === STATISTICS_OPTION.accepted) counts.accepted = options.u64();
    else if (options.code === STATISTICS_OPTION.delivered) counts.delivered = options.u64();
    else if (options.code === STATISTICS_OPTION.dropped) counts.droppedByInterface = options.u64();
    else if (options.code === STATISTICS_OPTION.droppedBySystem) counts.droppedBySystem = options.u64();
  }
  const of = section.interfaces[readU32(bytes, at + HEAD_BYTES, bigEndian)];
  // Statistics of an unknown interface affect no packet: not an error.
  if (of === undefined) section.facts.otherBlocks++;
  else of.facts.statistics = counts;
  return options.problem;
}

/** Reads a decryption secrets block and copies the secrets, within the bounds. @returns the error, or `null` */
export function readSecrets(
  section: Section,
  bytes: Uint8Array,
  at: number,
  total: number,
  fileOffset: number,
): Problem | null {
  const { facts, bigEndian } = section;
  const short = checkLength('decryption secrets', total, 8);
  if (short !== null) return short;
  const start = at + HEAD_BYTES + 8;
  const length = readU32(bytes, at + HEAD_BYTES + 4, bigEndian);
  if (length > at + total - TRAILER_BYTES - start) {
    return { reason: 'bad-length', message: `secrets of ${length} octets do not fit in their block of ${total}` };
  }
  const kept = facts.secrets.reduce((sum, secret) => sum + secret.bytes.length, 0);
  if (facts.secrets.length === MAX_SECRETS || kept + length > MAX_SECRET_BYTES) facts.secretsNotKept++;
  else {
    const type = readU32(bytes, at + HEAD_BYTES, bigEndian);
    facts.secrets.push({ type, bytes: bytes.slice(start, start + length), fileOffset });
  }
  return null;
}

function checkLength(what: string, total: number, bodyBytes: number): Problem | null {
  const least = HEAD_BYTES + bodyBytes + TRAILER_BYTES;
  if (total >= least) return null;
  return { reason: 'bad-length', message: `${what} of ${total} octets is too short: at least ${least} are needed` };
}
