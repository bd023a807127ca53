/**
 * WireGuard and WARP as layers of a packet. A datagram with several messages is one layer.
 *
 * @module
 */
import { LAYER, type LayerKind } from '../layer-kind.ts';
import { segmentBytesOf } from '../segments.ts';
import type { Cursor } from './cursor.ts';
import { DATA_HEADER_BYTES, readMessageType, WIREGUARD_TYPE } from './wireguard.ts';

export function stepWireguard(cursor: Cursor): LayerKind {
  return push(cursor, LAYER.wireguard);
}

export function stepWarp(cursor: Cursor): LayerKind {
  return push(cursor, LAYER.warp);
}

/** Of what AmneziaWG sends beside its messages. */
export function stepAmneziaJunk(cursor: Cursor): LayerKind {
  cursor.push(LAYER.amneziaJunk, cursor.captured);
  return LAYER.none;
}

function push(cursor: Cursor, kind: LayerKind): LayerKind {
  const { bytes, at, stack, captured, wire } = cursor;
  const isData = readMessageType(bytes, at) === WIREGUARD_TYPE.data;
  const headerBytes = isData ? DATA_HEADER_BYTES : captured;
  if (!cursor.need(headerBytes)) return LAYER.none;
  stack.segmentBytes = isData ? segmentBytesOf(bytes, at, captured, wire) : wire;
  cursor.push(kind, headerBytes);
  return LAYER.none;
}
