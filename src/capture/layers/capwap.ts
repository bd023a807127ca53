/**
 * CAPWAP (RFC 5415 §4.2): what stands before its DTLS, or before a wireless frame that is not looked at.
 *
 * ```text
 * preamble: version 4 bits, type 4 bits (1: DTLS, three octets of zero, then DTLS)
 * ```
 *
 * @module
 */
import { LAYER, type LayerKind } from '../layer-kind.ts';
import type { Cursor } from './cursor.ts';

const PREAMBLE_DTLS = 1;

export function isCapwap(cursor: Cursor): boolean {
  return (cursor.bytes[cursor.at] ?? 0) <= PREAMBLE_DTLS;
}

export function stepCapwap(cursor: Cursor): LayerKind {
  if (!cursor.need(4)) return LAYER.none;
  const { bytes, at } = cursor;
  if (bytes[at] === PREAMBLE_DTLS) {
    cursor.push(LAYER.capwap, 4);
    return LAYER.dtls;
  }
  // Header length in words, five bits.
  const headerBytes = ((bytes[at + 1] ?? 0) >>> 3) * 4;
  if (headerBytes < 8) return cursor.fail('bad-length', at + 1);
  if (!cursor.need(headerBytes)) return LAYER.none;
  cursor.push(LAYER.capwap, headerBytes);
  return LAYER.none;
}
