/**
 * Ethernet, its tags, and the LLC header of frames with a length (IEEE 802.3 §3.1, 802.1Q §9, 802.2).
 *
 * ```text
 * ethernet  destination 6 · source 6 · EtherType or length 2
 * tag       priority 3 bits, drop 1, VLAN id 12 · EtherType 2
 * LLC       DSAP 1 · SSAP 1 · control 1 [· OUI 3 · EtherType 2 with SNAP]
 * ```
 *
 * @module
 */
import { readU16be } from '../../../core/bytes.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor } from '../cursor.ts';
import type { Layer } from '../layer.ts';
import { ETHERTYPE_TEB, MIN_ETHERTYPE } from './ether-type.ts';

/** Octets of the header: two addresses and the EtherType. */
export const ETHERNET_HEADER_BYTES = 14;
/** Octets that a VLAN tag adds. */
export const VLAN_TAG_BYTES = 4;
const TYPE = 12;
const LLC_BYTES = 3;
const SNAP_BYTES = 8;

/** Where the destination address begins. */
export const destinationMacAt = (at: number): number => at;
/** Where the source address begins. */
export const sourceMacAt = (at: number): number => at + 6;

/** EtherType, or length of an 802.3 frame if it is below `MIN_ETHERTYPE`. */
export function readEtherType(bytes: Uint8Array, at: number): number {
  return readU16be(bytes, at + TYPE);
}

/** VLAN id of a tag, 12 bits. */
export function readVlanId(bytes: Uint8Array, at: number): number {
  return readU16be(bytes, at) & 0x0fff;
}

/** Priority of a tag (PCP), 0 to 7. */
export function readVlanPriority(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) >>> 5;
}

function dissectEthernet(cursor: Cursor): LayerKind {
  if (!cursor.need(ETHERNET_HEADER_BYTES)) return LAYER.none;
  const type = readEtherType(cursor.bytes, cursor.at);
  cursor.push(ETHERNET_HEADER_BYTES);
  return layerOfTypeOrLength(cursor, type);
}

function dissectVlan(cursor: Cursor): LayerKind {
  if (!cursor.need(VLAN_TAG_BYTES)) return LAYER.none;
  const type = readU16be(cursor.bytes, cursor.at + 2);
  cursor.push(VLAN_TAG_BYTES);
  return layerOfTypeOrLength(cursor, type);
}

/** The layer after a field that is an EtherType or a length. */
export function layerOfTypeOrLength(cursor: Cursor, type: number): LayerKind {
  cursor.hint = type;
  if (type >= MIN_ETHERTYPE) return cursor.layerOfEtherType(type);
  // The length excludes padding to 60 octets. In a frame captured before segmentation it may exceed the frame.
  if (type <= cursor.wire) cursor.limit(type);
  return LAYER.llc;
}

function dissectLlc(cursor: Cursor): LayerKind {
  if (!cursor.need(LLC_BYTES)) return LAYER.none;
  const { bytes, at } = cursor;
  const isSnap = readU16be(bytes, at) === 0xaaaa && bytes[at + 2] === 0x03;
  if (!isSnap || cursor.captured < SNAP_BYTES) {
    cursor.push(LLC_BYTES);
    return LAYER.none;
  }
  const isEtherType = bytes[at + 3] === 0 && readU16be(bytes, at + 4) === 0;
  cursor.push(SNAP_BYTES);
  cursor.hint = readU16be(bytes, at + 6);
  return isEtherType ? cursor.layerOfEtherType(cursor.hint) : LAYER.none;
}

/** Ethernet frames. */
export const ethernet: Layer = {
  name: 'ethernet',
  group: 'link',
  dissect: dissectEthernet,
  // RFC 1701 calls the EtherType transparent bridging; the next header is that of RFC 8986 §4.9.
  carriers: { linkTypes: [1], etherTypes: [ETHERTYPE_TEB], ipProtocols: [143] },
  tunnel: null,
  title: null,
};

/** VLAN tags of 802.1Q and 802.1ad, one layer for each tag. */
export const vlan: Layer = {
  name: 'vlan',
  group: 'link',
  dissect: dissectVlan,
  // 802.1Q, 802.1ad, and what QinQ used before that.
  carriers: { etherTypes: [0x8100, 0x88a8, 0x9100, 0x9200] },
  tunnel: null,
  title: null,
};

/** 802.2 LLC header, with a SNAP header if there is one. */
export const llc: Layer = {
  name: 'llc',
  group: 'link',
  dissect: dissectLlc,
  carriers: {},
  tunnel: null,
  title: null,
};
