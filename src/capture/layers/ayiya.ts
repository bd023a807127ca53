/**
 * AYIYA, "anything in anything" (draft-massar-v6ops-ayiya §3).
 *
 * ```text
 * 0 log2 of identity length, identity type    1 signature length in words, hash method
 * 2 authentication method, operation    3 next header 1    4 epoch 4    8 identity · signature
 * ```
 *
 * @module
 */
import { LAYER, type LayerKind } from '../layer-kind.ts';
import type { Cursor } from './cursor.ts';
import { layerOfProtocol, PROTOCOL_NONE } from './ip-protocol.ts';

const FIXED_BYTES = 8;

export function isAyiya(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  return cursor.captured >= FIXED_BYTES && (bytes[at] ?? 0) >>> 4 <= 5 && ((bytes[at + 2] ?? 0) & 0x0f) <= 7;
}

export function stepAyiya(cursor: Cursor): LayerKind {
  if (!cursor.need(FIXED_BYTES)) return LAYER.none;
  const { bytes, at } = cursor;
  const headerBytes = FIXED_BYTES + (1 << ((bytes[at] ?? 0) >>> 4)) + ((bytes[at + 1] ?? 0) >>> 4) * 4;
  if (!cursor.need(headerBytes)) return LAYER.none;
  const isForward = ((bytes[at + 2] ?? 0) & 0x0f) === 1;
  cursor.push(LAYER.ayiya, headerBytes);
  cursor.hint = bytes[at + 3] ?? 0;
  return isForward && cursor.hint !== PROTOCOL_NONE && cursor.wire > 0 ? layerOfProtocol(cursor.hint) : LAYER.none;
}
