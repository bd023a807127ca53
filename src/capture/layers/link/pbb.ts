/**
 * Provider backbone bridges (MAC-in-MAC): the tag of a service instance and the customer's frame (IEEE 802.1Q §9.7,
 * formerly 802.1ah).
 *
 * ```text
 * 0 priority 3 bits, drop 1, use customer addresses 1, reserved 1, format 2    1 I-SID 3    4 frame
 * ```
 *
 * @module
 */
import { readU32be } from '../../../core/bytes.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor } from '../cursor.ts';
import { decimalId, inHeader, type Layer, withoutIpv4 } from '../layer.ts';
import { ETHERNET_HEADER_BYTES } from './ethernet.ts';

const TAG_BYTES = 4;

const readServiceId = (bytes: Uint8Array, at: number): number => readU32be(bytes, at) & 0xff_ffff;

function dissectPbb(cursor: Cursor): LayerKind {
  if (!cursor.need(TAG_BYTES)) return LAYER.none;
  // Only format 0 is defined. A receiver discards all others.
  if (((cursor.bytes[cursor.at] ?? 0) & 3) !== 0) return cursor.fail('bad-version');
  cursor.push(TAG_BYTES);
  return LAYER.ethernet;
}

/** PBB service instance tag (I-TAG). */
export const pbb: Layer<'pbb', string> = {
  name: 'pbb',
  group: 'tunnel',
  dissect: dissectPbb,
  carriers: { etherTypes: [0x88e7] },
  tunnel: {
    kindAt: 'pbb',
    kinds: {
      pbb: {
        headerBytes: withoutIpv4(TAG_BYTES + ETHERNET_HEADER_BYTES, TAG_BYTES + ETHERNET_HEADER_BYTES),
        idText: decimalId('isid'),
        hasFlows: true,
      },
    },
    id: inHeader(readServiceId),
    sequence: null,
  },
  title: 'PBB',
};
