/**
 * DNS messages (RFC 1035 §4.1), mDNS (RFC 6762 §18) and LLMNR (RFC 4795 §2.1). They are recognised only so that they
 * are not mistaken for tunnels: queries have random source ports and identifiers.
 *
 * ```text
 * 0 identifier 2    2 response 1 bit, opcode 4, …, zero 1, …, response code 4    4 questions 2 · answers 2
 * 8 authority 2 · additional 2    12 question: name · type 2 · class 2    record: the same · TTL 4 · length 2 · data
 * ```
 *
 * @module
 */
import { readU16be } from '../../../core/bytes.ts';

const HEADER_BYTES = 12;
const QUESTION_BYTES = 4;
const RECORD_BYTES = 10;
/** The largest assigned opcode, 6 (RFC 8490). */
const MAX_OPCODE = 6;
/** The Z bit, which must be 0. It is reserved in LLMNR too. */
const ZERO_BIT = 0x40;
/** A name has at most 255 octets, so it has fewer labels than this. */
const MAX_LABELS = 128;
/** Bound of the questions and records that are checked. */
const MAX_RECORDS = 64;

/** Whether a port is that of DNS, mDNS or LLMNR. */
export const isDnsPort = (port: number): boolean => port === 53 || port === 5353 || port === 5355;

/**
 * Whether a message of `wireBytes` octets begins at `at`: its names and records fill it exactly, as far as it was
 * captured.
 */
export function isDns(bytes: Uint8Array, at: number, capturedBytes: number, wireBytes: number): boolean {
  if (wireBytes <= HEADER_BYTES || capturedBytes < HEADER_BYTES) return false;
  const flags = readU16be(bytes, at + 2);
  if (((flags >>> 11) & 0x0f) > MAX_OPCODE || (flags & ZERO_BIT) !== 0) return false;
  const questions = readU16be(bytes, at + 4);
  const records = readU16be(bytes, at + 6) + readU16be(bytes, at + 8) + readU16be(bytes, at + 10);
  // The shortest name is that of the root: one octet.
  if (questions + records === 0) return false;
  if (questions * (1 + QUESTION_BYTES) + records * (1 + RECORD_BYTES) > wireBytes - HEADER_BYTES) return false;
  const end = at + wireBytes;
  const known = at + capturedBytes;
  let next = at + HEADER_BYTES;
  for (let i = 0; i < questions + records; i++) {
    const field = endOfName(bytes, next, known);
    if (field < 0) return false;
    const isRecord = i >= questions;
    next = field + (isRecord ? RECORD_BYTES : QUESTION_BYTES);
    if (next > end) return false;
    if (next > known || i >= MAX_RECORDS) return true;
    if (isRecord) next += readU16be(bytes, next - 2);
    if (next > end) return false;
  }
  return next === end;
}

/** Offset of the end of a name; `known` or more if it was not captured completely; -1 if it is invalid. */
function endOfName(bytes: Uint8Array, at: number, known: number): number {
  let next = at;
  for (let labels = 0; labels < MAX_LABELS; labels++) {
    if (next >= known) return next;
    const length = bytes[next] ?? 0;
    if (length === 0) return next + 1;
    // RFC 1035 §4.1.4: a pointer ends the name.
    if (length >= 0xc0) return next + 2;
    if (length > 63) return -1;
    next += 1 + length;
  }
  return -1;
}
