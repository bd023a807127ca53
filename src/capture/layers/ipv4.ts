/**
 * IPv4 (RFC 791 §3.1).
 *
 * ```text
 *  0 version 4 bits, header length in words 4 bits    1 DSCP 6 bits, ECN 2 bits   2 total length 2
 *  4 identification 2      6 flags 3 bits, fragment offset in 8 octets 13 bits
 *  8 TTL 1      9 protocol 1     10 checksum 2     12 source 4     16 destination 4     20 options
 * ```
 *
 * @module
 */
import { readU16be } from '../../core/bytes.ts';
import { LAYER, type LayerKind } from '../layer-kind.ts';
import type { Cursor } from './cursor.ts';
import { layerOfProtocol } from './ip-protocol.ts';
import { layerOfIpVersion } from './link.ts';

export const IPV4_HEADER_BYTES = 20;
const TOTAL_LENGTH = 2;
const IDENTIFICATION = 4;
const FRAGMENT = 6;
const TTL = 8;
const PROTOCOL = 9;
const SOURCE = 12;
const DESTINATION = 16;

const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS = 0x2000;

export const readIpv4HeaderBytes = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) & 0x0f) << 2;
export const readIpv4TrafficClass = (bytes: Uint8Array, at: number): number => bytes[at + 1] ?? 0;
export const readIpv4Length = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + TOTAL_LENGTH);
export const readIpv4Id = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + IDENTIFICATION);
export const readTtl = (bytes: Uint8Array, at: number): number => bytes[at + TTL] ?? 0;
export const readProtocol = (bytes: Uint8Array, at: number): number => bytes[at + PROTOCOL] ?? 0;
export const ipv4SourceAt = (at: number): number => at + SOURCE;
export const ipv4DestinationAt = (at: number): number => at + DESTINATION;
export const hasDontFragment = (bytes: Uint8Array, at: number): boolean =>
  (readU16be(bytes, at + FRAGMENT) & DONT_FRAGMENT) !== 0;
export const hasMoreFragments = (bytes: Uint8Array, at: number): boolean =>
  (readU16be(bytes, at + FRAGMENT) & MORE_FRAGMENTS) !== 0;
/** In octets. */
export const readFragmentOffset = (bytes: Uint8Array, at: number): number =>
  (readU16be(bytes, at + FRAGMENT) & 0x1fff) << 3;
/** Whether a packet is a piece of another. */
export const isIpv4Fragment = (bytes: Uint8Array, at: number): boolean =>
  (readU16be(bytes, at + FRAGMENT) & 0x3fff) !== 0;

export function stepIpv4(cursor: Cursor): LayerKind {
  if (!cursor.need(1)) return LAYER.none;
  const { bytes, at } = cursor;
  if ((bytes[at] ?? 0) >>> 4 !== 4) {
    // A link type or a carrier that says "IP" means either version; protocol 4 and EtherType 0800 do not.
    if (cursor.stack.count === 0 && layerOfIpVersion(cursor) === LAYER.ipv6) return LAYER.ipv6;
    return cursor.fail('bad-version');
  }
  if (!cursor.need(IPV4_HEADER_BYTES)) return LAYER.none;
  const headerBytes = readIpv4HeaderBytes(bytes, at);
  if (headerBytes < IPV4_HEADER_BYTES) return cursor.fail('bad-length');
  if (!cursor.need(headerBytes)) return LAYER.none;
  const length = readIpv4Length(bytes, at);
  // 0: a super-packet that segmentation offload has not cut yet, or BIG TCP; it ends where the capture says.
  if (length !== 0) {
    if (length < headerBytes) return cursor.fail('bad-length', at + TOTAL_LENGTH);
    if (length > cursor.wire && !cursor.isCut()) cursor.note('bad-length', at + TOTAL_LENGTH);
    cursor.limitIp(length);
  }
  cursor.push(LAYER.ipv4, headerBytes);
  cursor.hint = readProtocol(bytes, at);
  if (!isIpv4Fragment(bytes, at)) return layerOfProtocol(cursor.hint);
  if (cursor.isQuoted) return readFragmentOffset(bytes, at) === 0 ? layerOfProtocol(cursor.hint) : LAYER.none;
  cursor.isFragment = true;
  if (readFragmentOffset(bytes, at) === 0) {
    cursor.stack.fragment = 'first';
    return layerOfProtocol(cursor.hint);
  }
  cursor.stack.fragment = 'later';
  return LAYER.none;
}
