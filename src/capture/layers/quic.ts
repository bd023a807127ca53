/**
 * QUIC long headers (RFC 8999 §5.1, RFC 9000 §17.2).
 *
 * ```text
 * 0 form 1, fixed 1, type 2 bits, …    1 version 4    5 length 1 · destination id · length 1 · source id
 * ```
 *
 * Short headers have nothing constant; they are known by their flow.
 *
 * @module
 */
import { readU32be } from '../../core/bytes.ts';
import { LAYER, type LayerKind } from '../layer-kind.ts';
import type { Cursor } from './cursor.ts';

const MAX_ID_BYTES = 20;
const FIXED_BYTES = 7;

export const isLongHeader = (bytes: Uint8Array, at: number): boolean => ((bytes[at] ?? 0) & 0x80) !== 0;
export const readQuicVersion = (bytes: Uint8Array, at: number): number => readU32be(bytes, at + 1);
/** The two bits that say what a long header is; versions 1 and 2 number them differently (RFC 9369 §3.2). */
export const readQuicType = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) >>> 4) & 3;
export const QUIC_V2 = 0x6b33_43cf;

export function isQuic(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  if (!isLongHeader(bytes, at) || cursor.captured < FIXED_BYTES) return false;
  const version = readQuicVersion(bytes, at);
  // 0 is version negotiation, whose other bits are arbitrary.
  if (version !== 0 && ((bytes[at] ?? 0) & 0x40) === 0) return false;
  const isKnown = version === 1 || version === QUIC_V2 || version >>> 8 === 0xff_0000;
  return (isKnown || (version === 0 && cursor.wire >= 15)) && longHeaderBytes(cursor) > 0;
}

/** Octets up to the end of the source id; 0 if they do not fit. */
function longHeaderBytes(cursor: Cursor): number {
  const { bytes, at } = cursor;
  const destination = bytes[at + 5] ?? 0;
  if (destination > MAX_ID_BYTES || cursor.captured < FIXED_BYTES + destination) return 0;
  const source = bytes[at + 6 + destination] ?? 0;
  const total = FIXED_BYTES + destination + source;
  return source > MAX_ID_BYTES || destination + source === 0 || cursor.captured < total ? 0 : total;
}

export function stepQuic(cursor: Cursor): LayerKind {
  if (!cursor.need(1)) return LAYER.none;
  const headerBytes = isLongHeader(cursor.bytes, cursor.at) ? longHeaderBytes(cursor) : 1;
  if (headerBytes === 0) return LAYER.none;
  if (!cursor.isQuoted) cursor.recogniser?.noteQuic(cursor);
  cursor.push(LAYER.quic, headerBytes);
  return LAYER.none;
}
