/**
 * The header that IKE version 1 (RFC 2408 §3.1) and version 2 (RFC 7296 §3.1) have in common.
 *
 * ```text
 *  0 initiator SPI 8    8 responder SPI 8    16 next payload 1    17 version 4+4 bits    18 exchange type 1
 * 19 flags 1    20 message id 4    24 length 4
 * ```
 *
 * @module
 */
import { readU32be } from '../../../core/bytes.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor } from '../cursor.ts';
import { type Layer, onPorts } from '../layer.ts';

/** Octets of the header. */
export const IKE_HEADER_BYTES = 28;

/** Major version: 1 or 2. */
export const readIkeMajor = (bytes: Uint8Array, at: number): number => (bytes[at + 17] ?? 0) >>> 4;
/** Exchange type. */
export const readIkeExchange = (bytes: Uint8Array, at: number): number => bytes[at + 18] ?? 0;
/** Flags octet. */
export const readIkeFlags = (bytes: Uint8Array, at: number): number => bytes[at + 19] ?? 0;
/** Message id. */
export const readIkeMessageId = (bytes: Uint8Array, at: number): number => readU32be(bytes, at + 20);
/** Length of the message, header included. */
export const readIkeLength = (bytes: Uint8Array, at: number): number => readU32be(bytes, at + 24);

/**
 * Whether an IKE message begins at `at` and fills the datagram. Port 500 is used by other protocols too, such as WARP.
 */
export function isIke(cursor: Cursor, at: number): boolean {
  const { bytes } = cursor;
  if (cursor.end - at < IKE_HEADER_BYTES) return cursor.wireEnd - at >= IKE_HEADER_BYTES;
  // Major 1 or 2, minor 0; an initiator always has an SPI, and the message fills the datagram.
  const version = bytes[at + 17];
  if ((version !== 0x10 && version !== 0x20) || (readU32be(bytes, at) | readU32be(bytes, at + 4)) === 0) return false;
  return readIkeLength(bytes, at) === cursor.wireEnd - at;
}

function dissectIke(cursor: Cursor): LayerKind {
  if (!cursor.need(IKE_HEADER_BYTES)) return LAYER.none;
  const { bytes, at } = cursor;
  if (readIkeLength(bytes, at) > cursor.wire && !cursor.isCut()) cursor.note('bad-length', at + 24);
  cursor.push(IKE_HEADER_BYTES);
  return LAYER.none;
}

/** IKE versions 1 and 2. Payloads are not decoded. */
export const ike: Layer<'ike'> = {
  name: 'ike',
  group: 'message',
  dissect: dissectIke,
  carriers: { udp: onPorts((cursor) => isIke(cursor, cursor.at), 500) },
  tunnel: {
    kindAt: 'ike',
    kinds: { ike: { headerBytes: null, idText: null, hasFlows: false } },
    id: null,
    sequence: null,
  },
  title: null,
};
