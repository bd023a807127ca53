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
import { readU16be } from '../../../core/bytes.ts';
import {
  IPV4_DESTINATION,
  IPV4_FRAGMENT,
  IPV4_HEADER_BYTES,
  IPV4_IDENTIFICATION,
  IPV4_PROTOCOL,
  IPV4_SOURCE,
  IPV4_TOTAL_LENGTH,
  IPV4_TTL,
} from '../../../wire/ip.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor } from '../cursor.ts';
import { type Layer, withIpv4, withoutIpv4 } from '../layer.ts';
import { ETHERTYPE_IPV4 } from '../link/ether-type.ts';
import { layerOfIpVersion } from '../link/link.ts';
import { outerIp } from './outer-ip.ts';

const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS = 0x2000;

/** Octets of the header, options included. */
export const readIpv4HeaderBytes = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) & 0x0f) << 2;
/** DSCP and ECN. */
export const readIpv4TrafficClass = (bytes: Uint8Array, at: number): number => bytes[at + 1] ?? 0;
/** Total length; 0 for a packet larger than 65,535 octets (segmentation offload, BIG TCP). */
export const readIpv4Length = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + IPV4_TOTAL_LENGTH);
/** Identification. */
export const readIpv4Id = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + IPV4_IDENTIFICATION);
/** Time to live. */
export const readTtl = (bytes: Uint8Array, at: number): number => bytes[at + IPV4_TTL] ?? 0;
/** Protocol number of the payload. */
export const readProtocol = (bytes: Uint8Array, at: number): number => bytes[at + IPV4_PROTOCOL] ?? 0;
/** Where the source address begins. */
export const ipv4SourceAt = (at: number): number => at + IPV4_SOURCE;
/** Where the destination address begins. */
export const ipv4DestinationAt = (at: number): number => at + IPV4_DESTINATION;
/** Whether the DF bit is set. */
export const hasDontFragment = (bytes: Uint8Array, at: number): boolean =>
  (readU16be(bytes, at + IPV4_FRAGMENT) & DONT_FRAGMENT) !== 0;
/** Whether the MF bit is set. */
export const hasMoreFragments = (bytes: Uint8Array, at: number): boolean =>
  (readU16be(bytes, at + IPV4_FRAGMENT) & MORE_FRAGMENTS) !== 0;
/** Fragment offset in octets. */
export const readFragmentOffset = (bytes: Uint8Array, at: number): number =>
  (readU16be(bytes, at + IPV4_FRAGMENT) & 0x1fff) << 3;
/** Whether a packet is a fragment: MF is set, or the fragment offset is not 0. */
export const isIpv4Fragment = (bytes: Uint8Array, at: number): boolean =>
  (readU16be(bytes, at + IPV4_FRAGMENT) & 0x3fff) !== 0;

function dissectIpv4(cursor: Cursor): LayerKind {
  if (!cursor.need(1)) return LAYER.none;
  const { bytes, at } = cursor;
  if ((bytes[at] ?? 0) >>> 4 !== 4) {
    // LINKTYPE_RAW allows both versions. Protocol number 4 and EtherType 0800 allow IPv4 only.
    if (cursor.stack.count === 0 && layerOfIpVersion(cursor) === LAYER.ipv6) return LAYER.ipv6;
    return cursor.fail('bad-version');
  }
  if (!cursor.need(IPV4_HEADER_BYTES)) return LAYER.none;
  const headerBytes = readIpv4HeaderBytes(bytes, at);
  if (headerBytes < IPV4_HEADER_BYTES) return cursor.fail('bad-length');
  if (!cursor.need(headerBytes)) return LAYER.none;
  const length = readIpv4Length(bytes, at);
  // 0: a packet before segmentation offload, or BIG TCP. It ends where the record ends.
  if (length !== 0) {
    if (length < headerBytes) return cursor.fail('bad-length', at + IPV4_TOTAL_LENGTH);
    if (length > cursor.wire && !cursor.isCut()) cursor.note('bad-length', at + IPV4_TOTAL_LENGTH);
    cursor.limitIp(length);
  }
  cursor.push(headerBytes);
  cursor.hint = readProtocol(bytes, at);
  if (!isIpv4Fragment(bytes, at)) return cursor.layerOfProtocol(cursor.hint);
  if (cursor.isQuoted) return readFragmentOffset(bytes, at) === 0 ? cursor.layerOfProtocol(cursor.hint) : LAYER.none;
  cursor.isFragment = true;
  if (readFragmentOffset(bytes, at) === 0) {
    cursor.stack.fragment = 'first';
    return cursor.layerOfProtocol(cursor.hint);
  }
  cursor.stack.fragment = 'later';
  return LAYER.none;
}

/** IPv4; inside another IP packet it is the tunnel `ipip` or `4in6`. */
export const ipv4: Layer<'ipip' | '4in6'> = {
  name: 'ipv4',
  group: 'network',
  dissect: dissectIpv4,
  carriers: {
    // LINKTYPE_RAW and LINKTYPE_IPV4; 12 and 14 are RAW on some systems. The packet shows which version RAW has.
    linkTypes: [12, 14, 101, 228],
    etherTypes: [ETHERTYPE_IPV4],
    ipProtocols: [4],
  },
  tunnel: {
    kindAt: (stack, i) => {
      const outer = outerIp(stack, i);
      return outer === LAYER.none ? null : outer === LAYER.ipv4 ? 'ipip' : '4in6';
    },
    kinds: {
      ipip: { headerBytes: withIpv4(20, 20), idText: null, hasFlows: true },
      // RFC 2473 §4.1.1: there may be destination options with a tunnel encapsulation limit.
      '4in6': { headerBytes: withoutIpv4(40, 48), idText: null, hasFlows: true },
    },
    id: null,
    sequence: null,
  },
  title: null,
};
