/**
 * Teredo (RFC 4380 §5.1.1): IPv6 in UDP, after two optional headers.
 *
 * ```text
 * authentication  00 01 · id length 1 · value length 1 · id · value · nonce 8 · confirmation 1
 * origin          00 00 · port 2 · address 4, both with their bits inverted
 * ```
 *
 * @module
 */
import { readU16be, readU32be } from '../../../core/bytes.ts';
import { IPV6_DESTINATION, IPV6_HEADER_BYTES, IPV6_SOURCE } from '../../../wire/ip.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor } from '../cursor.ts';
import { ipVersionInside } from '../inner-packet.ts';
import { type Layer, onPorts, withIpv4 } from '../layer.ts';

const ORIGIN_BYTES = 8;
/** 2001::/32 (RFC 4380 §2.6). */
const PREFIX = 0x2001_0000;

/** Whether a datagram on the Teredo port has valid headers, then an IPv6 packet that fits or has a Teredo address. */
export function isTeredo(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  if (cursor.captured < 4) return false;
  let headerBytes = readU16be(bytes, at) === 1 ? authenticationBytes(bytes, at) : 0;
  if (cursor.captured >= headerBytes + 2 && readU16be(bytes, at + headerBytes) === 0) headerBytes += ORIGIN_BYTES;
  return ipVersionInside(cursor, headerBytes) === 6 || hasTeredoAddress(cursor, headerBytes);
}

const authenticationBytes = (bytes: Uint8Array, at: number): number => 13 + (bytes[at + 2] ?? 0) + (bytes[at + 3] ?? 0);

/** Whether a datagram on any port is an IPv6 packet that fits exactly and has a Teredo address. */
export function isTeredoPacket(cursor: Cursor): boolean {
  return ipVersionInside(cursor, 0) === 6 && hasTeredoAddress(cursor, 0);
}

/** Whether the IPv6 packet `skip` octets after the cursor has a Teredo address. Other data may follow it. */
function hasTeredoAddress({ bytes, at, captured }: Cursor, skip: number): boolean {
  if (captured < skip + IPV6_HEADER_BYTES || (bytes[at + skip] ?? 0) >>> 4 !== 6) return false;
  return (
    readU32be(bytes, at + skip + IPV6_SOURCE) === PREFIX || readU32be(bytes, at + skip + IPV6_DESTINATION) === PREFIX
  );
}

function dissectTeredo(cursor: Cursor): LayerKind {
  const { bytes, at } = cursor;
  let headerBytes = 0;
  if (!cursor.need(2)) return LAYER.none;
  if (readU16be(bytes, at) === 1) {
    if (!cursor.need(4)) return LAYER.none;
    headerBytes = authenticationBytes(bytes, at);
    if (!cursor.need(headerBytes)) return LAYER.none;
  }
  if (cursor.wire >= headerBytes + ORIGIN_BYTES) {
    if (!cursor.need(headerBytes + 2)) return LAYER.none;
    if (readU16be(bytes, at + headerBytes) === 0) headerBytes += ORIGIN_BYTES;
    if (!cursor.need(headerBytes)) return LAYER.none;
  }
  cursor.push(headerBytes);
  return cursor.wire > 0 ? LAYER.ipv6 : LAYER.none;
}

/** Teredo. */
export const teredo: Layer<'teredo', string> = {
  name: 'teredo',
  group: 'tunnel',
  dissect: dissectTeredo,
  carriers: { udp: onPorts(isTeredo, 3544) },
  tunnel: {
    kindAt: 'teredo',
    kinds: { teredo: { headerBytes: withIpv4(28, null), idText: null, hasFlows: true } },
    id: null,
    sequence: null,
  },
  title: 'Teredo',
};
