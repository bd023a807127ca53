/**
 * MPLS label stacks (RFC 3032 §2.1) and the control word of pseudowires (RFC 4385 §3).
 *
 * ```text
 * entry  label 20 bits · traffic class 3 · bottom of stack 1 · TTL 8
 * ```
 *
 * Nothing says what follows the last label; the first four bits do, as routers guess it (RFC 4928 §3).
 *
 * @module
 */
import { readU16be, readU32be } from '../../core/bytes.ts';
import { LAYER, type LayerKind } from '../layer-kind.ts';
import type { Cursor } from './cursor.ts';
import { layerOfEtherType } from './ether-type.ts';

export const LABEL_BYTES = 4;
const CONTROL_WORD_BYTES = 4;

export const readLabel = (bytes: Uint8Array, at: number): number => readU32be(bytes, at) >>> 12;
export const readTrafficClass = (bytes: Uint8Array, at: number): number => ((bytes[at + 2] ?? 0) >>> 1) & 7;
export const isBottomOfStack = (bytes: Uint8Array, at: number): boolean => ((bytes[at + 2] ?? 0) & 1) === 1;
export const readLabelTtl = (bytes: Uint8Array, at: number): number => bytes[at + 3] ?? 0;

export function stepMpls(cursor: Cursor): LayerKind {
  const { bytes, at } = cursor;
  let headerBytes = 0;
  do {
    if (!cursor.need(headerBytes + LABEL_BYTES)) {
      if (headerBytes > 0) cursor.push(LAYER.mpls, headerBytes);
      return LAYER.none;
    }
    headerBytes += LABEL_BYTES;
  } while (!isBottomOfStack(bytes, at + headerBytes - LABEL_BYTES));
  cursor.push(LAYER.mpls, headerBytes);
  if (cursor.captured < 1) return LAYER.none;
  const nibble = (bytes[cursor.at] ?? 0) >>> 4;
  if (nibble === 4) return LAYER.ipv4;
  if (nibble === 6) return LAYER.ipv6;
  if (nibble === 0 && isEthernet(cursor, CONTROL_WORD_BYTES)) return LAYER.controlWord;
  return isEthernet(cursor, 0) ? LAYER.ethernet : LAYER.none;
}

export function stepControlWord(cursor: Cursor): LayerKind {
  if (!cursor.need(CONTROL_WORD_BYTES)) return LAYER.none;
  cursor.push(LAYER.controlWord, CONTROL_WORD_BYTES);
  return LAYER.ethernet;
}

/** Whether an Ethernet header with a type that is known stands `skip` octets on. */
function isEthernet(cursor: Cursor, skip: number): boolean {
  if (cursor.captured < skip + 14) return false;
  return layerOfEtherType(readU16be(cursor.bytes, cursor.at + skip + 12)) !== LAYER.none;
}
