/**
 * ESP (RFC 4303 §2), ESP behind UDP 4500 (RFC 3948 §2), AH (RFC 4302 §2), IPComp (RFC 3173 §3).
 *
 * ```text
 * ESP     SPI 4 · sequence number 4 · encrypted
 * AH      next header 1 · length in words, less 2 1 · reserved 2 · SPI 4 · sequence number 4 · check value
 * IPComp  next header 1 · flags 1 · index 2
 * UDP     ff: keepalive   four zero octets: IKE follows   anything else: ESP
 * ```
 *
 * @module
 */
import { readU16be, readU32be } from '../../core/bytes.ts';
import { LAYER, type LayerKind } from '../layer-kind.ts';
import type { Cursor } from './cursor.ts';
import { isIke } from './ike.ts';
import { layerOfProtocol } from './ip-protocol.ts';

export const ESP_HEADER_BYTES = 8;
const AH_FIXED_BYTES = 12;
const MARKER_BYTES = 4;
export const NAT_TRAVERSAL_PORT = 4500;

export const readEspSpi = (bytes: Uint8Array, at: number): number => readU32be(bytes, at);
export const readEspSequence = (bytes: Uint8Array, at: number): number => readU32be(bytes, at + 4);
export const readAhSpi = (bytes: Uint8Array, at: number): number => readU32be(bytes, at + 4);
export const readAhSequence = (bytes: Uint8Array, at: number): number => readU32be(bytes, at + 8);
export const readIpcompIndex = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 2);

export function stepEsp(cursor: Cursor): LayerKind {
  if (!cursor.need(ESP_HEADER_BYTES)) return LAYER.none;
  cursor.push(LAYER.esp, ESP_HEADER_BYTES);
  return LAYER.none;
}

/** RFC 3948 §2.3. */
export function isNatKeepalive({ bytes, at, wire }: Cursor): boolean {
  return wire === 1 && bytes[at] === 0xff;
}

/**
 * Whether ESP can have that size: header, four octets of padding and what goes with it, a check value of eight, all in
 * words (RFC 4303 §2). SPIs up to 255 are reserved.
 */
export function isEspSize(cursor: Cursor, spi: number): boolean {
  return spi > 255 && cursor.wire >= ESP_HEADER_BYTES + 12 && cursor.wire % 4 === 0;
}

export function stepUdpEncap(cursor: Cursor): LayerKind {
  const { bytes, at } = cursor;
  if (isNatKeepalive(cursor)) {
    cursor.push(LAYER.udpEncap, 1);
    return LAYER.none;
  }
  if (!cursor.need(MARKER_BYTES)) return LAYER.none;
  if (readU32be(bytes, at) === 0) {
    cursor.push(LAYER.udpEncap, MARKER_BYTES);
    return isIke(cursor, cursor.at) ? LAYER.ike : LAYER.none;
  }
  cursor.push(LAYER.udpEncap, 0);
  return LAYER.esp;
}

export function stepAh(cursor: Cursor): LayerKind {
  if (!cursor.need(AH_FIXED_BYTES)) return LAYER.none;
  const { bytes, at } = cursor;
  const headerBytes = ((bytes[at + 1] ?? 0) + 2) * 4;
  if (headerBytes < AH_FIXED_BYTES) return cursor.fail('bad-length', at + 1);
  if (!cursor.need(headerBytes)) return LAYER.none;
  cursor.push(LAYER.ah, headerBytes);
  cursor.hint = bytes[at] ?? 0;
  return layerOfProtocol(cursor.hint);
}

export function stepIpcomp(cursor: Cursor): LayerKind {
  if (!cursor.need(4)) return LAYER.none;
  cursor.push(LAYER.ipcomp, 4);
  return LAYER.none;
}
