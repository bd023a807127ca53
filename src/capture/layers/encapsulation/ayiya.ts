/**
 * AYIYA, "anything in anything" (draft-massar-v6ops-ayiya §3).
 *
 * ```text
 * 0 log2 of identity length, identity type    1 signature length in words, hash method
 * 2 authentication method, operation    3 next header 1    4 epoch 4    8 identity · signature
 * ```
 *
 * @module
 */
import { PROTOCOL_NONE } from '../../../wire/ip.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor } from '../cursor.ts';
import { ipVersionInside } from '../inner-packet.ts';
import { type Layer, onPorts, withIpv4 } from '../layer.ts';

const FIXED_BYTES = 8;
const PROTOCOL_IPV4 = 4;
const PROTOCOL_IPV6 = 41;

/**
 * Whether the header has known types and methods, and is followed by an IP packet that fills the datagram, or by
 * nothing.
 */
export function isAyiya(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  if (cursor.captured < FIXED_BYTES || (bytes[at] ?? 0) >>> 4 > 5) return false;
  const next = bytes[at + 3] ?? 0;
  const operation = (bytes[at + 2] ?? 0) & 0x0f;
  if (((bytes[at] ?? 0) & 0x0f) > 3 || ((bytes[at + 1] ?? 0) & 0x0f) > 3 || operation > 7) return false;
  const headerBytes = ayiyaHeaderBytes(bytes, at);
  if (next === PROTOCOL_NONE) return headerBytes <= cursor.wire && operation !== 1;
  const version = ipVersionInside(cursor, headerBytes);
  return (next === PROTOCOL_IPV4 && version === 4) || (next === PROTOCOL_IPV6 && version === 6);
}

const ayiyaHeaderBytes = (bytes: Uint8Array, at: number): number =>
  FIXED_BYTES + (1 << ((bytes[at] ?? 0) >>> 4)) + ((bytes[at + 1] ?? 0) >>> 4) * 4;

function dissectAyiya(cursor: Cursor): LayerKind {
  if (!cursor.need(FIXED_BYTES)) return LAYER.none;
  const { bytes, at } = cursor;
  const headerBytes = ayiyaHeaderBytes(bytes, at);
  if (!cursor.need(headerBytes)) return LAYER.none;
  const isForward = ((bytes[at + 2] ?? 0) & 0x0f) === 1;
  cursor.push(headerBytes);
  cursor.hint = bytes[at + 3] ?? 0;
  return isForward && cursor.hint !== PROTOCOL_NONE && cursor.wire > 0
    ? cursor.layerOfProtocol(cursor.hint)
    : LAYER.none;
}

/** AYIYA. Only packets with the operation "forward" have an inner packet. */
export const ayiya: Layer<'ayiya', string> = {
  name: 'ayiya',
  group: 'tunnel',
  dissect: dissectAyiya,
  carriers: { udp: onPorts(isAyiya, 5072) },
  tunnel: {
    kindAt: 'ayiya',
    kinds: { ayiya: { headerBytes: withIpv4(36, null), idText: null, hasFlows: true } },
    id: null,
    sequence: null,
  },
  title: 'AYIYA',
};
