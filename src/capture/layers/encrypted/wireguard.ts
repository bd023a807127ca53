/**
 * Reads the unencrypted fields of WireGuard messages (whitepaper §5.4) in place. All integers are little-endian.
 *
 * ```text
 * 1 initiation    type 1, reserved 3 · sender 4 · …  mac1 16 · mac2 16     148
 * 2 response      type 1, reserved 3 · sender 4 · receiver 4 · …  mac1 16 · mac2 16     92
 * 3 cookie reply  type 1, reserved 3 · receiver 4 · nonce 24 · cookie 32     64
 * 4 data          type 1, reserved 3 · receiver 4 · counter 8 · packet and tag     32 and up
 * ```
 *
 * Cloudflare WARP writes a client id in the reserved octets, and may set the two high bits of the type.
 *
 * @module
 */
import { readU32le } from '../../../core/bytes.ts';
import {
  COOKIE_REPLY_BYTES,
  INITIATION_BYTES,
  KEEPALIVE_BYTES,
  MAC_BYTES,
  MESSAGE_COOKIE_REPLY,
  MESSAGE_DATA,
  MESSAGE_INITIATION,
  MESSAGE_RESPONSE,
  RESPONSE_BYTES,
} from '../../../wire/wireguard.ts';

export {
  COOKIE_REPLY_BYTES,
  DATA_MESSAGE_HEADER_BYTES,
  INITIATION_BYTES,
  KEEPALIVE_BYTES,
  RESPONSE_BYTES,
} from '../../../wire/wireguard.ts';

/** Message types (whitepaper §5.4). */
export const WIREGUARD_TYPE = {
  initiation: MESSAGE_INITIATION,
  response: MESSAGE_RESPONSE,
  cookieReply: MESSAGE_COOKIE_REPLY,
  data: MESSAGE_DATA,
} as const;

/** Message type, without the two high bits that WARP may set. */
export const readMessageType = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) & 0x3f;
/** The three reserved octets: 0 in WireGuard, a client id in WARP. */
export const readReserved = (bytes: Uint8Array, at: number): number => readU32le(bytes, at) >>> 8;
/** Sender index of an initiation or response. */
export const readSenderIndex = (bytes: Uint8Array, at: number): number => readU32le(bytes, at + 4);
/** Receiver index of a response, cookie reply or data message. */
export const readReceiverIndex = (bytes: Uint8Array, at: number): number =>
  readU32le(bytes, at + (readMessageType(bytes, at) === WIREGUARD_TYPE.response ? 8 : 4));
/**
 * Low 32 bits of the counter of a data message. It is read in two halves, because a number is exact up to 2^53 only.
 */
export const readCounterLow = (bytes: Uint8Array, at: number): number => readU32le(bytes, at + 8);
/** High 32 bits of the counter of a data message. */
export const readCounterHigh = (bytes: Uint8Array, at: number): number => readU32le(bytes, at + 12);
/** Counter of a data message; exact up to 2^53. */
export const readCounter = (bytes: Uint8Array, at: number): number =>
  readCounterHigh(bytes, at) * 0x1_0000_0000 + readCounterLow(bytes, at);

/**
 * Whether an initiation or response of `messageBytes` octets ends with a mac2 of zeros: no cookie is in use, as in most
 * handshakes.
 */
export function hasZeroMac2(bytes: Uint8Array, at: number, messageBytes: number): boolean {
  for (let i = at + messageBytes - MAC_BYTES; i < at + messageBytes; i++) if (bytes[i] !== 0) return false;
  return true;
}

const TYPE_BYTES: Record<number, number> = {
  [WIREGUARD_TYPE.initiation]: INITIATION_BYTES,
  [WIREGUARD_TYPE.response]: RESPONSE_BYTES,
  [WIREGUARD_TYPE.cookieReply]: COOKIE_REPLY_BYTES,
};

/** Whether a message of this type can have this length. */
export function isMessageLength(type: number, bytes: number): boolean {
  return type === WIREGUARD_TYPE.data ? bytes >= KEEPALIVE_BYTES : TYPE_BYTES[type] === bytes;
}
