/**
 * ERSPAN after GRE (draft-foschiano-erspan §4).
 *
 * ```text
 * type II   version, VLAN 2 · COS, encapsulation, truncated, session 10 bits 2 · index 4
 * type III  the same · timestamp 4 · group tag 2 · flags 2 [· platform specific 8 with the O bit]
 * ```
 *
 * Type I has no header of its own.
 *
 * @module
 */
import { readU16be } from '../../../core/bytes.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import { kindAt, type LayerStack, offsetAt } from '../../dissect/layer-stack.ts';
import type { Cursor } from '../cursor.ts';
import { decimalId, type Layer, NO_FIELD, withIpv4 } from '../layer.ts';
import { ETHERTYPE_ERSPAN2, ETHERTYPE_ERSPAN3 } from '../link/ether-type.ts';
import { readGreSequence } from './gre.ts';

/** Version field: 1 for type II, 2 for type III. */
export const readErspanVersion = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) >>> 4;
/** Session id, 10 bits. */
export const readErspanSession = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 2) & 0x03ff;
/** VLAN id of the mirrored frame, 12 bits. */
export const readErspanVlan = (bytes: Uint8Array, at: number): number => readU16be(bytes, at) & 0x0fff;

/** Sequence number of the GRE header before a layer; `NO_FIELD` without one. */
function readSequenceBefore(stack: LayerStack, i: number): number {
  return kindAt(stack, i - 1) === LAYER.gre
    ? (readGreSequence(stack.bytes, offsetAt(stack, i - 1)) ?? NO_FIELD)
    : NO_FIELD;
}

function dissectErspan(cursor: Cursor): LayerKind {
  const { stack } = cursor;
  // With type I, the GRE header has no sequence number.
  const isFirstType = cursor.hint === ETHERTYPE_ERSPAN2 && kindAt(stack, stack.count - 1) === LAYER.gre;
  if (isFirstType && readSequenceBefore(stack, stack.count) === NO_FIELD) {
    cursor.push(0);
    return LAYER.ethernet;
  }
  if (!cursor.need(8)) return LAYER.none;
  const { bytes, at } = cursor;
  const version = readErspanVersion(bytes, at);
  if (version === 1) {
    cursor.push(8);
    return LAYER.ethernet;
  }
  if (version !== 2) return cursor.fail('bad-version');
  if (!cursor.need(12)) return LAYER.none;
  const headerBytes = (bytes[at + 11] ?? 0) & 1 ? 20 : 12;
  if (!cursor.need(headerBytes)) return LAYER.none;
  const frameType = ((bytes[at + 10] ?? 0) >>> 2) & 0x1f;
  cursor.push(headerBytes);
  return frameType === 0 ? LAYER.ethernet : frameType === 2 ? LAYER.ipv4 : LAYER.none;
}

/** ERSPAN types I to III. Type I has an empty header. */
export const erspan: Layer<'erspan'> = {
  name: 'erspan',
  group: 'tunnel',
  dissect: dissectErspan,
  carriers: { etherTypes: [ETHERTYPE_ERSPAN2, ETHERTYPE_ERSPAN3] },
  tunnel: {
    kindAt: 'erspan',
    // IP 20, GRE 4 or 8, header 0 to 20, Ethernet 14.
    kinds: { erspan: { headerBytes: withIpv4(38, 62), idText: decimalId('session'), hasFlows: true } },
    id: ({ bytes, offsets, headerBytes }, i) =>
      headerBytes[i] === 0 ? NO_FIELD : readErspanSession(bytes, offsets[i] ?? 0),
    sequence: { bits: 32, read: readSequenceBefore },
  },
  title: null,
};
