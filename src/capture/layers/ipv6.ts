/**
 * IPv6 and its extension headers (RFC 8200 §3, §4).
 *
 * ```text
 *  0 version 4 bits, traffic class 8, flow label 20    4 payload length 2    6 next header 1    7 hop limit 1
 *  8 source 16     24 destination 16
 *
 * hop-by-hop, routing, destination options   next header 1 · length in 8 octets, less the first 1 · …
 * fragment                                   next header 1 · reserved 1 · offset 13 bits, 0, more 1 · identification 4
 * ```
 *
 * @module
 */
import { readU16be, readU32be } from '../../core/bytes.ts';
import { LAYER, type LayerKind } from '../layer-kind.ts';
import type { Cursor } from './cursor.ts';
import { layerOfProtocol } from './ip-protocol.ts';

export const IPV6_HEADER_BYTES = 40;
export const FRAGMENT_HEADER_BYTES = 8;
const PAYLOAD_LENGTH = 4;
const NEXT_HEADER = 6;
const HOP_LIMIT = 7;

export const readIpv6TrafficClass = (bytes: Uint8Array, at: number): number => (readU16be(bytes, at) >>> 4) & 0xff;
export const readFlowLabel = (bytes: Uint8Array, at: number): number => readU32be(bytes, at) & 0xf_ffff;
export const readIpv6PayloadLength = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + PAYLOAD_LENGTH);
export const readNextHeader = (bytes: Uint8Array, at: number): number => bytes[at + NEXT_HEADER] ?? 0;
export const readHopLimit = (bytes: Uint8Array, at: number): number => bytes[at + HOP_LIMIT] ?? 0;
export const ipv6SourceAt = (at: number): number => at + 8;
export const ipv6DestinationAt = (at: number): number => at + 24;

/** Of a fragment header: in octets. */
export const readIpv6FragmentOffset = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 2) & 0xfff8;
export const hasMoreIpv6Fragments = (bytes: Uint8Array, at: number): boolean => ((bytes[at + 3] ?? 0) & 1) === 1;
export const readIpv6FragmentId = (bytes: Uint8Array, at: number): number => readU32be(bytes, at + 4);

export function stepIpv6(cursor: Cursor): LayerKind {
  if (!cursor.need(1)) return LAYER.none;
  const { bytes, at } = cursor;
  if ((bytes[at] ?? 0) >>> 4 !== 6) return cursor.fail('bad-version');
  if (!cursor.need(IPV6_HEADER_BYTES)) return LAYER.none;
  const payloadBytes = readIpv6PayloadLength(bytes, at);
  // 0: a jumbogram (RFC 2675), or BIG TCP without its option; it ends where the capture says.
  if (payloadBytes !== 0) {
    if (payloadBytes > cursor.wire - IPV6_HEADER_BYTES && !cursor.isCut()) {
      cursor.note('bad-length', at + PAYLOAD_LENGTH);
    }
    cursor.limitIp(IPV6_HEADER_BYTES + payloadBytes);
  }
  cursor.push(LAYER.ipv6, IPV6_HEADER_BYTES);
  return next(cursor, readNextHeader(bytes, at));
}

export function stepHopByHop(cursor: Cursor): LayerKind {
  return stepOptions(cursor, LAYER.hopByHop);
}

export function stepRouting(cursor: Cursor): LayerKind {
  return stepOptions(cursor, LAYER.routing);
}

export function stepDestinationOptions(cursor: Cursor): LayerKind {
  return stepOptions(cursor, LAYER.destinationOptions);
}

function stepOptions(cursor: Cursor, kind: LayerKind): LayerKind {
  if (!cursor.need(8)) return LAYER.none;
  const { bytes, at } = cursor;
  const headerBytes = ((bytes[at + 1] ?? 0) + 1) << 3;
  if (!cursor.need(headerBytes)) return LAYER.none;
  cursor.push(kind, headerBytes);
  return next(cursor, bytes[at] ?? 0);
}

export function stepFragment(cursor: Cursor): LayerKind {
  if (!cursor.need(FRAGMENT_HEADER_BYTES)) return LAYER.none;
  const { bytes, at } = cursor;
  cursor.push(LAYER.fragment, FRAGMENT_HEADER_BYTES);
  const isFirst = readIpv6FragmentOffset(bytes, at) === 0;
  // An "atomic" fragment is a whole packet (RFC 6946).
  const isWhole = isFirst && !hasMoreIpv6Fragments(bytes, at);
  if (!isWhole && !cursor.isQuoted) {
    cursor.isFragment = true;
    cursor.stack.fragment = isFirst ? 'first' : 'later';
  }
  return isFirst ? next(cursor, bytes[at] ?? 0) : LAYER.none;
}

function next(cursor: Cursor, header: number): LayerKind {
  cursor.hint = header;
  return layerOfProtocol(header);
}
