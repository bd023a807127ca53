/**
 * ICMP echo request and reply.
 *
 * ```text
 *   type 1 · code 1 · checksum 2 · identifier 2 · sequence number 2 · data
 *   IPv4: request 8, reply 0        IPv6: request 128, reply 129
 * ```
 *
 * A ping socket of Linux writes identifier and checksum itself, and a raw socket for ICMPv6 the checksum, which
 * covers a pseudo-header there. Only a raw socket for IPv4 sends what was encoded here as it is.
 *
 * @see RFC 792; RFC 4443 section 4. Linux net/ipv4/ping.c
 * @module
 */
import { readU16be, writeU16be } from '../core/bytes.ts';
import { checksum } from './checksum.ts';
import { ipHeaderBytes } from './ip.ts';

/** Octets before the data. */
export const ECHO_HEADER_BYTES = 8;
const REQUEST = { 4: 8, 6: 128 } as const;
const REPLY = { 4: 0, 6: 129 } as const;

/** Header of an echo message. */
export interface EchoMessage {
  readonly kind: 'request' | 'reply';
  readonly identifier: number;
  /** 16 bits. */
  readonly sequence: number;
}

/** Makes an echo request around its data: `bytes` has room for the header, and the data behind it. */
export function encodeEchoRequest(bytes: Uint8Array, family: 4 | 6, identifier: number, sequence: number): void {
  bytes.set([REQUEST[family], 0, 0, 0], 0);
  writeU16be(bytes, 4, identifier & 0xffff);
  writeU16be(bytes, 6, sequence & 0xffff);
  if (family === 6) return;
  writeU16be(bytes, 2, checksum(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length));
}

/** Reads an echo message. @returns `undefined` for other messages of ICMP, and for fewer than 8 octets */
export function decodeEcho(bytes: Uint8Array, family: 4 | 6): EchoMessage | undefined {
  if (bytes.length < ECHO_HEADER_BYTES || bytes[1] !== 0) return undefined;
  const kind = bytes[0] === REQUEST[family] ? 'request' : bytes[0] === REPLY[family] ? 'reply' : undefined;
  if (kind === undefined) return undefined;
  return { kind, identifier: readU16be(bytes, 4), sequence: readU16be(bytes, 6) };
}

/** The ICMP message in a packet as a raw socket for IPv4 receives it: with its IP header. */
export function icmpOfPacket(packet: Uint8Array): Uint8Array {
  return packet.subarray(Math.min(packet.length, ipHeaderBytes(packet, 0)));
}
