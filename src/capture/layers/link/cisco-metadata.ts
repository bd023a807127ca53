/**
 * Cisco MetaData: a security group tag before the real EtherType.
 *
 * ```text
 * version 1 · options in words 1 · options · EtherType 2; in GRE the EtherType comes first
 * ```
 *
 * @module
 */
import { readU16be } from '../../../core/bytes.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor } from '../cursor.ts';
import type { Layer } from '../layer.ts';

function dissectCiscoMetadata(cursor: Cursor): LayerKind {
  if (!cursor.need(4)) return LAYER.none;
  const { bytes, at } = cursor;
  const isTypeLast = bytes[at] === 1;
  const headerBytes = 4 + (bytes[isTypeLast ? at + 1 : at + 3] ?? 0) * 4;
  if (!cursor.need(headerBytes)) return LAYER.none;
  cursor.push(headerBytes);
  cursor.hint = readU16be(bytes, isTypeLast ? at + headerBytes - 2 : at);
  return cursor.layerOfEtherType(cursor.hint);
}

/** Cisco MetaData header. The tag is not decoded. */
export const ciscoMetadata: Layer = {
  name: 'cisco-metadata',
  group: 'link',
  dissect: dissectCiscoMetadata,
  carriers: { etherTypes: [0x8909] },
  tunnel: null,
  title: null,
};
