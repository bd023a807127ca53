/**
 * Packets of a tunnel that were routed into the tunnel: sealed once more, they would come again, grow
 * until they are fragmented, and become ever more.
 *
 * A data message that leaves for a session and carries one for the same session inside can be nothing
 * else. One of another session may: a tunnel within a tunnel, through the same device.
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
import { DATA_HEADER_BYTES, MESSAGE_DATA } from '../../wire/wireguard.ts';

const FRAGMENT_OFFSET = 0x1fff;

/**
 * Whether a packet is a message that was sealed with this session's key. Of a message in fragments, only the
 * first tells; the others do not come again without it.
 *
 * @param remoteIndex - the session's, at the other end
 */
export function isOwnMessage(bytes: Uint8Array, at: number, remoteIndex: number): boolean {
  const udp = udpAt(bytes, at);
  if (udp < 0 || readU16be(bytes, udp + 4) < UDP_HEADER_BYTES + DATA_HEADER_BYTES) return false;
  const message = udp + UDP_HEADER_BYTES;
  return readU32be(bytes, message) === swapped(MESSAGE_DATA) && readU32be(bytes, message + 4) === swapped(remoteIndex);
}

/** Where the UDP header is; -1 without one. */
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

/** WireGuard's numbers are little-endian. */
function swapped(value: number): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}
