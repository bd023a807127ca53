/**
 * PPP, and PPP over Ethernet.
 *
 * ```text
 * PPP    [address ff · control 03] · protocol 1 or 2         (RFC 1661 §2, RFC 1662 §3.1)
 * PPPoE  version 4 bits, type 4 bits · code 1 · session 2 · length 2   (RFC 2516 §4)
 * ```
 *
 * With link type 50 there may be a Cisco HDLC header instead of the PPP header: 0f or 8f, 00, EtherType.
 *
 * @module
 */
import { readU16be } from '../../../core/bytes.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor } from '../cursor.ts';
import { ipVersionInside } from '../inner-packet.ts';
import { decimalId, inHeader, type Layer, withoutIpv4 } from '../layer.ts';
import { ETHERTYPE_PPP } from './ether-type.ts';

/** Octets of the PPPoE header. */
export const PPPOE_HEADER_BYTES = 6;

/** Code: 0 for session data, other values for discovery. */
export function readPppoeCode(bytes: Uint8Array, at: number): number {
  return bytes[at + 1] ?? 0;
}

/** Session id. */
export function readPppoeSession(bytes: Uint8Array, at: number): number {
  return readU16be(bytes, at + 2);
}

/** Where the protocol field begins: after the address and control fields, if they are present. */
function protocolAt(bytes: Uint8Array, at: number): number {
  return bytes[at] === 0xff && bytes[at + 1] === 0x03 ? at + 2 : at;
}

/** PPP protocol number. If its first octet is odd, it has only one octet (RFC 1661 §6.5). */
export function readPppProtocol(bytes: Uint8Array, at: number): number {
  const field = protocolAt(bytes, at);
  const first = bytes[field] ?? 0;
  return first & 1 ? first : readU16be(bytes, field);
}

/** Whether a PPP frame of a known protocol can begin `skip` octets after the cursor. */
export function isPppInside(cursor: Cursor, skip: number): boolean {
  const start = cursor.at + skip;
  if (cursor.wire < skip + 2) return false;
  if (cursor.captured < skip + 4) return cursor.captured < cursor.wire;
  const field = protocolAt(cursor.bytes, start);
  const packet = field - cursor.at + ((cursor.bytes[field] ?? 0) & 1 ? 1 : 2);
  switch (readPppProtocol(cursor.bytes, start)) {
    case 0x21:
      return ipVersionInside(cursor, packet) === 4;
    case 0x57:
      return ipVersionInside(cursor, packet) === 6;
    // Compressed packets, then the protocols that set up a link (RFC 1661 §3.1, §6), whose length is that of the frame.
    case 0xfd:
    case 0x2d:
    case 0x2f:
      return field > start;
    case 0xc021:
    case 0xc023:
    case 0xc025:
    case 0xc223:
    case 0xc227:
    case 0x8021:
    case 0x8057:
    case 0x80fd:
      return cursor.captured < packet + 4 || readU16be(cursor.bytes, cursor.at + packet + 2) === cursor.wire - packet;
    default:
      return false;
  }
}

function dissectPppoe(cursor: Cursor): LayerKind {
  if (!cursor.need(PPPOE_HEADER_BYTES)) return LAYER.none;
  const { bytes, at } = cursor;
  if (bytes[at] !== 0x11) return cursor.fail('bad-version');
  const payloadBytes = readU16be(bytes, at + 4);
  if (payloadBytes > cursor.wire - PPPOE_HEADER_BYTES) cursor.note('bad-length', at + 4);
  cursor.limit(PPPOE_HEADER_BYTES + payloadBytes);
  cursor.push(PPPOE_HEADER_BYTES);
  return readPppoeCode(bytes, at) === 0 ? LAYER.ppp : LAYER.none;
}

function dissectPpp(cursor: Cursor): LayerKind {
  if (!cursor.need(2)) return LAYER.none;
  const { bytes, at } = cursor;
  if ((bytes[at] === 0x0f || bytes[at] === 0x8f) && bytes[at + 1] === 0) {
    if (!cursor.need(4)) return LAYER.none;
    cursor.push(4);
    return cursor.layerOfEtherType(readU16be(bytes, at + 2));
  }
  const field = protocolAt(bytes, at);
  const headerBytes = field - at + ((bytes[field] ?? 0) & 1 ? 1 : 2);
  if (!cursor.need(headerBytes)) return LAYER.none;
  cursor.push(headerBytes);
  switch (readPppProtocol(bytes, at)) {
    case 0x21:
      return LAYER.ipv4;
    case 0x57:
      return LAYER.ipv6;
    case 0x0281:
    case 0x0283:
      return LAYER.mpls;
    default:
      return LAYER.none;
  }
}

/** Compressed (RFC 1962 §2; MPPE uses it too, RFC 3078 §3) and encrypted (RFC 1968 §2) packets. */
const PPP_COMPRESSED = 0xfd;
const PPP_ENCRYPTED = 0x53;

/** PPP frames, and Cisco HDLC frames on links of type 50. */
export const ppp: Layer = {
  name: 'ppp',
  group: 'link',
  dissect: dissectPpp,
  carriers: { linkTypes: [9, 50, 51], etherTypes: [ETHERTYPE_PPP] },
  tunnel: null,
  title: null,
  hidesPayload: ({ bytes, offsets }, i) => {
    const protocol = readPppProtocol(bytes, offsets[i] ?? 0);
    return protocol === PPP_COMPRESSED || protocol === PPP_ENCRYPTED;
  },
};

/** PPPoE session and discovery (RFC 2516). */
export const pppoe: Layer<'pppoe'> = {
  name: 'pppoe',
  group: 'link',
  dissect: dissectPppoe,
  carriers: { etherTypes: [0x8863, 0x8864] },
  tunnel: {
    kindAt: 'pppoe',
    kinds: { pppoe: { headerBytes: withoutIpv4(8, 8), idText: decimalId('session'), hasFlows: true } },
    id: inHeader(readPppoeSession),
    sequence: null,
  },
  title: null,
};
