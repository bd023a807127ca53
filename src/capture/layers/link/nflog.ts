/**
 * Packets logged by a netfilter rule (`tcpdump -i nflog:N`), LINKTYPE_NFLOG.
 *
 * ```text
 * address family 1 · version 1 · group 2, big-endian, then to the end of the packet:
 * length 2 and type 2, in the capturing host's byte order · value · padding to a multiple of 4
 * ```
 *
 * The length includes its own four octets. Types are those of `enum nfulnl_attr_type`
 * (linux/netfilter/nfnetlink_log.h).
 *
 * @module
 */
import { readU16be, readU16le } from '../../../core/bytes.ts';
import { IPV6_HEADER_BYTES } from '../../../wire/ip.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor } from '../cursor.ts';
import { readIpv4Length } from '../ip/ipv4.ts';
import { readIpv6PayloadLength } from '../ip/ipv6.ts';
import type { Layer } from '../layer.ts';

const HEADER_BYTES = 4;
const ATTRIBUTE_BYTES = 4;
const PACKET_HDR = 1;
const PAYLOAD = 9;
/** The two high bits of a type are netlink flags. */
const TYPE_MASK = 0x3fff;
/** The kernel defines 19 types. A packet with many more attributes is crafted. */
const MAX_ATTRIBUTES = 64;
const AF_INET = 2;
const AF_INET6 = 10;

function dissectNflog(cursor: Cursor): LayerKind {
  if (!cursor.need(HEADER_BYTES + ATTRIBUTE_BYTES)) return LAYER.none;
  const { bytes, at } = cursor;
  const family = bytes[at] ?? 0;
  if (bytes[at + 1] !== 0) return cursor.fail('bad-version', at + 1);
  // A type is a small number. This shows the byte order.
  const isBig = bytes[at + HEADER_BYTES + 2] === 0;
  const read = isBig ? readU16be : readU16le;
  let protocol = 0;
  let next = at + HEADER_BYTES;
  for (let i = 0; i < MAX_ATTRIBUTES; i++) {
    if (!cursor.need(next - at + ATTRIBUTE_BYTES)) return LAYER.none;
    const length = read(bytes, next);
    const type = read(bytes, next + 2) & TYPE_MASK;
    if (length < ATTRIBUTE_BYTES || next + length > cursor.wireEnd) return cursor.fail('bad-length', next);
    const value = next + ATTRIBUTE_BYTES;
    if (type === PAYLOAD) {
      cursor.limit(next - at + length);
      cursor.push(value - at);
      return payload(cursor, family, protocol);
    }
    if (type === PACKET_HDR && length >= ATTRIBUTE_BYTES + 2 && value + 2 <= cursor.end) {
      protocol = readU16be(bytes, value);
    }
    next += (length + 3) & ~3;
    // The rule may log metadata only: then there is no payload attribute.
    if (next >= cursor.wireEnd) break;
  }
  cursor.push(Math.min(next, cursor.end) - at);
  return LAYER.none;
}

/** @param protocol - EtherType from the packet header attribute; 0 without that attribute */
function payload(cursor: Cursor, family: number, protocol: number): LayerKind {
  cursor.hint = protocol;
  const kind = family === AF_INET ? LAYER.ipv4 : family === AF_INET6 ? LAYER.ipv6 : cursor.layerOfEtherType(protocol);
  // The rule may limit the octets that are copied. The original length is only in the packet's own header.
  if (kind === LAYER.ipv4 && cursor.captured >= 4) grow(cursor, readIpv4Length(cursor.bytes, cursor.at));
  if (kind === LAYER.ipv6 && cursor.captured >= 6) {
    const payloadBytes = readIpv6PayloadLength(cursor.bytes, cursor.at);
    if (payloadBytes > 0) grow(cursor, IPV6_HEADER_BYTES + payloadBytes);
  }
  return kind;
}

function grow(cursor: Cursor, wireBytes: number): void {
  cursor.wireEnd = Math.max(cursor.wireEnd, cursor.at + wireBytes);
}

/** The attributes of a packet that netfilter logged, before its payload. */
export const nflog: Layer = {
  name: 'nflog',
  group: 'link',
  dissect: dissectNflog,
  carriers: { linkTypes: [239] },
  tunnel: null,
  title: null,
};
