/**
 * Link layers of captures other than Ethernet.
 *
 * ```text
 * BSD loopback  address family 4: of the capturing host's byte order (NULL) or big-endian (LOOP)
 * SLL           packet type 2 · ARPHRD 2 · address length 2 · address 8 · protocol 2
 * SLL2          protocol 2 · reserved 2 · interface 4 · ARPHRD 2 · packet type 1 · address length 1 · address 8
 * Tailscale     path 2 · length 1 and address of SNAT · length 1 and address of DNAT   (USER0)
 * ```
 *
 * @module
 */
import { readU16be, readU32be, readU32le } from '../../../core/bytes.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor, DissectLayer } from '../cursor.ts';
import type { Layer } from '../layer.ts';

/** Octets of the BSD loopback header. */
export const LOOPBACK_BYTES = 4;
/** Octets of a Linux cooked capture header, version 1 (LINKTYPE_LINUX_SLL). */
export const SLL_BYTES = 16;
/** Octets of a Linux cooked capture header, version 2 (LINKTYPE_LINUX_SLL2). */
export const SLL2_BYTES = 20;
const ARPHRD_IPGRE = 778;
const ARPHRD_NETLINK = 824;
/** Linux protocol numbers below the EtherTypes: 802.3 without LLC, and 802.2 (if_ether.h). */
const ETH_P_802_2 = 4;
const TAILSCALE_PATH_DISCO = 254;

/** IPv4 or IPv6, by the version field at the cursor; `LAYER.none` for another version. */
export function layerOfIpVersion(cursor: Cursor): LayerKind {
  if (cursor.captured < 1) return LAYER.none;
  const version = (cursor.bytes[cursor.at] ?? 0) >>> 4;
  return version === 4 ? LAYER.ipv4 : version === 6 ? LAYER.ipv6 : LAYER.none;
}

function dissectLoopback(cursor: Cursor): LayerKind {
  if (!cursor.need(LOOPBACK_BYTES)) return LAYER.none;
  const big = readU32be(cursor.bytes, cursor.at);
  // An address family is a small number. This shows the byte order.
  const family = big < 0x1_0000 ? big : readU32le(cursor.bytes, cursor.at);
  cursor.push(LOOPBACK_BYTES);
  switch (family) {
    case 2:
      return LAYER.ipv4;
    // AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, macOS.
    case 10:
    case 24:
    case 28:
    case 30:
      return LAYER.ipv6;
    default:
      return LAYER.none;
  }
}

function dissectSll(cursor: Cursor): LayerKind {
  if (!cursor.need(SLL_BYTES)) return LAYER.none;
  const { bytes, at } = cursor;
  cursor.push(SLL_BYTES);
  return followLinux(cursor, readU16be(bytes, at + 14), readU16be(bytes, at + 2));
}

function dissectSll2(cursor: Cursor): LayerKind {
  if (!cursor.need(SLL2_BYTES)) return LAYER.none;
  const { bytes, at } = cursor;
  cursor.push(SLL2_BYTES);
  return followLinux(cursor, readU16be(bytes, at), readU16be(bytes, at + 8));
}

function followLinux(cursor: Cursor, protocol: number, hardware: number): LayerKind {
  cursor.hint = protocol;
  if (hardware === ARPHRD_NETLINK) return LAYER.none;
  if (hardware === ARPHRD_IPGRE && protocol === 0) return LAYER.none;
  return protocol === ETH_P_802_2 ? LAYER.llc : cursor.layerOfEtherType(protocol);
}

function dissectTailscaleCapture(cursor: Cursor): LayerKind {
  if (!cursor.need(3)) return LAYER.none;
  const { bytes, at } = cursor;
  const path = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  const snatBytes = bytes[at + 2] ?? 0;
  if (!cursor.need(4 + snatBytes)) return LAYER.none;
  const headerBytes = 4 + snatBytes + (bytes[at + 3 + snatBytes] ?? 0);
  if (!cursor.need(headerBytes)) return LAYER.none;
  cursor.push(headerBytes);
  return path === TAILSCALE_PATH_DISCO ? LAYER.none : layerOfIpVersion(cursor);
}

const link = (name: string, dissect: DissectLayer, ...linkTypes: readonly number[]): Layer => ({
  name,
  group: 'link',
  dissect,
  carriers: { linkTypes },
  tunnel: null,
  title: null,
});
/** BSD loopback: an address family, then an IP packet. */
export const loopback = link('loopback', dissectLoopback, 0, 108);
/** Linux cooked capture, version 1, which `tcpdump -i any` wrote before version 4.99. */
export const sll = link('sll', dissectSll, 113);
/** Linux cooked capture, version 2. */
export const sll2 = link('sll2', dissectSll2, 276);
/** Header of captures by `tailscale debug capture`. */
export const tailscaleCapture = link('tailscale-capture', dissectTailscaleCapture, 147);
