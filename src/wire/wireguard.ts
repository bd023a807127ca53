/**
 * The four messages of WireGuard (whitepaper §5.4). All integers are little-endian.
 *
 * ```text
 * 1 initiation   type 4 · sender 4 · ephemeral 32 · static 32+16 · timestamp 12+16 · mac1 16 · mac2 16    148
 * 2 response     type 4 · sender 4 · receiver 4 · ephemeral 32 · nothing 0+16 · mac1 16 · mac2 16          92
 * 3 cookie reply type 4 · receiver 4 · nonce 24 · cookie 16+16                                             64
 * 4 data         type 4 · receiver 4 · counter 8 · packet n+16                                        32 and up
 * ```
 *
 * The type is one octet followed by three reserved octets of zero; all four are read as one number. A message with
 * other reserved octets is not WireGuard.
 *
 * @module
 */
import { readU32le, writeU32le } from '../core/bytes.ts';

/** Type of a handshake initiation (§5.4.2). */
export const MESSAGE_INITIATION = 1;
/** Type of a handshake response (§5.4.3). */
export const MESSAGE_RESPONSE = 2;
/** Type of a cookie reply (§5.4.7). */
export const MESSAGE_COOKIE_REPLY = 3;
/** Type of a transport data message (§5.4.6). */
export const MESSAGE_DATA = 4;

/** Size of an initiation. */
export const INITIATION_BYTES = 148;
/** Size of a response. */
export const RESPONSE_BYTES = 92;
/** Size of a cookie reply. */
export const COOKIE_REPLY_BYTES = 64;
/** Size of the header of a data message: type, receiver index and counter. */
export const DATA_MESSAGE_HEADER_BYTES = 16;
/** Size of a keepalive, which is a data message without a packet: header and tag. */
export const KEEPALIVE_BYTES = 32;
/** Size of mac1 and of mac2, the last two fields of an initiation and a response. */
export const MAC_BYTES = 16;

/** A decoded initiation. Its fields are views into the datagram, as are those of the other three messages. */
export interface Initiation {
  readonly tag: 'initiation';
  readonly bytes: Uint8Array;
  readonly senderIndex: number;
  readonly ephemeral: Uint8Array;
  readonly encryptedStatic: Uint8Array;
  readonly encryptedTimestamp: Uint8Array;
}

/** A decoded response. */
export interface Response {
  readonly tag: 'response';
  readonly bytes: Uint8Array;
  readonly senderIndex: number;
  readonly receiverIndex: number;
  readonly ephemeral: Uint8Array;
  readonly encryptedNothing: Uint8Array;
}

/** A decoded cookie reply. */
export interface CookieReply {
  readonly tag: 'cookie-reply';
  readonly receiverIndex: number;
  readonly nonce: Uint8Array;
  readonly encryptedCookie: Uint8Array;
}

/** A decoded data message. The 64-bit counter is in two halves, since a `number` is exact only up to 2^53. */
export interface DataMessage {
  readonly tag: 'data';
  readonly receiverIndex: number;
  readonly counterHigh: number;
  readonly counterLow: number;
  readonly encryptedPacket: Uint8Array;
}

/** Any of the four messages. */
export type WireguardMessage = Initiation | Response | CookieReply | DataMessage;

/** Decodes a datagram; `undefined` if it is none of the four messages: wrong type, length or reserved octets. */
export function decodeMessage(bytes: Uint8Array): WireguardMessage | undefined {
  if (bytes.length < KEEPALIVE_BYTES) return undefined;
  const u32 = (at: number): number => readU32le(bytes, at);
  switch (u32(0)) {
    case MESSAGE_INITIATION:
      if (bytes.length !== INITIATION_BYTES) return undefined;
      return {
        tag: 'initiation',
        bytes,
        senderIndex: u32(4),
        ephemeral: bytes.subarray(8, 40),
        encryptedStatic: bytes.subarray(40, 88),
        encryptedTimestamp: bytes.subarray(88, 116),
      };
    case MESSAGE_RESPONSE:
      if (bytes.length !== RESPONSE_BYTES) return undefined;
      return {
        tag: 'response',
        bytes,
        senderIndex: u32(4),
        receiverIndex: u32(8),
        ephemeral: bytes.subarray(12, 44),
        encryptedNothing: bytes.subarray(44, 60),
      };
    case MESSAGE_COOKIE_REPLY:
      if (bytes.length !== COOKIE_REPLY_BYTES) return undefined;
      return {
        tag: 'cookie-reply',
        receiverIndex: u32(4),
        nonce: bytes.subarray(8, 32),
        encryptedCookie: bytes.subarray(32, 64),
      };
    case MESSAGE_DATA:
      return {
        tag: 'data',
        receiverIndex: u32(4),
        counterLow: u32(8),
        counterHigh: u32(12),
        encryptedPacket: bytes.subarray(DATA_MESSAGE_HEADER_BYTES),
      };
    default:
      return undefined;
  }
}

/** Encodes an initiation; mac1 and mac2 are zero. */
export function encodeInitiation(fields: Omit<Initiation, 'tag' | 'bytes'>): Uint8Array {
  const bytes = new Uint8Array(INITIATION_BYTES);
  writeU32le(bytes, 0, MESSAGE_INITIATION);
  writeU32le(bytes, 4, fields.senderIndex);
  bytes.set(fields.ephemeral, 8);
  bytes.set(fields.encryptedStatic, 40);
  bytes.set(fields.encryptedTimestamp, 88);
  return bytes;
}

/** Encodes a response; mac1 and mac2 are zero. */
export function encodeResponse(fields: Omit<Response, 'tag' | 'bytes'>): Uint8Array {
  const bytes = new Uint8Array(RESPONSE_BYTES);
  writeU32le(bytes, 0, MESSAGE_RESPONSE);
  writeU32le(bytes, 4, fields.senderIndex);
  writeU32le(bytes, 8, fields.receiverIndex);
  bytes.set(fields.ephemeral, 12);
  bytes.set(fields.encryptedNothing, 44);
  return bytes;
}

/** Encodes a cookie reply. */
export function encodeCookieReply(fields: Omit<CookieReply, 'tag'>): Uint8Array {
  const bytes = new Uint8Array(COOKIE_REPLY_BYTES);
  writeU32le(bytes, 0, MESSAGE_COOKIE_REPLY);
  writeU32le(bytes, 4, fields.receiverIndex);
  bytes.set(fields.nonce, 8);
  bytes.set(fields.encryptedCookie, 32);
  return bytes;
}

/** Writes the header of a data message; the encrypted packet follows it. */
export function writeDataHeader(bytes: Uint8Array, at: number, receiverIndex: number, high: number, low: number): void {
  writeU32le(bytes, at, MESSAGE_DATA);
  writeU32le(bytes, at + 4, receiverIndex);
  writeU32le(bytes, at + 8, low);
  writeU32le(bytes, at + 12, high);
}
