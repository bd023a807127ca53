/**
 * CAPWAP (RFC 5415 §4.2): the header before DTLS, or before a wireless frame, which is not decoded.
 *
 * ```text
 * preamble: version 4 bits, type 4 bits (1: DTLS, three octets of zero, then DTLS)
 * ```
 *
 * @module
 */
import { readU32be } from '../../../core/bytes.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor } from '../cursor.ts';
import { isDtlsAt } from '../encrypted/dtls.ts';
import { type Layer, onPorts } from '../layer.ts';

const PREAMBLE_DTLS = 1;
const PREAMBLE_BYTES = 4;
const MIN_HEADER_BYTES = 8;

/** Whether the payload is a preamble with three zero octets before DTLS, or a header whose reserved bits are 0. */
export function isCapwap(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  if (cursor.captured < MIN_HEADER_BYTES) return false;
  if (readU32be(bytes, at) === PREAMBLE_DTLS * 0x100_0000) return isDtlsAt(cursor, PREAMBLE_BYTES);
  // §4.3: header length in words, radio id, binding id (1: IEEE 802.11, the only one), flags, …, three reserved bits.
  const word = readU32be(bytes, at);
  const headerBytes = ((word >>> 19) & 0x1f) * 4;
  if (word >>> 24 !== 0 || headerBytes < MIN_HEADER_BYTES || headerBytes > cursor.wire) return false;
  return ((word >>> 9) & 0x1f) === 1 && (word & 7) === 0 && (readU32be(bytes, at + 4) & 7) === 0;
}

function dissectCapwap(cursor: Cursor): LayerKind {
  if (!cursor.need(4)) return LAYER.none;
  const { bytes, at } = cursor;
  if (bytes[at] === PREAMBLE_DTLS) {
    cursor.push(4);
    return LAYER.dtls;
  }
  // Header length in words, five bits.
  const headerBytes = ((bytes[at + 1] ?? 0) >>> 3) * 4;
  if (headerBytes < 8) return cursor.fail('bad-length', at + 1);
  if (!cursor.need(headerBytes)) return LAYER.none;
  cursor.push(headerBytes);
  return LAYER.none;
}

/** CAPWAP data and control. */
export const capwap: Layer<'capwap', string> = {
  name: 'capwap',
  group: 'tunnel',
  dissect: dissectCapwap,
  // Data first, then control (RFC 5415 §3.1).
  carriers: { udp: onPorts(isCapwap, 5247, 5246) },
  tunnel: {
    kindAt: 'capwap',
    kinds: { capwap: { headerBytes: null, idText: null, hasFlows: true } },
    id: null,
    sequence: null,
  },
  title: 'CAPWAP',
};
