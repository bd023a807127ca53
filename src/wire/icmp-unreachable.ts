/**
 * ICMP "destination unreachable": the answer of a router to a packet that it cannot forward.
 *
 * ```text
 * IPv4 20   protocol 1, from the packet's destination, to its source
 *           type 3 · code 1 (host) · checksum 2 · unused 4 · the packet, to 576 octets in all
 * IPv6 40   next header 58, likewise
 *           type 1 · code 3 (address) · checksum 2 · unused 4 · the packet, to 1280 octets in all
 * ```
 *
 * The source address of the answer is the address that cannot be reached. A host drops packets that come from
 * outside with one of its own addresses as source, and rp_filter drops a source to which no route leads.
 *
 * @see RFC 792; RFC 1122 §3.2.2, RFC 1812 §4.3.2; RFC 4443 §2.4, §3.1
 * @module
 */
import { readU16be } from '../core/bytes.ts';
import { checksum, pseudoHeaderSum } from './checksum.ts';
import {
  IPV4_HEADER_BYTES,
  IPV6_HEADER_BYTES,
  ipHeaderBytes,
  ipProtocol,
  ipVersion,
  PROTOCOL_FRAGMENT,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
} from './ip.ts';

const ICMP_HEADER_BYTES = 8;
const IPV4_MOST = 576;
const IPV6_MOST = 1280;
const HOP_LIMIT = 64;
/** Internetwork control (RFC 1812 §4.3.2.5). */
const PRECEDENCE = 0xc0;
const DONT_FRAGMENT = 0x4000;
const FRAGMENT_OFFSET = 0x1fff;
/** Unreachable, source quench, redirect, time exceeded, parameter problem: these are error messages themselves. */
const ICMP_ERRORS = [3, 4, 5, 11, 12];
const ICMPV6_REDIRECT = 137;
/** Hop-by-hop options, routing, destination options: 8 octets, and 8 more for each unit of the second octet. */
const IPV6_OPTIONS = [0, 43, 60];
/** Extension headers that are skipped at most; real packets have fewer. */
const MOST_EXTENSIONS = 8;

/**
 * Makes the answer to a packet. Returns `null` if there must be none: to an ICMP error, to a fragment other
 * than the first, and if source or destination is not the address of a single host.
 *
 * @param packet - a complete IP packet, checked with `innerLength`
 */
export function encodeUnreachable(packet: Uint8Array): Uint8Array | null {
  const isV4 = ipVersion(packet, 0) === 4;
  if (isV4 ? !mayAnswerV4(packet) : !mayAnswerV6(packet)) return null;
  const headerBytes = isV4 ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES;
  const most = isV4 ? IPV4_MOST : IPV6_MOST;
  const bytes = new Uint8Array(Math.min(most, headerBytes + ICMP_HEADER_BYTES + packet.length));
  const view = new DataView(bytes.buffer);
  bytes.set([isV4 ? 3 : 1, isV4 ? 1 : 3], headerBytes);
  const quoted = bytes.length - headerBytes - ICMP_HEADER_BYTES;
  bytes.set(packet.subarray(0, quoted), headerBytes + ICMP_HEADER_BYTES);
  const icmpBytes = bytes.length - headerBytes;
  if (isV4) {
    bytes.set([0x45, PRECEDENCE]);
    view.setUint16(2, bytes.length);
    view.setUint16(6, DONT_FRAGMENT);
    bytes.set([HOP_LIMIT, PROTOCOL_ICMP], 8);
    bytes.set(packet.subarray(16, 20), 12);
    bytes.set(packet.subarray(12, 16), 16);
    view.setUint16(10, checksum(view, 0, IPV4_HEADER_BYTES));
    view.setUint16(headerBytes + 2, checksum(view, headerBytes, icmpBytes));
  } else {
    bytes[0] = 0x60;
    view.setUint16(4, icmpBytes);
    bytes.set([PROTOCOL_ICMPV6, HOP_LIMIT], 6);
    bytes.set(packet.subarray(24, 40), 8);
    bytes.set(packet.subarray(8, 24), 24);
    const pseudo = pseudoHeaderSum(view, 0, 6, PROTOCOL_ICMPV6, icmpBytes);
    view.setUint16(headerBytes + 2, checksum(view, headerBytes, icmpBytes, pseudo));
  }
  return bytes;
}

function mayAnswerV4(packet: Uint8Array): boolean {
  const [source = 0, destination = 0] = [packet[12], packet[16]];
  // 224/4 is multicast; 240/4 is reserved and includes the broadcast address.
  if (source === 0 || source === 127 || source >= 224 || destination >= 224) return false;
  if ((readU16be(packet, 6) & FRAGMENT_OFFSET) !== 0) return false;
  return ipProtocol(packet, 0) !== PROTOCOL_ICMP || !ICMP_ERRORS.includes(packet[ipHeaderBytes(packet, 0)] ?? 3);
}

function mayAnswerV6(packet: Uint8Array): boolean {
  const source = packet.subarray(8, 24);
  if (source[0] === 0xff || packet[24] === 0xff || source.every((octet) => octet === 0)) return false;
  let protocol = ipProtocol(packet, 0);
  let at = IPV6_HEADER_BYTES;
  for (let extensions = 0; extensions < MOST_EXTENSIONS; extensions++) {
    if (IPV6_OPTIONS.includes(protocol)) {
      protocol = packet[at] ?? PROTOCOL_ICMPV6;
      at += 8 + 8 * (packet[at + 1] ?? 0);
    } else if (protocol === PROTOCOL_FRAGMENT) {
      if (readU16be(packet, at + 2) >>> 3 !== 0) return false;
      protocol = packet[at] ?? PROTOCOL_ICMPV6;
      at += 8;
    } else break;
  }
  if (protocol !== PROTOCOL_ICMPV6) return true;
  const type = packet[at] ?? 0;
  return type >= 128 && type !== ICMPV6_REDIRECT;
}
