/**
 * Detects routing loops: encrypted packets of a tunnel that are routed into the same tunnel. They would be
 * encrypted again and again, grow until they are fragmented, and multiply.
 *
 * A packet to send with a session that is itself a data message of this session is always such a loop. A data
 * message of another session may be legitimate: a tunnel within a tunnel, through the same device.
 *
 * @module
 */
import { readU16be, readU32be } from '../../core/bytes.ts';
import {
  IPV6_HEADER_BYTES,
  ipHeaderBytes,
  ipProtocol,
  ipVersion,
  PROTOCOL_FRAGMENT,
  PROTOCOL_UDP,
  UDP_HEADER_BYTES,
} from '../../wire/ip.ts';
import { DATA_MESSAGE_HEADER_BYTES, MESSAGE_DATA } from '../../wire/wireguard.ts';

const FRAGMENT_OFFSET = 0x1fff;

/**
 * Whether a packet is a data message of this session. Of a fragmented message only the first fragment is
 * recognized; without it, the others cause no loop.
 *
 * @param remoteIndex - index of the session at the other end
 */
export function isOwnMessage(bytes: Uint8Array, at: number, remoteIndex: number): boolean {
  const udp = udpAt(bytes, at);
  if (udp < 0 || readU16be(bytes, udp + 4) < UDP_HEADER_BYTES + DATA_MESSAGE_HEADER_BYTES) return false;
  const message = udp + UDP_HEADER_BYTES;
  return readU32be(bytes, message) === swapped(MESSAGE_DATA) && readU32be(bytes, message + 4) === swapped(remoteIndex);
}

/** Offset of the UDP header; -1 if there is none. */
function udpAt(bytes: Uint8Array, at: number): number {
  const protocol = ipProtocol(bytes, at);
  if (ipVersion(bytes, at) === 4) {
    if (protocol !== PROTOCOL_UDP || (readU16be(bytes, at + 6) & FRAGMENT_OFFSET) !== 0) return -1;
    return at + ipHeaderBytes(bytes, at);
  }
  if (protocol === PROTOCOL_UDP) return at + IPV6_HEADER_BYTES;
  const fragment = at + IPV6_HEADER_BYTES;
  if (protocol !== PROTOCOL_FRAGMENT || bytes[fragment] !== PROTOCOL_UDP) return -1;
  return readU16be(bytes, fragment + 2) >>> 3 === 0 ? fragment + 8 : -1;
}

/** Converts to the little-endian order of WireGuard's integers. */
function swapped(value: number): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}
