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

export const ETHERNET_HEADER_BYTES = 14;
export const VLAN_TAG_BYTES = 4;
const TYPE = 12;
const LLC_BYTES = 3;
const SNAP_BYTES = 8;

export const destinationMacAt = (at: number): number => at;
export const sourceMacAt = (at: number): number => at + 6;

export function readEtherType(bytes: Uint8Array, at: number): number {
  return readU16be(bytes, at + TYPE);
}

export function readVlanId(bytes: Uint8Array, at: number): number {
  return readU16be(bytes, at) & 0x0fff;
}

export function readVlanPriority(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) >>> 5;
}

function stepEthernet(cursor: Cursor): LayerKind {
  if (!cursor.need(ETHERNET_HEADER_BYTES)) return LAYER.none;
  const type = readEtherType(cursor.bytes, cursor.at);
  cursor.push(ETHERNET_HEADER_BYTES);
  return follow(cursor, type);
}

function stepVlan(cursor: Cursor): LayerKind {
  if (!cursor.need(VLAN_TAG_BYTES)) return LAYER.none;
  const type = readU16be(cursor.bytes, cursor.at + 2);
  cursor.push(VLAN_TAG_BYTES);
  return follow(cursor, type);
}

/** The layer behind a field that is an EtherType or a length. */
function follow(cursor: Cursor, type: number): LayerKind {
  cursor.hint = type;
  if (type >= MIN_ETHERTYPE) return cursor.layerOfEtherType(type);
  // Padding to 60 octets is longer than the length; a capture of a GSO frame may be shorter.
  if (type <= cursor.wire) cursor.limit(type);
  return LAYER.llc;
}

function stepLlc(cursor: Cursor): LayerKind {
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

export const ethernet: Layer = {
  name: 'ethernet',
  group: 'link',
  step: stepEthernet,
  // RFC 1701 calls the EtherType transparent bridging; the next header is that of RFC 8986 §4.9.
  carriers: { linkTypes: [1], etherTypes: [ETHERTYPE_TEB], ipProtocols: [143] },
  tunnel: null,
  title: null,
};

/** 802.1Q and 802.1ad tags, one layer each. */
export const vlan: Layer = {
  name: 'vlan',
  group: 'link',
  step: stepVlan,
  // 802.1Q, 802.1ad, and what QinQ used before that.
  carriers: { etherTypes: [0x8100, 0x88a8, 0x9100, 0x9200] },
  tunnel: null,
  title: null,
};

/** 802.3 length field and 802.2 LLC header. */
export const llc: Layer = {
  name: 'llc',
  group: 'link',
  step: stepLlc,
  carriers: {},
  tunnel: null,
  title: null,
};
