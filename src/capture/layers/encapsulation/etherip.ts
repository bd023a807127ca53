/**
 * EtherIP (RFC 3378 §3): version 4 bits and reserved bits, two octets in all, then a frame.
 *
 * @module
 */
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor } from '../cursor.ts';
import { type Layer, withIpv4 } from '../layer.ts';

function dissectEtherip(cursor: Cursor): LayerKind {
  if (!cursor.need(2)) return LAYER.none;
  if ((cursor.bytes[cursor.at] ?? 0) >>> 4 !== 3) return cursor.fail('bad-version');
  cursor.push(2);
  return LAYER.ethernet;
}

/** EtherIP: an Ethernet frame in IP. */
export const etherip: Layer<'etherip', string> = {
  name: 'etherip',
  group: 'tunnel',
  dissect: dissectEtherip,
  carriers: { ipProtocols: [97] },
  tunnel: {
    kindAt: 'etherip',
    kinds: { etherip: { headerBytes: withIpv4(36, 36), idText: null, hasFlows: true } },
    id: null,
    sequence: null,
  },
  title: 'EtherIP',
};
