/**
 * Checks whether a payload can be an IP packet or an Ethernet frame. A tunnel that only its port identifies is accepted
 * only if the inner packet fits exactly into the payload.
 *
 * If a packet was cut by the snaplen, only its captured part is checked.
 *
 * @module
 */
import { readU16be, readU32be } from '../../core/bytes.ts';
import { IPV4_HEADER_BYTES, IPV6_HEADER_BYTES } from '../../wire/ip.ts';
import { LAYER } from '../dissect/layer-kind.ts';
import type { Cursor } from './cursor.ts';
import { readIpv4Length } from './ip/ipv4.ts';
import { readIpv6PayloadLength } from './ip/ipv6.ts';
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, MIN_ETHERTYPE } from './link/ether-type.ts';
import { ETHERNET_HEADER_BYTES, VLAN_TAG_BYTES } from './link/ethernet.ts';

/** Maximum padding of an Ethernet frame: it has at least 60 octets, 14 of them the header. */
const MAX_PADDING = 46;

/**
 * The version of the IP packet that begins `skip` octets after the cursor and ends with the payload; 0 if there is
 * none.
 *
 * @param padding - octets that may follow the packet
 */
export function ipVersionInside({ bytes, at, captured, wire }: Cursor, skip: number, padding = 0): 0 | 4 | 6 {
  const start = at + skip;
  const version = (bytes[start] ?? 0) >>> 4;
  const headerBytes = version === 4 ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES;
  if ((version !== 4 && version !== 6) || wire < skip + headerBytes) return 0;
  if (captured < skip + headerBytes) return captured < wire && captured > skip ? version : 0;
  if (version === 4 && ((bytes[start] ?? 0) & 0x0f) < 5) return 0;
  const packetBytes =
    version === 4 ? readIpv4Length(bytes, start) : IPV6_HEADER_BYTES + readIpv6PayloadLength(bytes, start);
  const rest = wire - skip - packetBytes;
  return rest >= 0 && rest <= padding ? version : 0;
}

/** Whether an Ethernet frame with a known type begins `skip` octets after the cursor, and an IP packet in it fits. */
export function hasEthernetInside(cursor: Cursor, skip: number): boolean {
  const { bytes, at, captured, wire } = cursor;
  if (wire < skip + ETHERNET_HEADER_BYTES) return false;
  if (captured < skip + ETHERNET_HEADER_BYTES) return captured < wire;
  let headerBytes = skip + ETHERNET_HEADER_BYTES;
  let type = readU16be(bytes, at + headerBytes - 2);
  while (cursor.layerOfEtherType(type) === LAYER.vlan && captured >= headerBytes + VLAN_TAG_BYTES) {
    headerBytes += VLAN_TAG_BYTES;
    type = readU16be(bytes, at + headerBytes - 2);
  }
  if (type < MIN_ETHERTYPE) return hasLlcInside(cursor, headerBytes, type);
  if (type === ETHERTYPE_IPV4) return ipVersionInside(cursor, headerBytes, MAX_PADDING) === 4;
  if (type === ETHERTYPE_IPV6) return ipVersionInside(cursor, headerBytes, MAX_PADDING) === 6;
  if (type === ETHERTYPE_ARP) return hasArpInside(cursor, headerBytes);
  const kind = cursor.layerOfEtherType(type);
  return kind === LAYER.mpls || kind === LAYER.pppoe || kind === LAYER.vlan;
}

/** Whether an ARP packet for Ethernet and IPv4 (RFC 826) is there: no other kind is in use. */
function hasArpInside({ bytes, at, captured }: Cursor, skip: number): boolean {
  if (captured < skip + 6) return true;
  return readU32be(bytes, at + skip) === 0x0001_0800 && readU16be(bytes, at + skip + 4) === 0x0604;
}

/**
 * An 802.3 frame: its length, then an LLC header between two access points of the same protocol, as all that are in
 * use.
 */
function hasLlcInside({ bytes, at, captured, wire }: Cursor, skip: number, length: number): boolean {
  if (length < 3 || length > wire - skip || wire - skip - length > MAX_PADDING) return false;
  return captured < skip + 2 || (isAccessPoint(bytes[at + skip] ?? 0) && bytes[at + skip + 1] === bytes[at + skip]);
}

/** LLC addresses of spanning tree, NetBIOS, IPX (two), SNAP and OSI (https://standards-oui.ieee.org/llc/public.csv). */
function isAccessPoint(octet: number): boolean {
  return octet === 0x42 || octet === 0xf0 || octet === 0xe0 || octet === 0xff || octet === 0xaa || octet === 0xfe;
}
