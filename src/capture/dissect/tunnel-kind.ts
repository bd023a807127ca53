/**
 * The kinds of tunnels, and which layers are their headers.
 *
 * @module
 */
import type { WireguardKind } from '../documents/capture-wireguard.ts';
import type { Layer, TunnelFacts } from '../layers/layer.ts';
import { LAYER } from './layer-kind.ts';
import { kindAt, type LayerStack } from './layer-stack.ts';
import { byKind, LAYERS } from './layer-table.ts';

type KindOf<Row> = Row extends Layer<infer Kind, string | null> ? Kind : never;
/** Name of a kind of tunnel in reports and filters, such as `vxlan` or `6in4`. Derived from the layer table. */
export type TunnelKind = KindOf<(typeof LAYERS)[keyof typeof LAYERS]>;

const FACTS = Object.assign({}, ...Object.values(LAYERS).map(({ tunnel }) => tunnel?.kinds)) as Record<
  TunnelKind,
  TunnelFacts
>;

/** All kinds of tunnels. Code stores a kind as its index here. */
export const TUNNEL_KINDS = Object.keys(FACTS) as readonly TunnelKind[];

/** Properties of a kind of tunnel that do not depend on the packet. */
export function tunnelFacts(kind: TunnelKind): TunnelFacts {
  return FACTS[kind];
}

/** Whether a kind is WireGuard or one of its variants: their inner packets are padded and encrypted. */
export function isWireguardKind(kind: string): kind is WireguardKind {
  return kind === 'wireguard' || kind === 'warp' || kind === 'amneziawg';
}

/** The kind of a WireGuard or WARP layer. */
export function wireguardKindAt(stack: LayerStack, layer: number): WireguardKind {
  if (kindAt(stack, layer) === LAYER.warp) return 'warp';
  return stack.obfuscatedType < 0 ? 'wireguard' : 'amneziawg';
}

type KindAt = TunnelKind | ((stack: LayerStack, index: number) => TunnelKind | null) | null;
const KIND_AT = byKind(({ tunnel }) => tunnel?.kindAt ?? null) as readonly KindAt[];

/** The tunnel whose header a layer is; `null` if it is not a tunnel header. */
export function tunnelAt(stack: LayerStack, index: number): TunnelKind | null {
  const kind = KIND_AT[kindAt(stack, index)] ?? null;
  return typeof kind === 'function' ? kind(stack, index) : kind;
}
