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
import { readU16be, readU32be } from '../../../core/bytes.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor } from '../cursor.ts';
import { type Layer, onPorts } from '../layer.ts';

export const DTLS_HEADER_BYTES = 13;
const LENGTH = 11;
const CONTENT_CONNECTION_ID = 25;
/** Of one datagram that are followed. */
const MAX_RECORDS = 64;

export const readDtlsContentType = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0;
export const readDtlsVersion = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 1);
export const readDtlsEpoch = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 3);
export const readDtlsSequence = (bytes: Uint8Array, at: number): number =>
  readU16be(bytes, at + 5) * 0x1_0000_0000 + readU32be(bytes, at + 7);

export const isDtls = (cursor: Cursor): boolean => isDtlsAt(cursor, 0);

/** Whether records stand `skip` octets on that lead from one to the next, up to the end of the datagram. */
export function isDtlsAt(cursor: Cursor, skip: number): boolean {
  const { bytes, at, captured, wire } = cursor;
  if (captured < skip + DTLS_HEADER_BYTES) return false;
  let next = skip;
  for (let records = 0; next < wire && records < MAX_RECORDS; records++) {
    if (captured < next + DTLS_HEADER_BYTES) return captured < wire && records > 0;
    const type = readDtlsContentType(bytes, at + next);
    if (type < 20 || type > CONTENT_CONNECTION_ID) return false;
    const version = readDtlsVersion(bytes, at + next);
    // 1.0, 1.2; 0100 is what OpenSSL wrote before there was a standard, and AnyConnect still does.
    if (version !== 0xfeff && version !== 0xfefd && version !== 0x0100) return false;
    // With a connection id the length stands behind it, and how long it is was agreed.
    if (type === CONTENT_CONNECTION_ID) return true;
    next += DTLS_HEADER_BYTES + readU16be(bytes, at + next + LENGTH);
  }
  return next === wire;
}

function stepDtls(cursor: Cursor): LayerKind {
  if (!cursor.need(DTLS_HEADER_BYTES)) return LAYER.none;
  if (!isDtls(cursor)) return LAYER.none;
  cursor.push(DTLS_HEADER_BYTES);
  return LAYER.none;
}

export const dtls: Layer<'dtls'> = {
  name: 'dtls',
  group: 'sealed',
  step: stepDtls,
  carriers: { udp: onPorts(null, 4433) },
  tunnel: {
    kindAt: 'dtls',
    kinds: { dtls: { headerBytes: null, idText: null, hasFlows: true } },
    id: null,
    sequence: null,
  },
  title: null,
};
