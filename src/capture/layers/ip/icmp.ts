/**
 * ICMP (RFC 792) and ICMPv6 (RFC 4443 §2.1), with the packet that an error quotes.
 *
 * ```text
 * type 1 · code 1 · checksum 2 · 4 octets that depend on the type · body
 * ```
 *
 * @module
 */
import { readU16be, readU32be } from '../../../core/bytes.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6 } from '../../../wire/ip.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor } from '../cursor.ts';
import type { Layer } from '../layer.ts';
import { layerOfIpVersion } from '../link/link.ts';

/** Octets of the header with the four that depend on the type. */
export const ICMP_HEADER_BYTES = 8;
/** Some ICMP messages end after the checksum. */
const MIN_BYTES = 4;

/** Type. */
export const readIcmpType = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0;
/** Code. */
export const readIcmpCode = (bytes: Uint8Array, at: number): number => bytes[at + 1] ?? 0;
/** Identifier of an echo message. */
export const readEchoId = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 4);
/** Sequence number of an echo message. */
export const readEchoSequence = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 6);
/** Next-hop MTU of "fragmentation needed" (RFC 1191 §4). */
export const readNextHopMtu = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 6);
/** MTU of "packet too big" (RFC 4443 §3.2). */
export const readPacketTooBigMtu = (bytes: Uint8Array, at: number): number => readU32be(bytes, at + 4);

function dissectIcmpv4(cursor: Cursor): LayerKind {
  const type = begin(cursor);
  // Destination unreachable, source quench, redirect, time exceeded, parameter problem.
  if (type !== 3 && type !== 4 && type !== 5 && type !== 11 && type !== 12) return LAYER.none;
  // RFC 4884 §4.1: length of the quoted packet in words, if an extension follows. In a redirect, the gateway's address
  // is here.
  const hasLength = type === 3 || type === 11 || type === 12;
  return quote(cursor, hasLength ? (cursor.bytes[cursor.at - ICMP_HEADER_BYTES + 5] ?? 0) * 4 : 0);
}

function dissectIcmpv6(cursor: Cursor): LayerKind {
  const type = begin(cursor);
  // Destination unreachable, packet too big, time exceeded, parameter problem.
  if (type < 1 || type > 4) return LAYER.none;
  const at = cursor.at - ICMP_HEADER_BYTES;
  return quote(cursor, type === 1 || type === 3 ? (cursor.bytes[at + 4] ?? 0) * 8 : 0);
}

/** Adds the layer. Returns the type, or -1 if nothing follows the header. */
function begin(cursor: Cursor): number {
  if (!cursor.need(MIN_BYTES)) return -1;
  const type = readIcmpType(cursor.bytes, cursor.at);
  const headerBytes = Math.min(ICMP_HEADER_BYTES, cursor.captured);
  cursor.push(headerBytes);
  return headerBytes === ICMP_HEADER_BYTES && cursor.captured > 0 ? type : -1;
}

function quote(cursor: Cursor, quotedBytes: number): LayerKind {
  // No host sends an ICMP error about an ICMP error (RFC 1122 §3.2.2), so a nested quotation is forged.
  if (cursor.isQuoted || cursor.isFragment) return LAYER.none;
  if (quotedBytes > 0) cursor.limit(quotedBytes);
  cursor.isQuoted = true;
  const kind = layerOfIpVersion(cursor);
  if (kind !== LAYER.none) cursor.stack.quotedFrom = cursor.stack.count;
  return kind;
}

function dissectIgmp(cursor: Cursor): LayerKind {
  if (!cursor.need(8)) return LAYER.none;
  cursor.push(8);
  return LAYER.none;
}

/** ICMP, with the packet that an error quotes. */
export const icmpv4: Layer = {
  name: 'icmp',
  group: 'transport',
  dissect: dissectIcmpv4,
  carriers: { ipProtocols: [PROTOCOL_ICMP] },
  tunnel: null,
  title: null,
};

/** ICMPv6, with the packet that an error quotes. */
export const icmpv6: Layer = {
  name: 'icmpv6',
  group: 'transport',
  dissect: dissectIcmpv6,
  carriers: { ipProtocols: [PROTOCOL_ICMPV6] },
  tunnel: null,
  title: null,
};

/** IGMP (RFC 3376). Only the first eight octets are read. */
export const igmp: Layer = {
  name: 'igmp',
  group: 'network',
  dissect: dissectIgmp,
  carriers: { ipProtocols: [2] },
  tunnel: null,
  title: null,
};
