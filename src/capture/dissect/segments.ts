/**
 * Several WireGuard messages in one UDP datagram.
 *
 * Segmentation and receive offload (UDP_SEGMENT, UDP_GRO) show a capture one super-datagram where the wire
 * has a train of datagrams: all of one size but the last, which may be shorter. In WireGuard they have
 * the same receiver index, and each counter is one more than that before.
 *
 * @module
 */
import {
  DATA_HEADER_BYTES,
  KEEPALIVE_BYTES,
  readCounter,
  readMessageType,
  WIREGUARD_TYPE,
} from '../layers/encrypted/wireguard.ts';

/** Octets of a datagram that fits in an Ethernet frame. */
export const FRAME_BYTES = 1500;
/** Messages are padded to a multiple of this (whitepaper §5.4.6), but for those as large as the tunnel's MTU allows. */
export const PADDING_BYTES = 16;

/**
 * Octets of each message of a datagram but the last; `wireBytes` if the datagram is one message.
 *
 * Message `i` begins at `at + i * segmentBytes`. Of a datagram that is cut, the part that was captured is
 * judged. One that fits in a frame is searched at multiples of 16 only: nobody who sends trains leaves
 * small messages without padding, and a search octet by octet would cost more than all the rest.
 *
 * @param at - of a message of type 4
 */
export function segmentBytesOf(bytes: Uint8Array, at: number, capturedBytes: number, wireBytes: number): number {
  if (readMessageType(bytes, at) !== WIREGUARD_TYPE.data) return wireBytes;
  const isSmall = wireBytes <= FRAME_BYTES;
  // A sum of padded messages is a multiple of 16; a message as large as the MTU allows, the most frequent, is not.
  if (isSmall && wireBytes % PADDING_BYTES !== 0) return wireBytes;
  const last = at + capturedBytes - DATA_HEADER_BYTES;
  // A whole message comes before the second header.
  for (let next = nextType(bytes, at + KEEPALIVE_BYTES, last, isSmall); next >= 0; ) {
    if (follows(bytes, at, next, 1)) {
      return isTrain(bytes, at, next - at, last, wireBytes) ? next - at : wireBytes;
    }
    next = nextType(bytes, next + (isSmall ? PADDING_BYTES : 1), last, isSmall);
  }
  return wireBytes;
}

/** The next octet that may begin a data message, up to `last`; -1 if there is none. */
function nextType(bytes: Uint8Array, from: number, last: number, isPadded: boolean): number {
  if (!isPadded) {
    // In the ciphertext every 256th octet is one: to look for it octet by octet takes ten times as long.
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

/** Whether the message at `next` is the one `distance` places behind that at `at`. */
function follows(bytes: Uint8Array, at: number, next: number, distance: number): boolean {
  for (let i = 0; i < 8; i++) if (bytes[at + i] !== bytes[next + i]) return false;
  return readCounter(bytes, next) === readCounter(bytes, at) + distance;
}
