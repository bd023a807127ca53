/**
 * Finds the layer that follows a header, by a number in that header. The numbers come from the layer table.
 *
 * @module
 */

import type { Cursor, NextLayers } from '../layers/cursor.ts';
import type { Carriers } from '../layers/layer.ts';
import { LAYER, type LayerKind } from './layer-kind.ts';
import { byKind } from './layer-table.ts';

const CARRIERS: readonly Carriers[] = byKind(({ carriers }) => carriers);

/** Builds a lookup table for a field of `bits` bits: the layer number for each value. */
function numbered(bits: number, numbersOf: (carriers: Carriers) => readonly number[] | undefined): Uint8Array {
  const kinds = new Uint8Array(2 ** bits);
  CARRIERS.forEach((carriers, kind) => {
    for (const number of numbersOf(carriers) ?? []) kinds[number] = kind;
  });
  return kinds;
}

const OF_LINK_TYPE = numbered(16, ({ linkTypes }) => linkTypes);

/** The first layer of a packet; `LAYER.none` for an unknown link type. */
export function layerOfLinkType(linkType: number): LayerKind {
  return OF_LINK_TYPE[linkType] ?? LAYER.none;
}

interface PortLayer {
  readonly kind: LayerKind;
  readonly fits: (cursor: Cursor) => boolean;
}

/** Lists of layers that share a UDP port; `OF_UDP_PORT` has the index of the list for each port, 0 without layers. */
const PORT_LAYERS: PortLayer[][] = [[]];
const OF_UDP_PORT = new Uint8Array(2 ** 16);
CARRIERS.forEach(({ udp = [] }, kind) => {
  for (const { port, fits } of udp) {
    if (fits === null) continue;
    OF_UDP_PORT[port] ||= PORT_LAYERS.push([]) - 1;
    PORT_LAYERS[OF_UDP_PORT[port] ?? 0]?.push({ kind, fits });
  }
});

/** Lookup tables for EtherTypes, IP protocol numbers and UDP ports. */
export const NEXT_LAYERS: NextLayers = {
  ofEtherType: numbered(16, ({ etherTypes }) => etherTypes),
  ofProtocol: numbered(8, ({ ipProtocols }) => ipProtocols),
  ofUdpPort(cursor, port) {
    const list = OF_UDP_PORT[port] ?? 0;
    if (list === 0) return LAYER.none;
    for (const { kind, fits } of PORT_LAYERS[list] ?? []) if (fits(cursor)) return kind;
    return LAYER.none;
  },
};
