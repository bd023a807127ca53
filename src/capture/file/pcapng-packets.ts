/**
 * Reads the three pcapng blocks that contain a packet.
 *
 * ```text
 * enhanced (6): interface 4 | time, high half first 8 | captured 4 | on the wire 4 | packet, padded | options
 * obsolete (2): interface 2 | lost before it 2 | then as enhanced
 * simple   (3): on the wire 4 | packet, padded. Interface 0, no time, cut to that interface's snaplen
 * ```
 *
 * A block begins with its type and length, and ends with its length again.
 *
 * @module
 */
import { readU16, readU32 } from '../../core/bytes.ts';
import type { CaptureRecord } from '../record.ts';
import type { Problem } from './capture-fault.ts';
import { MAX_PACKET_BYTES, setLengths, tooLong } from './packet-lengths.ts';
import { OPTION_COMMENT } from './pcapng-options.ts';
import type { Section, SectionInterface } from './pcapng-section.ts';

/** Block type of an (obsolete) Packet Block. */
export const OBSOLETE_PACKET = 2;
/** Block type of a Simple Packet Block. */
export const SIMPLE_PACKET = 3;
/** Block type of an Enhanced Packet Block. */
export const ENHANCED_PACKET = 6;

const TRAILER_BYTES = 4;
const ENHANCED = { interfaceId: 8, lost: 10, high: 12, low: 16, captured: 20, original: 24, packet: 28 } as const;
const SIMPLE = { original: 8, packet: 12 } as const;

const OPTION_FLAGS = 2;
const OPTION_DROP_COUNT = 4;
/** Fields of epb_flags: direction (1 inbound, 2 outbound), and octets of the FCS (0: not known). */
const DIRECTION_MASK = 3;
const FCS_SHIFT = 5;
const FCS_MASK = 0xf;
/** Drop count of an obsolete packet block: not known. */
const LOST_UNKNOWN = 0xffff;

/** Octets that have been read, at whose `position` a complete block begins. */
export interface BlockOctets {
  readonly bytes: Uint8Array;
  readonly position: number;
}

/**
 * Reads an enhanced or obsolete packet block of `total` octets.
 *
 * @returns the error, or `null` if the record was filled
 */
export function readPacketBlock(
  section: Section,
  type: number,
  { bytes, position: at }: BlockOctets,
  total: number,
  record: CaptureRecord,
): Problem | null {
  const { bigEndian, options } = section;
  if (total < ENHANCED.packet + TRAILER_BYTES) return tooShort(total, ENHANCED.packet + TRAILER_BYTES);
  const enhanced = type === ENHANCED_PACKET;
  const local = enhanced
    ? readU32(bytes, at + ENHANCED.interfaceId, bigEndian)
    : readU16(bytes, at + ENHANCED.interfaceId, bigEndian);
  const from = section.interfaces[local];
  if (from === undefined) return unknownInterface(section, local);
  const captured = readU32(bytes, at + ENHANCED.captured, bigEndian);
  if (captured > MAX_PACKET_BYTES) return tooLong(captured);
  const optionsAt = ENHANCED.packet + ((captured + 3) & ~3);
  const optionsEnd = total - TRAILER_BYTES;
  if (optionsAt > optionsEnd) return beyond(captured, total);

  record.direction = null;
  let fcsBytes = from.fcsBytes;
  if (optionsAt < optionsEnd) {
    options.begin(bytes, at + optionsAt, at + optionsEnd, bigEndian);
    while (options.next()) {
      if (options.code === OPTION_FLAGS) {
        const flags = options.u32() ?? 0;
        const direction = flags & DIRECTION_MASK;
        record.direction = direction === 1 ? 'in' : direction === 2 ? 'out' : null;
        fcsBytes = (flags >>> FCS_SHIFT) & FCS_MASK || fcsBytes;
      } else if (options.code === OPTION_COMMENT) {
        section.addComment(section.frames + 1);
      } else if (options.code === OPTION_DROP_COUNT && enhanced) {
        addLost(from, options.u64());
      }
    }
    if (options.problem !== null) return options.problem;
  }
  if (!enhanced) {
    const lost = readU16(bytes, at + ENHANCED.lost, bigEndian);
    if (lost !== LOST_UNKNOWN) addLost(from, lost);
  }
  from.scale.stamp(record, readU32(bytes, at + ENHANCED.high, bigEndian), readU32(bytes, at + ENHANCED.low, bigEndian));
  fill(record, from, bytes, at + ENHANCED.packet);
  setLengths(record, captured, readU32(bytes, at + ENHANCED.original, bigEndian), fcsBytes);
  return null;
}

/** Reads a simple packet block of `total` octets. Returns the error, or `null` if the record was filled. */
export function readSimplePacketBlock(
  section: Section,
  { bytes, position: at }: BlockOctets,
  total: number,
  record: CaptureRecord,
): Problem | null {
  if (total < SIMPLE.packet + TRAILER_BYTES) return tooShort(total, SIMPLE.packet + TRAILER_BYTES);
  const from = section.interfaces[0];
  if (from === undefined) return unknownInterface(section, 0);
  const original = readU32(bytes, at + SIMPLE.original, section.bigEndian);
  const room = total - SIMPLE.packet - TRAILER_BYTES;
  const captured = Math.min(original, from.snaplenBytes ?? original, room);
  if (captured > MAX_PACKET_BYTES) return tooLong(captured);
  record.seconds = null;
  record.nanoseconds = 0;
  record.direction = null;
  fill(record, from, bytes, at + SIMPLE.packet);
  setLengths(record, captured, original, from.fcsBytes);
  return null;
}

function fill(record: CaptureRecord, from: SectionInterface, bytes: Uint8Array, offset: number): void {
  record.bytes = bytes;
  record.offset = offset;
  record.linkType = from.linkType;
  record.interfaceId = from.id;
}

function addLost(from: SectionInterface, count: number | null): void {
  if (count !== null) from.facts.lostBetweenPackets = (from.facts.lostBetweenPackets ?? 0) + count;
}

function tooShort(total: number, least: number): Problem {
  return { reason: 'bad-length', message: `a packet block has ${total} octets, and at least ${least} are needed` };
}

function beyond(captured: number, total: number): Problem {
  return { reason: 'bad-length', message: `a packet of ${captured} octets does not fit in its block of ${total}` };
}

function unknownInterface(section: Section, id: number): Problem {
  const { length } = section.interfaces;
  const known = length === 0 ? 'no interface before it' : `only interfaces 0 to ${length - 1}`;
  return { reason: 'unknown-interface', message: `a packet is of interface ${id}, and its section describes ${known}` };
}
