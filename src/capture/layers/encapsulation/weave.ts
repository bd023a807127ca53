/**
 * Weave Net's sleeve (github.com/weaveworks/weave, site/concepts/router-encapsulation.md) on UDP 6783.
 *
 * ```text
 * plain      sending peer 6 · (capturing peer 6 · destination peer 6 · length 2 · Ethernet frame) …
 * encrypted  sending peer 6 · sequence number 8 · encrypted and authenticated: the same frames
 * ```
 *
 * Of several frames in a datagram the first is decoded.
 *
 * @module
 */
import { readU16be } from '../../../core/bytes.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import { kindAt } from '../../dissect/layer-stack.ts';
import type { Cursor } from '../cursor.ts';
import { type Layer, onPorts, withIpv4 } from '../layer.ts';

/** UDP port of sleeve, at both ends. */
export const WEAVE_PORT = 6783;
const PEER_BYTES = 6;
const FRAME_HEADER_BYTES = 14;
const ENCRYPTED_HEADER_BYTES = 14;
const ETHERNET_BYTES = 14;
const TAG_BYTES = 16;
/** Bound of the frames that are checked in a datagram. */
const MAX_FRAMES = 64;

/**
 * Whether a datagram between two Weave ports is sleeve: plain frames fill it exactly, encrypted ones have a minimum
 * size.
 */
export function isWeave(cursor: Cursor): boolean {
  if (cursor.captured < PEER_BYTES + FRAME_HEADER_BYTES) return false;
  return (
    isPlainWeave(cursor) || cursor.wire >= ENCRYPTED_HEADER_BYTES + TAG_BYTES + FRAME_HEADER_BYTES + ETHERNET_BYTES
  );
}

function dissectWeave(cursor: Cursor): LayerKind {
  if (!isPlainWeave(cursor)) {
    if (!cursor.need(ENCRYPTED_HEADER_BYTES)) return LAYER.none;
    cursor.push(ENCRYPTED_HEADER_BYTES);
    return LAYER.none;
  }
  const headerBytes = PEER_BYTES + FRAME_HEADER_BYTES;
  const frameBytes = readU16be(cursor.bytes, cursor.at + headerBytes - 2);
  cursor.limit(headerBytes + frameBytes);
  cursor.push(headerBytes);
  return LAYER.ethernet;
}

/** Whether the length fields lead from frame to frame to the end of the datagram, as far as it was captured. */
function isPlainWeave({ bytes, at, captured, wire }: Cursor): boolean {
  let next = PEER_BYTES;
  for (let i = 0; i < MAX_FRAMES; i++) {
    if (next + FRAME_HEADER_BYTES > captured) return i > 0 && next <= wire && captured < wire;
    const frameBytes = readU16be(bytes, at + next + FRAME_HEADER_BYTES - 2);
    if (frameBytes < ETHERNET_BYTES) return false;
    next += FRAME_HEADER_BYTES + frameBytes;
    if (next >= wire) return next === wire;
  }
  return false;
}

/** Weave Net's sleeve. Its payload is encrypted unless an Ethernet layer follows. */
export const weave: Layer<'weave', string> = {
  name: 'weave',
  group: 'tunnel',
  dissect: dissectWeave,
  carriers: { udp: onPorts(null, WEAVE_PORT) },
  tunnel: {
    kindAt: 'weave',
    kinds: { weave: { headerBytes: withIpv4(62, null), idText: null, hasFlows: true } },
    id: null,
    sequence: null,
  },
  title: 'Weave sleeve',
  hidesPayload: (stack, i) => kindAt(stack, i + 1) !== LAYER.ethernet,
};
