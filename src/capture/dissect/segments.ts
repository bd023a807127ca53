/**
 * Splits a UDP datagram with several WireGuard messages.
 *
 * With segmentation and receive offload (UDP_SEGMENT, UDP_GRO) a capture has one large datagram where the wire has a
 * train of datagrams. All have the same size except the last one, which may be shorter. In WireGuard the messages of a
 * train have the same receiver index, and each counter is one more than the one before.
 *
 * @module
 */
import {
  DATA_MESSAGE_HEADER_BYTES,
  KEEPALIVE_BYTES,
  readCounter,
  readMessageType,
  WIREGUARD_TYPE,
} from '../layers/encrypted/wireguard.ts';

/** Maximum octets of a datagram that fits in an Ethernet frame. */
export const FRAME_BYTES = 1500;
/** Packets are padded to a multiple of this (whitepaper §5.4.6), except those as large as the tunnel's MTU allows. */
export const PADDING_BYTES = 16;

/**
 * Returns the octets of each message of a datagram except the last one; `wireBytes` if the datagram is one message.
 *
 * Message `i` begins at `at + i * segmentBytes`. If the datagram is cut, only its captured part is examined. A datagram
 * that fits in a frame is searched at multiples of 16 only: senders of trains pad small messages, and a search octet by
 * octet would take longer than the rest of the dissection.
 *
 * @param at - where the first message begins
 */
export function segmentBytesOf(bytes: Uint8Array, at: number, capturedBytes: number, wireBytes: number): number {
  if (readMessageType(bytes, at) !== WIREGUARD_TYPE.data) return wireBytes;
  const isSmall = wireBytes <= FRAME_BYTES;
  // The length of a train of padded messages is a multiple of 16. That of a single full-size message often is not.
  if (isSmall && wireBytes % PADDING_BYTES !== 0) return wireBytes;
  const last = at + capturedBytes - DATA_MESSAGE_HEADER_BYTES;
  // The first message has at least KEEPALIVE_BYTES octets.
  for (let next = nextType(bytes, at + KEEPALIVE_BYTES, last, isSmall); next >= 0; ) {
    if (follows(bytes, at, next, 1)) {
      return isTrain(bytes, at, next - at, last, wireBytes) ? next - at : wireBytes;
    }
    next = nextType(bytes, next + (isSmall ? PADDING_BYTES : 1), last, isSmall);
  }
  return wireBytes;
}

/** Offset of the next octet that may begin a data message, at most `last`; -1 if there is none. */
function nextType(bytes: Uint8Array, from: number, last: number, isPadded: boolean): number {
  if (!isPadded) {
    // On average every 256th octet of ciphertext has this value. `indexOf` is ten times as fast as a loop.
    const distance = from > last ? -1 : bytes.subarray(from, last + 1).indexOf(WIREGUARD_TYPE.data);
    return distance < 0 ? -1 : from + distance;
  }
  for (let next = from; next <= last; next += PADDING_BYTES) if (bytes[next] === WIREGUARD_TYPE.data) return next;
  return -1;
}

function isTrain(bytes: Uint8Array, at: number, segmentBytes: number, last: number, wireBytes: number): boolean {
  const lastBytes = wireBytes % segmentBytes;
  if (lastBytes !== 0 && lastBytes < KEEPALIVE_BYTES) return false;
  for (let i = 2; at + i * segmentBytes <= last; i++) if (!follows(bytes, at, at + i * segmentBytes, i)) return false;
  return true;
}

/** Whether the message at `next` has the same receiver index as the one at `at`, and a counter `distance` larger. */
function follows(bytes: Uint8Array, at: number, next: number, distance: number): boolean {
  for (let i = 0; i < 8; i++) if (bytes[at + i] !== bytes[next + i]) return false;
  return readCounter(bytes, next) === readCounter(bytes, at) + distance;
}
