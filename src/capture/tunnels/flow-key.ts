/**
 * The key of a tunnel flow: kind, id, and the outer source and destination addresses.
 *
 * Ports are not part of the key: VXLAN, Geneve and MPLS in UDP derive the source port from the inner flow.
 *
 * @module
 */
import { readU32be } from '../../core/bytes.ts';
import { addressText } from '../address-text.ts';
import { LAYER } from '../dissect/layer-kind.ts';
import { kindAt, type LayerStack, offsetAt } from '../dissect/layer-stack.ts';
import type { KeyTable } from '../key-table.ts';
import { ipv4SourceAt } from '../layers/ip/ipv4.ts';
import { ipv6SourceAt } from '../layers/ip/ipv6.ts';
import { NO_FIELD } from '../layers/layer.ts';
import { readTunnelFlowId } from './tunnel-id.ts';

/** Words of a key: kind of tunnel with a flag for an id, the id, IP version (0: none), both addresses. */
const KIND = 0;
const ID = 1;
const FAMILY = 2;
const SOURCE = 3;
const HAS_ID = 0x100;

/**
 * Fills `key` with the key of the tunnel at layer `index`.
 *
 * @param ip - the outer IP layer; -1 if there is none
 * @param kindIndex - index of the kind in `TUNNEL_KINDS`
 * @returns the number of words of the key
 */
export function flowKeyOf(stack: LayerStack, index: number, ip: number, kindIndex: number, key: Int32Array): number {
  const id = readTunnelFlowId(stack, index);
  key[KIND] = id === NO_FIELD ? kindIndex : kindIndex | HAS_ID;
  key[ID] = id === NO_FIELD ? 0 : id | 0;
  key[FAMILY] = 0;
  if (ip < 0) return SOURCE;
  const { bytes } = stack;
  const isV4 = kindAt(stack, ip) === LAYER.ipv4;
  key[FAMILY] = isV4 ? 4 : 6;
  const words = isV4 ? 2 : 8;
  const source = isV4 ? ipv4SourceAt(offsetAt(stack, ip)) : ipv6SourceAt(offsetAt(stack, ip));
  for (let i = 0; i < words; i++) key[SOURCE + i] = readU32be(bytes, source + i * 4) | 0;
  return SOURCE + words;
}

/** Index in `TUNNEL_KINDS` of the kind of flow `number`. */
export function flowKindOf(keys: KeyTable, number: number): number {
  return keys.word(number, KIND) & (HAS_ID - 1);
}

/** Id of flow `number`, 0 to 2^32 - 1; `NO_FIELD` if it has none. */
export function flowId(keys: KeyTable, number: number): number {
  return (keys.word(number, KIND) & HAS_ID) === 0 ? NO_FIELD : keys.word(number, ID) >>> 0;
}

/** Outer address of flow `number` as text; `null` if the tunnel is below IP. */
export function flowAddress(keys: KeyTable, number: number, end: 'source' | 'destination'): string | null {
  const family = keys.word(number, FAMILY);
  if (family === 0) return null;
  const words = family === 4 ? 1 : 4;
  const first = end === 'source' ? SOURCE : SOURCE + words;
  return addressText(words, (i) => keys.word(number, first + i));
}
