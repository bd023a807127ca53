/**
 * GTP-U (3GPP TS 29.281 §5.1). GTP-C (TS 29.060, TS 29.274) and GTP' are recognised but not decoded.
 *
 * ```text
 * 0 version 3 bits, PT, 0, E, S, PN    1 message type 1    2 length 2    4 TEID 4
 * 8 [sequence number 2 · N-PDU number 1 · next extension type 1]   if any of E, S, PN
 *   extension: length in words 1 · content · next extension type 1
 * ```
 *
 * Version 0 (GSM 09.60 §6) carries user packets too: a header of 20 octets, on the port of GTP'.
 *
 * @module
 */
import { readU16be, readU32be } from '../../../core/bytes.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor } from '../cursor.ts';
import { hexId, inHeader, type Layer, NO_FIELD, onPorts, withIpv4 } from '../layer.ts';
import { layerOfIpVersion } from '../link/link.ts';

/** Octets of the fixed header of version 1. */
export const GTP_HEADER_BYTES = 8;
const OPTIONAL_BYTES = 4;
const FLAG_EXTENSION = 4;
const FLAG_SEQUENCE = 2;
const ANY_OPTIONAL = 7;
/** Message type of a user packet. */
export const G_PDU = 255;

const readGtpLength = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 2);
/** Message type. */
export const readGtpType = (bytes: Uint8Array, at: number): number => bytes[at + 1] ?? 0;
/** Tunnel endpoint identifier of version 1; the flow label of version 0. */
export const readTeid = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) >>> 5 === 0 ? readU16be(bytes, at + 6) : readU32be(bytes, at + 4);
/** Sequence number of version 1; `null` without an S bit. */
export const readGtpSequence = (bytes: Uint8Array, at: number): number | null =>
  ((bytes[at] ?? 0) & FLAG_SEQUENCE) === 0 ? null : readU16be(bytes, at + 8);

const V0_HEADER_BYTES = 20;
const GTP_PRIME_HEADER_BYTES = 6;
const FLAG_PIGGYBACK = 0x10;

/** Whether a datagram is GTP-U version 1: protocol type GTP, a message type of GTP-U, and a length that fits. */
export function isGtpu(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  if (cursor.captured < 4 || ((bytes[at] ?? 0) & 0xf8) !== 0x30) return false;
  return isGtpuType(readGtpType(bytes, at)) && readGtpLength(bytes, at) === cursor.wire - GTP_HEADER_BYTES;
}

/**
 * Message types of TS 29.281 §6.1: echo, error indication, supported extensions, tunnel status, end marker, user
 * packet.
 */
function isGtpuType(type: number): boolean {
  return type === 1 || type === 2 || type === 26 || type === 31 || type >= 253;
}

/** Whether a datagram is a user packet of GTP version 0. */
export function isGtpV0Packet(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  if (((bytes[at] ?? 0) & 0xf0) !== 0x10 || readGtpType(bytes, at) !== G_PDU) return false;
  return readGtpLength(bytes, at) === cursor.wire - V0_HEADER_BYTES;
}

/**
 * A message that fills the datagram, by the length field of its version; GTP' has a header of its own (TS 32.295
 * §6.1.1).
 */
export function isGtpc(cursor: Cursor): boolean {
  const { bytes, at, wire } = cursor;
  if (cursor.captured < 4 || readGtpType(bytes, at) === 0) return false;
  const first = bytes[at] ?? 0;
  const length = readGtpLength(bytes, at);
  const isPrime = (first & 0x1e) === 0x0e;
  switch (first >>> 5) {
    case 0:
      return length === wire - V0_HEADER_BYTES || (isPrime && length === wire - GTP_PRIME_HEADER_BYTES);
    case 1:
      return length === wire - GTP_HEADER_BYTES || (isPrime && length === wire - GTP_PRIME_HEADER_BYTES);
    case 2:
      // Version 2 does not count the first four octets; a second message may follow (P bit, TS 29.274 §5.1).
      if (isPrime && length === wire - GTP_PRIME_HEADER_BYTES) return true;
      return (first & FLAG_PIGGYBACK) === 0 ? length === wire - 4 : length < wire - 4;
    default:
      return false;
  }
}

function dissectGtpu(cursor: Cursor): LayerKind {
  if (!cursor.need(GTP_HEADER_BYTES)) return LAYER.none;
  const { bytes, at } = cursor;
  const length = readGtpLength(bytes, at);
  // The length does not count the first eight octets.
  if (length > cursor.wire - GTP_HEADER_BYTES && !cursor.isCut()) cursor.note('bad-length', at + 2);
  if ((bytes[at] ?? 0) >>> 5 === 0) {
    if (!cursor.need(V0_HEADER_BYTES)) return LAYER.none;
    cursor.limit(V0_HEADER_BYTES + length);
    cursor.push(V0_HEADER_BYTES);
    return layerOfIpVersion(cursor);
  }
  cursor.limit(GTP_HEADER_BYTES + length);
  let headerBytes = GTP_HEADER_BYTES;
  const flags = bytes[at] ?? 0;
  if ((flags & ANY_OPTIONAL) !== 0) {
    headerBytes += OPTIONAL_BYTES;
    if (!cursor.need(headerBytes)) return LAYER.none;
    while ((flags & FLAG_EXTENSION) !== 0 && bytes[at + headerBytes - 1] !== 0) {
      if (!cursor.need(headerBytes + 1)) return LAYER.none;
      const words = bytes[at + headerBytes] ?? 0;
      if (words === 0) return cursor.fail('bad-length', at + headerBytes);
      headerBytes += words * 4;
      if (!cursor.need(headerBytes)) return LAYER.none;
    }
  }
  cursor.push(headerBytes);
  return readGtpType(bytes, at) === G_PDU ? layerOfIpVersion(cursor) : LAYER.none;
}

function dissectGtpc(cursor: Cursor): LayerKind {
  if (!cursor.need(4)) return LAYER.none;
  cursor.push(Math.min(GTP_HEADER_BYTES, cursor.captured));
  return LAYER.none;
}

/** GTP-U. Extension headers are skipped. */
export const gtpu: Layer<'gtpu'> = {
  name: 'gtpu',
  group: 'tunnel',
  dissect: dissectGtpu,
  carriers: { udp: [...onPorts(isGtpu, 2152), ...onPorts(isGtpV0Packet, 3386)] },
  tunnel: {
    kindAt: 'gtpu',
    // IP 20, UDP 8, GTP 8; optional fields 4, and extensions.
    kinds: { gtpu: { headerBytes: withIpv4(36, null), idText: hexId('teid'), hasFlows: true } },
    id: inHeader(readTeid),
    sequence: { bits: 16, read: inHeader(packetSequence) },
  },
  title: null,
};

/** Sequence number of a user packet of version 1. Version 0 has it elsewhere, and signalling has its own numbers. */
function packetSequence(bytes: Uint8Array, at: number): number {
  const isPacket = (bytes[at] ?? 0) >>> 5 === 1 && readGtpType(bytes, at) === G_PDU;
  return isPacket ? (readGtpSequence(bytes, at) ?? NO_FIELD) : NO_FIELD;
}

/** GTP-C and GTP': the signalling of the same networks. */
export const gtpc: Layer = {
  name: 'gtpc',
  group: 'message',
  dissect: dissectGtpc,
  carriers: {
    udp: [...onPorts(isGtpc, 2123), ...onPorts((cursor) => !isGtpV0Packet(cursor) && isGtpc(cursor), 3386)],
  },
  tunnel: null,
  title: null,
};
