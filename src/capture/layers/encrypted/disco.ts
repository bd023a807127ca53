/**
 * Tailscale's path discovery protocol: `TS💬`, the sender's key, a nonce, and an encrypted box
 * (https://github.com/tailscale/tailscale/blob/main/disco/disco.go).
 *
 * ```text
 * 0 magic 6    6 sender's disco key 32    38 nonce 24    62 box
 * ```
 *
 * @module
 */
import { readU16be, readU32be } from '../../../core/bytes.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor } from '../cursor.ts';
import { type Layer, onPorts } from '../layer.ts';

/** Octets before the encrypted box. */
export const DISCO_HEADER_BYTES = 62;
const MAGIC_HIGH = 0x5453_f09f;
const MAGIC_LOW = 0x92ac;

/** Where the sender's disco public key begins: 32 octets. */
export const discoKeyAt = (at: number): number => at + 6;

/** Whether a datagram begins with the magic of disco. */
export function isDisco(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  return cursor.captured >= 6 && readU32be(bytes, at) === MAGIC_HIGH && readU16be(bytes, at + 4) === MAGIC_LOW;
}

function dissectDisco(cursor: Cursor): LayerKind {
  if (!cursor.need(DISCO_HEADER_BYTES)) return LAYER.none;
  cursor.push(DISCO_HEADER_BYTES);
  return LAYER.none;
}

/** Tailscale disco messages. */
export const disco: Layer<'disco'> = {
  name: 'disco',
  group: 'message',
  dissect: dissectDisco,
  carriers: { udp: onPorts(null, 41_641) },
  tunnel: {
    kindAt: 'disco',
    kinds: { disco: { headerBytes: null, idText: null, hasFlows: false } },
    id: null,
    sequence: null,
  },
  title: null,
};
