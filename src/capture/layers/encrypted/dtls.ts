/**
 * DTLS records (RFC 6347 §4.1; with a connection id RFC 9146 §4).
 *
 * ```text
 * 0 content type 1    1 version 2    3 epoch 2    5 sequence number 6    11 length 2
 * ```
 *
 * The short record headers of DTLS 1.3 (RFC 9147 §4) have no constant field and are not recognised.
 *
 * @module
 */
import { readU16be, readU32be } from '../../../core/bytes.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor } from '../cursor.ts';
import { type Layer, onPorts } from '../layer.ts';

/** Octets of a record header without a connection id. */
export const DTLS_HEADER_BYTES = 13;
const LENGTH = 11;
const CONTENT_CONNECTION_ID = 25;
/** Bound of the records that are checked in a datagram. */
const MAX_RECORDS = 64;

/** Content type, such as 22 for handshake and 23 for application data. */
export const readDtlsContentType = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0;
/** Version as on the wire: 0xfefd for DTLS 1.2. */
export const readDtlsVersion = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 1);
/** Epoch: changes with each change of keys. */
export const readDtlsEpoch = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 3);
/** Sequence number within the epoch, 48 bits. */
export const readDtlsSequence = (bytes: Uint8Array, at: number): number =>
  readU16be(bytes, at + 5) * 0x1_0000_0000 + readU32be(bytes, at + 7);

/** Whether a datagram consists of DTLS records. See `isDtlsAt`. */
export const isDtls = (cursor: Cursor): boolean => isDtlsAt(cursor, 0);

/** Whether the payload from `skip` octets after the cursor to the end of the datagram consists of DTLS records. */
export function isDtlsAt(cursor: Cursor, skip: number): boolean {
  const { bytes, at, captured, wire } = cursor;
  if (captured < skip + DTLS_HEADER_BYTES) return false;
  let next = skip;
  for (let records = 0; next < wire && records < MAX_RECORDS; records++) {
    if (captured < next + DTLS_HEADER_BYTES) return captured < wire && records > 0;
    const type = readDtlsContentType(bytes, at + next);
    if (type < 20 || type > CONTENT_CONNECTION_ID) return false;
    const version = readDtlsVersion(bytes, at + next);
    // DTLS 1.0 and 1.2. OpenSSL wrote 0x0100 before the standard, and AnyConnect still does.
    if (version !== 0xfeff && version !== 0xfefd && version !== 0x0100) return false;
    // With a connection id, the length field is after it. The size of the id was negotiated.
    if (type === CONTENT_CONNECTION_ID) return true;
    next += DTLS_HEADER_BYTES + readU16be(bytes, at + next + LENGTH);
  }
  return next === wire;
}

function dissectDtls(cursor: Cursor): LayerKind {
  if (!cursor.need(DTLS_HEADER_BYTES)) return LAYER.none;
  if (!isDtls(cursor)) return LAYER.none;
  cursor.push(DTLS_HEADER_BYTES);
  return LAYER.none;
}

/** DTLS records. All records of a datagram are one layer. */
export const dtls: Layer<'dtls'> = {
  name: 'dtls',
  group: 'encrypted',
  dissect: dissectDtls,
  carriers: { udp: onPorts(null, 4433) },
  tunnel: {
    kindAt: 'dtls',
    kinds: { dtls: { headerBytes: null, idText: null, hasFlows: true } },
    id: null,
    sequence: null,
  },
  title: null,
};
