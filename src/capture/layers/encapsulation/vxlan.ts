/**
 * VXLAN (RFC 7348 §5), its generic protocol extension (draft-ietf-nvo3-vxlan-gpe §3), and the network
 * service header that it may carry (RFC 8300 §2.2).
 *
 * ```text
 * VXLAN      flags 1 · reserved 3 · VNI 3 · reserved 1
 * VXLAN-GPE  flags 1 · reserved 2 · next protocol 1 · VNI 3 · reserved 1
 * NSH        version, O, TTL, length in words 2 · metadata type 1 · next protocol 1 · path id 3 · index 1 · context
 * ```
 *
 * @module
 */
import { readU16be, readU32be } from '../../../core/bytes.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor } from '../cursor.ts';
import { hasEthernetInside, ipVersionInside } from '../inner-packet.ts';
import { decimalId, inHeader, type Layer, onPorts, withIpv4 } from '../layer.ts';
import { ETHERNET_HEADER_BYTES } from '../link/ethernet.ts';

/** Octets of the header of VXLAN and VXLAN-GPE. */
export const VXLAN_HEADER_BYTES = 8;
const VNI_PRESENT = 0x08;
const NEXT_PROTOCOL_PRESENT = 0x04;

/**
 * Flags octet. The I bit (8) means that the VNI is valid; in VXLAN-GPE the P bit (4), that there is a next protocol.
 */
export const readVxlanFlags = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0;
/** Virtual network identifier, 24 bits. */
export const readVni = (bytes: Uint8Array, at: number): number => readU32be(bytes, at + 4) >>> 8;
/** Service path identifier, 24 bits. */
export const readNshPath = (bytes: Uint8Array, at: number): number => readU32be(bytes, at + 4) >>> 8;
/** Service index. */
export const readNshIndex = (bytes: Uint8Array, at: number): number => bytes[at + 7] ?? 0;

/** Whether a datagram has a header as in RFC 7348, or a frame that fits: some equipment uses the reserved bits. */
export function isVxlan(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  if ((readVxlanFlags(bytes, at) & VNI_PRESENT) === 0 || cursor.wire < VXLAN_HEADER_BYTES + ETHERNET_HEADER_BYTES)
    return false;
  const isExact = readU32be(bytes, at) === VNI_PRESENT * 0x100_0000 && bytes[at + 7] === 0;
  return (isExact && cursor.captured >= VXLAN_HEADER_BYTES) || hasEthernetInside(cursor, VXLAN_HEADER_BYTES);
}

/** Whether a datagram has version 0, no reserved bits, and the payload that its next protocol field announces. */
export function isVxlanGpe(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  const flags = readVxlanFlags(bytes, at);
  if (cursor.captured < VXLAN_HEADER_BYTES || (flags & 0xc0) !== 0) return false;
  if (readU16be(bytes, at + 1) !== 0 || bytes[at + 7] !== 0) return false;
  if ((flags & NEXT_PROTOCOL_PRESENT) === 0) return hasEthernetInside(cursor, VXLAN_HEADER_BYTES);
  switch (layerOfNext(bytes[at + 3] ?? 0)) {
    case LAYER.ipv4:
      return ipVersionInside(cursor, VXLAN_HEADER_BYTES) === 4;
    case LAYER.ipv6:
      return ipVersionInside(cursor, VXLAN_HEADER_BYTES) === 6;
    case LAYER.ethernet:
      return hasEthernetInside(cursor, VXLAN_HEADER_BYTES);
    case LAYER.none:
      return false;
    default:
      return true;
  }
}

function dissectVxlan(cursor: Cursor): LayerKind {
  if (!cursor.need(VXLAN_HEADER_BYTES)) return LAYER.none;
  cursor.push(VXLAN_HEADER_BYTES);
  return LAYER.ethernet;
}

function dissectVxlanGpe(cursor: Cursor): LayerKind {
  if (!cursor.need(VXLAN_HEADER_BYTES)) return LAYER.none;
  const { bytes, at } = cursor;
  cursor.push(VXLAN_HEADER_BYTES);
  // Without the P bit it is plain VXLAN.
  if ((readVxlanFlags(bytes, at) & NEXT_PROTOCOL_PRESENT) === 0) return LAYER.ethernet;
  return layerOfNext(bytes[at + 3] ?? 0);
}

function dissectNsh(cursor: Cursor): LayerKind {
  if (!cursor.need(8)) return LAYER.none;
  const { bytes, at } = cursor;
  if ((bytes[at] ?? 0) >>> 6 !== 0) return cursor.fail('bad-version');
  const headerBytes = (readU16be(bytes, at) & 0x3f) * 4;
  if (headerBytes < 8) return cursor.fail('bad-length');
  if (!cursor.need(headerBytes)) return LAYER.none;
  cursor.push(headerBytes);
  return layerOfNext(bytes[at + 3] ?? 0);
}

/**
 * The layer of a next protocol number, which NSH and VXLAN-GPE share (RFC 8300 §2.2, draft-ietf-nvo3-vxlan-gpe §3.2).
 */
function layerOfNext(protocol: number): LayerKind {
  switch (protocol) {
    case 1:
      return LAYER.ipv4;
    case 2:
      return LAYER.ipv6;
    case 3:
      return LAYER.ethernet;
    case 4:
      return LAYER.nsh;
    case 5:
      return LAYER.mpls;
    default:
      return LAYER.none;
  }
}

/** VXLAN. */
export const vxlan: Layer<'vxlan'> = {
  name: 'vxlan',
  group: 'tunnel',
  dissect: dissectVxlan,
  // 4789: IANA; 8472: Linux before IANA had assigned a port, flannel, Cilium; 6784: Weave's fast datapath.
  carriers: { udp: onPorts(isVxlan, 4789, 8472, 6784) },
  tunnel: {
    kindAt: 'vxlan',
    // IP 20, UDP 8, header 8, Ethernet 14 (RFC 7348 §5).
    kinds: { vxlan: { headerBytes: withIpv4(50, 50), idText: decimalId('vni'), hasFlows: true } },
    id: inHeader(readVni),
    sequence: null,
  },
  title: null,
};

/** VXLAN with the generic protocol extension. */
export const vxlanGpe: Layer<'vxlan-gpe'> = {
  name: 'vxlan-gpe',
  group: 'tunnel',
  dissect: dissectVxlanGpe,
  carriers: { udp: onPorts(isVxlanGpe, 4790) },
  tunnel: {
    kindAt: 'vxlan-gpe',
    kinds: { 'vxlan-gpe': { headerBytes: withIpv4(36, 50), idText: decimalId('vni'), hasFlows: true } },
    id: inHeader(readVni),
    sequence: null,
  },
  title: null,
};

/** Network service header, inside VXLAN-GPE or directly over Ethernet. */
export const nsh: Layer<'nsh'> = {
  name: 'nsh',
  group: 'tunnel',
  dissect: dissectNsh,
  carriers: { etherTypes: [0x894f] },
  tunnel: {
    kindAt: 'nsh',
    kinds: { nsh: { headerBytes: null, idText: null, hasFlows: false } },
    id: null,
    sequence: null,
  },
  title: null,
};
