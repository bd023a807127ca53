/**
 * Recognizes WireGuard messages in packets from a peer's endpoint.
 *
 * @module
 */
import { readU16be } from '../../core/bytes.ts';
import { IPV4_HEADER_BYTES, IPV6_HEADER_BYTES, PROTOCOL_UDP, UDP_HEADER_BYTES } from '../../wire/ip.ts';
import {
  COOKIE_REPLY_BYTES,
  INITIATION_BYTES,
  MESSAGE_COOKIE_REPLY,
  MESSAGE_DATA,
  MESSAGE_INITIATION,
  MESSAGE_RESPONSE,
  RESPONSE_BYTES,
} from '../../wire/wireguard.ts';
import type { ReceivedMessages } from './evidence.ts';

/** UDP ports of the messages that count. */
export interface MessagePorts {
  readonly from: number;
  /** Listen port of the device; `null` if it is not known. A peer may still write to the port that it had before. */
  readonly to: number | null;
}

/**
 * Classifies an IP packet by the WireGuard message in it.
 *
 * @param bytes - the packet from its IP header to at least the first octet of the message
 * @param from - address of the endpoint, 4 or 16 octets
 * @returns `null` for any other packet. Never throws
 */
export function receivedMessageKind(
  bytes: Uint8Array,
  from: Uint8Array,
  ports: MessagePorts,
): keyof ReceivedMessages | null {
  const v4 = from.length === 4;
  const [first = 0] = bytes;
  if (first >> 4 !== (v4 ? 4 : 6)) return null;
  // Only the first fragment has a UDP header.
  if (v4 && (bytes.length < IPV4_HEADER_BYTES || (readU16be(bytes, 6) & 0x1fff) !== 0)) return null;
  const header = v4 ? (first & 15) * 4 : IPV6_HEADER_BYTES;
  const message = header + UDP_HEADER_BYTES;
  if (bytes.length <= message || bytes[v4 ? 9 : 6] !== PROTOCOL_UDP) return null;
  const at = v4 ? 12 : 8;
  if (from.some((octet, i) => bytes[at + i] !== octet) || readU16be(bytes, header) !== ports.from) return null;
  if (ports.to !== null && readU16be(bytes, header + 2) !== ports.to) return null;
  const length = readU16be(bytes, header + 4) - UDP_HEADER_BYTES;
  switch (bytes[message]) {
    case MESSAGE_INITIATION:
      return length === INITIATION_BYTES ? 'initiations' : null;
    case MESSAGE_RESPONSE:
      return length === RESPONSE_BYTES ? 'responses' : null;
    case MESSAGE_COOKIE_REPLY:
      return length === COOKIE_REPLY_BYTES ? 'cookies' : null;
    case MESSAGE_DATA:
      return 'data';
    default:
      return null;
  }
}
