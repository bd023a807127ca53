/**
 * ARP (RFC 826).
 *
 * ```text
 * hardware 2 · protocol 2 · hardware address length 1 · protocol address length 1 · operation 2
 * sender hardware, sender protocol, target hardware, target protocol address
 * ```
 *
 * @module
 */
import { readU16be } from '../../../core/bytes.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor } from '../cursor.ts';
import type { Layer } from '../layer.ts';
import { ETHERTYPE_ARP } from './ether-type.ts';

const FIXED_BYTES = 8;

/** Operation: 1 request, 2 reply. */
export const readOperation = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 6);
/** Whether it is ARP for Ethernet and IPv4, the only kind whose addresses are printed. */
export const isEthernetIpv4 = (bytes: Uint8Array, at: number): boolean =>
  readU16be(bytes, at) === 1 && readU16be(bytes, at + 2) === 0x0800 && readU16be(bytes, at + 4) === 0x0604;
/** Where the sender's MAC address begins, in ARP for Ethernet and IPv4. */
export const senderMacAt = (at: number): number => at + 8;
/** Where the sender's IPv4 address begins. */
export const senderIpAt = (at: number): number => at + 14;
/** Where the target's IPv4 address begins. */
export const targetIpAt = (at: number): number => at + 24;

function dissectArp(cursor: Cursor): LayerKind {
  if (!cursor.need(FIXED_BYTES)) return LAYER.none;
  const { bytes, at } = cursor;
  const total = FIXED_BYTES + 2 * ((bytes[at + 4] ?? 0) + (bytes[at + 5] ?? 0));
  if (!cursor.need(total)) return LAYER.none;
  cursor.limit(total);
  cursor.push(total);
  return LAYER.none;
}

/** ARP. */
export const arp: Layer = {
  name: 'arp',
  group: 'network',
  dissect: dissectArp,
  carriers: { etherTypes: [ETHERTYPE_ARP] },
  tunnel: null,
  title: null,
};
