/**
 * Replaces a packet with obfuscated AmneziaWG messages by one with WireGuard messages: random prefixes are removed, and
 * the type fields are those of WireGuard.
 *
 * @module
 */
import { readU32le, writeU32le } from '../../core/bytes.ts';
import { FRAME_BYTES, PADDING_BYTES } from '../dissect/segments.ts';
import type { Cursor } from '../layers/cursor.ts';
import {
  DATA_MESSAGE_HEADER_BYTES,
  INITIATION_BYTES,
  KEEPALIVE_BYTES,
  readCounter,
  WIREGUARD_TYPE,
} from '../layers/encrypted/wireguard.ts';
import type { MessageBytes } from '../recognise/wireguard-flows.ts';
import { type AmneziaParameters, prefixOf, typesOf } from './parameters.ts';

/** Buffer size: a datagram or train of up to 64 KiB, and the headers before it. */
const PACKET_BYTES = 80 * 1024;
/** Octets needed to classify a message: an initiation is the longest message that is not data. */
const HEAD_BYTES = INITIATION_BYTES;

/** Removes the obfuscation of AmneziaWG. Holds one packet. */
export class Deobfuscator {
  readonly #packet = new Uint8Array(PACKET_BYTES);
  readonly #head = new Uint8Array(HEAD_BYTES);

  /** The beginning of the message that the datagram would be with these parameters. Borrowed until the next call. */
  headOf({ bytes, at, captured }: Cursor, parameters: AmneziaParameters, type: number): MessageBytes {
    const prefix = prefixOf(parameters.prefixBytes, type);
    const length = Math.min(captured - prefix, HEAD_BYTES);
    this.#head.set(bytes.subarray(at + prefix, at + prefix + length));
    writeU32le(this.#head, 0, type);
    return { bytes: this.#head, at: 0, captured: length };
  }

  /**
   * Rewrites the cursor and its stack to a packet with the WireGuard messages. Its octets are in a buffer of this
   * object: they are borrowed until the next call.
   *
   * @returns false if the packet is larger than the buffer
   */
  deobfuscate(cursor: Cursor, parameters: AmneziaParameters, type: number): boolean {
    const { bytes, stack, at, end, wire } = cursor;
    const first = stack.offsets[0] ?? 0;
    if (end - first > PACKET_BYTES) return false;
    const prefix = prefixOf(parameters.prefixBytes, type);
    const segmentBytes = type === WIREGUARD_TYPE.data ? segmentBytesOf(cursor, parameters, prefix) : wire;
    const packet = this.#packet;
    packet.set(bytes.subarray(first, at));
    const start = at - first;
    let to = start;
    for (let from = at + prefix; from < end; from += segmentBytes) {
      const length = Math.min(segmentBytes - prefix, end - from);
      packet.set(bytes.subarray(from, from + length), to);
      if (length >= 4) writeU32le(packet, to, type);
      to += length;
    }
    const count = Math.ceil(wire / segmentBytes);
    stack.obfuscatedType = readU32le(bytes, at + prefix);
    stack.bytes = packet;
    if (stack.error !== null) stack.errorOffset -= first;
    for (let i = 0; i < stack.count; i++) {
      stack.offsets[i] = (stack.offsets[i] ?? 0) - first;
      // Every message of a train has a prefix. The prefix of the first one is left in the outer length.
      stack.wireBytes[i] = (stack.wireBytes[i] ?? 0) - (count - 1) * prefix;
    }
    cursor.bytes = packet;
    cursor.at = start;
    cursor.end = to;
    cursor.wireEnd = start + wire - count * prefix;
    return true;
  }
}

/** Octets of each message of a train except the last, prefix included; `wire` if the datagram is one message. */
function segmentBytesOf({ bytes, at, end, wire }: Cursor, parameters: AmneziaParameters, prefix: number): number {
  const isSmall = wire <= FRAME_BYTES;
  const header = at + prefix;
  const { first, last } = typesOf(parameters.types, WIREGUARD_TYPE.data);
  const follows = (next: number, distance: number): boolean => {
    for (let i = 4; i < 8; i++) if (bytes[header + i] !== bytes[next + i]) return false;
    const type = readU32le(bytes, next);
    return type >= first && type <= last && readCounter(bytes, next) === readCounter(bytes, header) + distance;
  };
  const step = isSmall ? PADDING_BYTES : 1;
  for (let segment = prefix + KEEPALIVE_BYTES; header + segment + DATA_MESSAGE_HEADER_BYTES <= end; segment += step) {
    if (!follows(header + segment, 1)) continue;
    const rest = wire % segment;
    let isTrain = rest === 0 || rest >= prefix + KEEPALIVE_BYTES;
    for (let i = 2; isTrain && header + i * segment + DATA_MESSAGE_HEADER_BYTES <= end; i++) {
      isTrain = follows(header + i * segment, i);
    }
    return isTrain ? segment : wire;
  }
  return wire;
}
