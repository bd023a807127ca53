/**
 * DTLS records (RFC 6347 §4.1; with a connection id RFC 9146 §4).
 *
 * ```text
 * 0 content type 1    1 version 2    3 epoch 2    5 sequence number 6    11 length 2
 * ```
 *
 * The short records of DTLS 1.3 (RFC 9147 §4) have no constant in them and are not recognised.
 *
 * @module
 */
import { readU16be, readU32be } from '../../core/bytes.ts';
import { LAYER, type LayerKind } from '../layer-kind.ts';
import type { Cursor } from './cursor.ts';

export const DTLS_HEADER_BYTES = 13;
const LENGTH = 11;
const CONTENT_CONNECTION_ID = 25;

export const readDtlsContentType = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0;
export const readDtlsVersion = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 1);
export const readDtlsEpoch = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 3);
export const readDtlsSequence = (bytes: Uint8Array, at: number): number =>
  readU16be(bytes, at + 5) * 0x1_0000_0000 + readU32be(bytes, at + 7);

export function isDtls(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  const type = bytes[at] ?? 0;
  if (type < 20 || type > CONTENT_CONNECTION_ID || cursor.captured < DTLS_HEADER_BYTES) return false;
  const version = readDtlsVersion(bytes, at);
  // 1.0, 1.2; 0100 is what OpenSSL wrote before there was a standard, and AnyConnect still does.
  if (version !== 0xfeff && version !== 0xfefd && version !== 0x0100) return false;
  // With a connection id the length stands behind it, and how long it is was agreed.
  return type === CONTENT_CONNECTION_ID || readU16be(bytes, at + LENGTH) <= cursor.wire - DTLS_HEADER_BYTES;
}

export function stepDtls(cursor: Cursor): LayerKind {
  if (!cursor.need(DTLS_HEADER_BYTES)) return LAYER.none;
  if (!isDtls(cursor)) return LAYER.none;
  cursor.push(LAYER.dtls, DTLS_HEADER_BYTES);
  return LAYER.none;
}
