/**
 * Netlink messages and their attributes. Numbers are in the byte order of the host, which is little-endian on all
 * platforms that use this.
 *
 * ```text
 * message    length 4 · type 2 · flags 2 · sequence 4 · port 4 · body, padded to 4
 * attribute  length 2 · type 2 · value, padded to 4
 * ```
 *
 * @see netlink(7); linux/netlink.h
 * @module
 */

const HEADER_BYTES = 16;
const ATTRIBUTE_BYTES = 4;
/** The type without the flags NLA_F_NESTED and NLA_F_NET_BYTEORDER, which not all messages set. */
const TYPE_MASK = 0x3fff;

/** Message types that end an exchange: NLMSG_ERROR and NLMSG_DONE. */
export const NLMSG = { error: 2, done: 3 } as const;
/** Message flags: NLM_F_REQUEST, NLM_F_MULTI and NLM_F_DUMP. */
export const NLM_F = { request: 1, multi: 2, dump: 0x300 } as const;

/** One netlink message. `body` is a view into the received octets. */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly body: Uint8Array;
}

/** Values of attributes by their types. If a type occurs twice, the last value. */
export type Attributes = ReadonlyMap<number, Uint8Array>;

/** Decodes the messages of one read from a socket. A truncated message ends the list. */
export function decodeMessages(bytes: Uint8Array): readonly NetlinkMessage[] {
  const view = viewOf(bytes);
  const messages: NetlinkMessage[] = [];
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const length = view.getUint32(at, true);
    if (length < HEADER_BYTES || at + length > bytes.length) break;
    messages.push({
      type: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      sequence: view.getUint32(at + 8, true),
      body: bytes.subarray(at + HEADER_BYTES, at + length),
    });
    at += align(length);
  }
  return messages;
}

/**
 * Encodes one message.
 *
 * @param head - fixed part of the body, before the attributes; a multiple of 4 octets
 */
export function encodeMessage(
  message: Pick<NetlinkMessage, 'type' | 'flags' | 'sequence'>,
  head: Uint8Array,
  attributes: readonly (readonly [type: number, value: Uint8Array])[] = [],
): Uint8Array {
  const size = attributes.reduce((sum, [, value]) => sum + align(ATTRIBUTE_BYTES + value.length), 0);
  const bytes = new Uint8Array(HEADER_BYTES + head.length + size);
  const view = viewOf(bytes);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, message.type, true);
  view.setUint16(6, message.flags, true);
  view.setUint32(8, message.sequence, true);
  bytes.set(head, HEADER_BYTES);
  let at = HEADER_BYTES + head.length;
  for (const [type, value] of attributes) {
    view.setUint16(at, ATTRIBUTE_BYTES + value.length, true);
    view.setUint16(at + 2, type, true);
    bytes.set(value, at + ATTRIBUTE_BYTES);
    at += align(ATTRIBUTE_BYTES + value.length);
  }
  return bytes;
}

/** Decodes attributes, up to the end or to the first one with an invalid length. */
export function decodeAttributes(bytes: Uint8Array, from = 0): Attributes {
  const view = viewOf(bytes);
  const found = new Map<number, Uint8Array>();
  for (let at = from; at + ATTRIBUTE_BYTES <= bytes.length; ) {
    const length = view.getUint16(at, true);
    if (length < ATTRIBUTE_BYTES || at + length > bytes.length) break;
    found.set(view.getUint16(at + 2, true) & TYPE_MASK, bytes.subarray(at + ATTRIBUTE_BYTES, at + length));
    at += align(length);
  }
  return found;
}

/** Number in an attribute of 1, 2 or 4 octets; 0 if there is no attribute. */
export function numberIn(value: Uint8Array | undefined): number {
  return value?.reduceRight((sum, octet) => sum * 256 + octet, 0) ?? 0;
}

/** Text in an attribute, up to its zero octet; empty if there is no attribute. */
export function textIn(value: Uint8Array | undefined): string {
  const end = value?.indexOf(0) ?? -1;
  return String.fromCharCode(...(value?.subarray(0, end < 0 ? undefined : end) ?? []));
}

/** Encodes a number in 4 octets, as `numberIn` reads it. */
export function octetsOf(value: number): Uint8Array {
  const octets = new Uint8Array(4);
  viewOf(octets).setUint32(0, value, true);
  return octets;
}

/** A DataView of the same octets. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function align(bytes: number): number {
  return (bytes + 3) & ~3;
}
