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
import { readU16be, readU32be } from '../../../core/bytes.ts';
import {
  FRAGMENT_HEADER_BYTES,
  IPV6_DESTINATION,
  IPV6_HEADER_BYTES,
  IPV6_HOP_LIMIT,
  IPV6_NEXT_HEADER,
  IPV6_PAYLOAD_LENGTH,
  IPV6_SOURCE,
  PROTOCOL_FRAGMENT,
} from '../../../wire/ip.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor, DissectLayer } from '../cursor.ts';
import { type Layer, withIpv4, withoutIpv4 } from '../layer.ts';
import { ETHERTYPE_IPV6 } from '../link/ether-type.ts';
import { outerIp } from './outer-ip.ts';

/** DSCP and ECN. */
export const readIpv6TrafficClass = (bytes: Uint8Array, at: number): number => (readU16be(bytes, at) >>> 4) & 0xff;
/** Flow label, 20 bits. */
export const readFlowLabel = (bytes: Uint8Array, at: number): number => readU32be(bytes, at) & 0xf_ffff;
/** Payload length; 0 for a jumbogram (RFC 2675) and BIG TCP. */
export const readIpv6PayloadLength = (bytes: Uint8Array, at: number): number =>
  readU16be(bytes, at + IPV6_PAYLOAD_LENGTH);
/** Next header: protocol number of the payload. */
export const readNextHeader = (bytes: Uint8Array, at: number): number => bytes[at + IPV6_NEXT_HEADER] ?? 0;
/** Hop limit. */
export const readHopLimit = (bytes: Uint8Array, at: number): number => bytes[at + IPV6_HOP_LIMIT] ?? 0;
/** Where the source address begins. */
export const ipv6SourceAt = (at: number): number => at + IPV6_SOURCE;
/** Where the destination address begins. */
export const ipv6DestinationAt = (at: number): number => at + IPV6_DESTINATION;

/** Fragment offset in a fragment header, in octets. */
export const readIpv6FragmentOffset = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 2) & 0xfff8;
/** Whether the M bit of a fragment header is set. */
export const hasMoreIpv6Fragments = (bytes: Uint8Array, at: number): boolean => ((bytes[at + 3] ?? 0) & 1) === 1;
/** Identification in a fragment header. */
export const readIpv6FragmentId = (bytes: Uint8Array, at: number): number => readU32be(bytes, at + 4);

function dissectIpv6(cursor: Cursor): LayerKind {
  if (!cursor.need(1)) return LAYER.none;
  const { bytes, at } = cursor;
  if ((bytes[at] ?? 0) >>> 4 !== 6) return cursor.fail('bad-version');
  if (!cursor.need(IPV6_HEADER_BYTES)) return LAYER.none;
  const payloadBytes = readIpv6PayloadLength(bytes, at);
  // 0: a jumbogram (RFC 2675), or BIG TCP without the jumbo option. It ends where the record ends.
  if (payloadBytes !== 0) {
    if (payloadBytes > cursor.wire - IPV6_HEADER_BYTES && !cursor.isCut()) {
      cursor.note('bad-length', at + IPV6_PAYLOAD_LENGTH);
    }
    cursor.limitIp(IPV6_HEADER_BYTES + payloadBytes);
  }
  cursor.push(IPV6_HEADER_BYTES);
  return next(cursor, readNextHeader(bytes, at));
}

function dissectOptions(cursor: Cursor): LayerKind {
  if (!cursor.need(8)) return LAYER.none;
  const { bytes, at } = cursor;
  const headerBytes = ((bytes[at + 1] ?? 0) + 1) << 3;
  if (!cursor.need(headerBytes)) return LAYER.none;
  cursor.push(headerBytes);
  return next(cursor, bytes[at] ?? 0);
}

function dissectFragment(cursor: Cursor): LayerKind {
  if (!cursor.need(FRAGMENT_HEADER_BYTES)) return LAYER.none;
  const { bytes, at } = cursor;
  cursor.push(FRAGMENT_HEADER_BYTES);
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
  return cursor.layerOfProtocol(header);
}

/** IPv6; inside another IP packet it is the tunnel `6in4` or `6in6`. */
export const ipv6: Layer<'6in4' | '6in6'> = {
  name: 'ipv6',
  group: 'network',
  dissect: dissectIpv6,
  carriers: { linkTypes: [229], etherTypes: [ETHERTYPE_IPV6], ipProtocols: [41] },
  tunnel: {
    kindAt: (stack, i) => {
      const outer = outerIp(stack, i);
      return outer === LAYER.none ? null : outer === LAYER.ipv4 ? '6in4' : '6in6';
    },
    kinds: {
      '6in4': { headerBytes: withIpv4(20, 20), idText: null, hasFlows: true },
      '6in6': { headerBytes: withoutIpv4(40, 48), idText: null, hasFlows: true },
    },
    id: null,
    sequence: null,
  },
  title: null,
};

const extension = (name: string, dissect: DissectLayer, ipProtocol: number): Layer => ({
  name,
  group: 'network',
  dissect,
  carriers: { ipProtocols: [ipProtocol] },
  tunnel: null,
  title: null,
});
/** Hop-by-hop options header (RFC 8200 §4.3). */
export const hopByHop = extension('hop-by-hop', dissectOptions, 0);
/** Routing header (RFC 8200 §4.4). */
export const routing = extension('routing', dissectOptions, 43);
/** Fragment header (RFC 8200 §4.5). */
export const fragment = extension('fragment', dissectFragment, PROTOCOL_FRAGMENT);
/** Destination options header (RFC 8200 §4.6). */
export const destinationOptions = extension('destination-options', dissectOptions, 60);
