/**
 * Which layers are tunnels, and what each is called.
 *
 * @module
 */
import type { WireguardKind } from '../documents/capture-report.ts';
import type { Layer, TunnelFacts } from '../layers/layer.ts';
import { LAYER } from './layer-kind.ts';
import { kindAt, type LayerStack } from './layer-stack.ts';
import { byKind, LAYERS } from './layer-table.ts';

type KindOf<Row> = Row extends Layer<infer Kind, string | null> ? Kind : never;
export type TunnelKind = KindOf<(typeof LAYERS)[keyof typeof LAYERS]>;

const FACTS = Object.assign({}, ...Object.values(LAYERS).map(({ tunnel }) => tunnel?.kinds)) as Record<
  TunnelKind,
  TunnelFacts
>;

export const TUNNEL_KINDS = Object.keys(FACTS) as readonly TunnelKind[];

/** What is known of a kind besides its headers. */
export function tunnelFacts(kind: TunnelKind): TunnelFacts {
  return FACTS[kind];
}

/** WireGuard and what differs from it in headers only: packets inside are padded, and sealed. */
export function isWireguardKind(kind: string): kind is WireguardKind {
  return kind === 'wireguard' || kind === 'warp' || kind === 'amneziawg';
}

/** Which of them the messages of a WireGuard or WARP layer are. */
export function wireguardKindAt(stack: LayerStack, layer: number): WireguardKind {
  if (kindAt(stack, layer) === LAYER.warp) return 'warp';
  return stack.disguisedType < 0 ? 'wireguard' : 'amneziawg';
}

type KindAt = TunnelKind | ((stack: LayerStack, index: number) => TunnelKind | null) | null;
const KIND_AT = byKind(({ tunnel }) => tunnel?.kindAt ?? null) as readonly KindAt[];

/** The tunnel that a layer is the header of; `null` if it is none. */
export function tunnelAt(stack: LayerStack, index: number): TunnelKind | null {
  const kind = KIND_AT[kindAt(stack, index)] ?? null;
  return typeof kind === 'function' ? kind(stack, index) : kind;
}
