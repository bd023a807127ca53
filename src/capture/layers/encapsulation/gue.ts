/**
 * Generic UDP encapsulation (draft-ietf-intarea-gue §3), and foo over UDP: an IP packet directly in a datagram (Linux:
 * `ip fou`, any port).
 *
 * ```text
 * GUE  variant 2 bits, C, header length in words 5 bits · protocol 1 · flags 2 · fields
 *      variant 1: an IP packet without a header
 * ```
 *
 * Neither has a constant field. Both are accepted only if the inner packet fits exactly into the datagram.
 *
 * @module
 */
import { readU16be } from '../../../core/bytes.ts';
import { IPV4_HEADER_BYTES } from '../../../wire/ip.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor } from '../cursor.ts';
import { ipVersionInside } from '../inner-packet.ts';
import { type Layer, onPorts, withIpv4 } from '../layer.ts';

const GUE_FIXED_BYTES = 4;
const CONTROL = 0x20;

/** IP protocol number of the payload. */
export const readGueProtocol = (bytes: Uint8Array, at: number): number => bytes[at + 1] ?? 0;
const headerBytesOf = (bytes: Uint8Array, at: number): number => GUE_FIXED_BYTES + ((bytes[at] ?? 0) & 0x1f) * 4;

/** Whether a datagram on the port of GUE has an IP packet that fits exactly, directly or after a data header of GUE. */
export function isGue(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  const first = bytes[at] ?? 0;
  if (first >>> 6 === 1) return ipVersionInside(cursor, 0) !== 0;
  if (first >>> 6 !== 0 || (first & CONTROL) !== 0) return false;
  const version = ipVersionInside(cursor, headerBytesOf(bytes, at));
  const protocol = readGueProtocol(bytes, at);
  return (version === 4 && protocol === 4) || (version === 6 && protocol === 41);
}

/**
 * Whether a datagram on any port is an IPv4 packet with a correct header checksum. IPv6 has none, so it is not
 * accepted.
 */
export function isFou(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  return ipVersionInside(cursor, 0) === 4 && cursor.captured >= IPV4_HEADER_BYTES && hasRightChecksum(bytes, at);
}

function dissectGue(cursor: Cursor): LayerKind {
  const { bytes, at } = cursor;
  const headerBytes = (bytes[at] ?? 0) >>> 6 === 1 ? 0 : headerBytesOf(bytes, at);
  return dissectInner(cursor, headerBytes);
}

function dissectFou(cursor: Cursor): LayerKind {
  return dissectInner(cursor, 0);
}

function dissectInner(cursor: Cursor, headerBytes: number): LayerKind {
  if (!cursor.need(headerBytes + 1)) return LAYER.none;
  cursor.push(headerBytes);
  return (cursor.bytes[cursor.at] ?? 0) >>> 4 === 4 ? LAYER.ipv4 : LAYER.ipv6;
}

/** Checks the checksum (RFC 791 §3.1) of an IPv4 header without options. */
function hasRightChecksum(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== 0x45) return false;
  let sum = 0;
  for (let i = 0; i < IPV4_HEADER_BYTES; i += 2) sum += readU16be(bytes, at + i);
  return sum % 0xffff === 0 && sum > 0;
}

/** Generic UDP encapsulation. */
export const gue: Layer<'gue', string> = {
  name: 'gue',
  group: 'tunnel',
  dissect: dissectGue,
  carriers: { udp: onPorts(isGue, 6080) },
  tunnel: {
    kindAt: 'gue',
    kinds: { gue: { headerBytes: withIpv4(28, null), idText: null, hasFlows: true } },
    id: null,
    sequence: null,
  },
  title: 'GUE',
};

/** Foo over UDP: an IP packet without a header before it. */
export const fou: Layer<'fou', string> = {
  name: 'fou',
  group: 'tunnel',
  dissect: dissectFou,
  carriers: { udp: onPorts(null, 5555) },
  tunnel: {
    kindAt: 'fou',
    kinds: { fou: { headerBytes: withIpv4(28, 28), idText: null, hasFlows: true } },
    id: null,
    sequence: null,
  },
  title: 'FOU',
};
