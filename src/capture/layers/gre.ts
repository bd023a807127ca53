/**
 * GRE (RFC 2784 §2, RFC 2890 §2), its version 1 for PPTP (RFC 2637 §4.1), ERSPAN
 * (draft-foschiano-erspan §4), and EtherIP (RFC 3378 §3).
 *
 * ```text
 * GRE       C, R, K, S bits, reserved, version 3 bits 2 · protocol 2 [· checksum 2, reserved 2] [· key 4] [· sequence 4]
 * version 1 the same bits, A bit 2 · 880b 2 · payload length 2 · call id 2 [· sequence 4] [· acknowledgment 4]
 * ERSPAN II  version, VLAN 2 · COS, encapsulation, truncated, session 10 bits 2 · index 4
 * ERSPAN III the same · timestamp 4 · group tag 2 · flags 2 [· platform specific 8 with the O bit]
 * EtherIP    version 4 bits, reserved 2
 * ```
 *
 * NVGRE (RFC 7637 §3.2) and GRETAP look alike: protocol 6558, and in NVGRE a key.
 *
 * @module
 */
import { readU16be, readU32be } from '../../core/bytes.ts';
import { LAYER, type LayerKind } from '../layer-kind.ts';
import type { Cursor } from './cursor.ts';
import { ETHERTYPE_ERSPAN2, ETHERTYPE_PPP, ETHERTYPE_TEB, ETHERTYPE_WCCP, layerOfEtherType } from './ether-type.ts';

export const GRE_FLAG = { checksum: 0x8000, routing: 0x4000, key: 0x2000, sequence: 0x1000, acknowledgment: 0x0080 };
/** Virtual subnet ids up to here are reserved (RFC 7637 §3.2). */
const NVGRE_RESERVED_VSIDS = 0xfff;

export const readGreFlags = (bytes: Uint8Array, at: number): number => readU16be(bytes, at);
export const readGreVersion = (bytes: Uint8Array, at: number): number => readU16be(bytes, at) & 7;
export const readGreProtocol = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 2);

/** `null` without a K bit, and in version 1, where the field is a length and a call. */
export function readGreKey(bytes: Uint8Array, at: number): number | null {
  const flags = readGreFlags(bytes, at);
  return (flags & GRE_FLAG.key) === 0 || (flags & 7) !== 0
    ? null
    : readU32be(bytes, at + 4 + ((flags & GRE_FLAG.checksum) === 0 ? 0 : 4));
}

/** `null` without an S bit. */
export function readGreSequence(bytes: Uint8Array, at: number): number | null {
  const flags = readGreFlags(bytes, at);
  if ((flags & GRE_FLAG.sequence) === 0) return null;
  const before = ((flags & GRE_FLAG.checksum) === 0 ? 0 : 4) + ((flags & GRE_FLAG.key) === 0 ? 0 : 4);
  return readU32be(bytes, at + 4 + before);
}

/** Version 1: the call that the packet belongs to. */
export const readPptpCallId = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 6);

/** Whether it can be NVGRE: a key whose upper 24 bits are a virtual subnet id, and nothing else. */
export function isNvgre(bytes: Uint8Array, at: number): boolean {
  if (readGreFlags(bytes, at) !== GRE_FLAG.key || readGreProtocol(bytes, at) !== ETHERTYPE_TEB) return false;
  return readU32be(bytes, at + 4) >>> 8 > NVGRE_RESERVED_VSIDS;
}

/** Whether a header of RFC 2784 with nothing in what is reserved can stand in a datagram (RFC 8086 §4). */
export function isGreInUdp(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  if (cursor.captured < 4) return false;
  const flags = readGreFlags(bytes, at);
  const known = GRE_FLAG.checksum | GRE_FLAG.key | GRE_FLAG.sequence;
  if ((flags & ~known) !== 0) return false;
  return greHeaderBytes(flags) <= cursor.wire && layerOfEtherType(readGreProtocol(bytes, at)) !== LAYER.none;
}

/** Octets of a header of version 0. */
function greHeaderBytes(flags: number): number {
  let headerBytes = 4;
  if ((flags & GRE_FLAG.checksum) !== 0) headerBytes += 4;
  if ((flags & GRE_FLAG.key) !== 0) headerBytes += 4;
  if ((flags & GRE_FLAG.sequence) !== 0) headerBytes += 4;
  return headerBytes;
}

export const readErspanVersion = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) >>> 4;
export const readErspanSession = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 2) & 0x03ff;
export const readErspanVlan = (bytes: Uint8Array, at: number): number => readU16be(bytes, at) & 0x0fff;

export function stepGre(cursor: Cursor): LayerKind {
  if (!cursor.need(4)) return LAYER.none;
  const { bytes, at } = cursor;
  const flags = readGreFlags(bytes, at);
  const version = flags & 7;
  const protocol = readGreProtocol(bytes, at);
  cursor.hint = protocol;
  if (version === 1) return stepPptpData(cursor, flags, protocol);
  if (version !== 0) return cursor.fail('bad-version');
  // RFC 2784 §2.3: a receiver discards what has source routes of RFC 1701.
  if ((flags & GRE_FLAG.routing) !== 0) return cursor.fail('unsupported');
  let headerBytes = greHeaderBytes(flags);
  if (!cursor.need(headerBytes)) return LAYER.none;
  // Redirected packets of WCCPv2 have four octets more.
  if (protocol === ETHERTYPE_WCCP && cursor.captured > headerBytes && (bytes[at + headerBytes] ?? 0) >>> 4 !== 4) {
    headerBytes += 4;
    if (!cursor.need(headerBytes)) return LAYER.none;
  }
  cursor.push(LAYER.gre, headerBytes);
  if (cursor.wire === 0) return LAYER.none;
  if (protocol === ETHERTYPE_WCCP) return LAYER.ipv4;
  // ERSPAN type I has no header of its own, and no sequence number to tell it by.
  if (protocol === ETHERTYPE_ERSPAN2 && (flags & GRE_FLAG.sequence) === 0) {
    cursor.push(LAYER.erspan, 0);
    return LAYER.ethernet;
  }
  return layerOfEtherType(protocol);
}

function stepPptpData(cursor: Cursor, flags: number, protocol: number): LayerKind {
  if (protocol !== ETHERTYPE_PPP) return cursor.fail('unsupported');
  let headerBytes = 8;
  if ((flags & GRE_FLAG.sequence) !== 0) headerBytes += 4;
  if ((flags & GRE_FLAG.acknowledgment) !== 0) headerBytes += 4;
  if (!cursor.need(headerBytes)) return LAYER.none;
  const payloadBytes = readU16be(cursor.bytes, cursor.at + 4);
  if (payloadBytes > cursor.wire - headerBytes) cursor.note('bad-length', cursor.at + 4);
  cursor.limit(headerBytes + payloadBytes);
  cursor.push(LAYER.gre, headerBytes);
  return (flags & GRE_FLAG.sequence) !== 0 && cursor.wire > 0 ? LAYER.ppp : LAYER.none;
}

export function stepErspan(cursor: Cursor): LayerKind {
  if (!cursor.need(8)) return LAYER.none;
  const { bytes, at } = cursor;
  const version = readErspanVersion(bytes, at);
  if (version === 1) {
    cursor.push(LAYER.erspan, 8);
    return LAYER.ethernet;
  }
  if (version !== 2) return cursor.fail('bad-version');
  if (!cursor.need(12)) return LAYER.none;
  const headerBytes = (bytes[at + 11] ?? 0) & 1 ? 20 : 12;
  if (!cursor.need(headerBytes)) return LAYER.none;
  const frameType = ((bytes[at + 10] ?? 0) >>> 2) & 0x1f;
  cursor.push(LAYER.erspan, headerBytes);
  return frameType === 0 ? LAYER.ethernet : frameType === 2 ? LAYER.ipv4 : LAYER.none;
}

export function stepEtherip(cursor: Cursor): LayerKind {
  if (!cursor.need(2)) return LAYER.none;
  if ((cursor.bytes[cursor.at] ?? 0) >>> 4 !== 3) return cursor.fail('bad-version');
  cursor.push(LAYER.etherip, 2);
  return LAYER.ethernet;
}

/** Cisco MetaData: version 1 · options in words 1 · options · EtherType 2; in GRE the EtherType comes first. */
export function stepCiscoMetadata(cursor: Cursor): LayerKind {
  if (!cursor.need(4)) return LAYER.none;
  const { bytes, at } = cursor;
  const isTypeLast = bytes[at] === 1;
  const headerBytes = 4 + (bytes[isTypeLast ? at + 1 : at + 3] ?? 0) * 4;
  if (!cursor.need(headerBytes)) return LAYER.none;
  cursor.push(LAYER.ciscoMetadata, headerBytes);
  cursor.hint = readU16be(bytes, isTypeLast ? at + headerBytes - 2 : at);
  return layerOfEtherType(cursor.hint);
}
