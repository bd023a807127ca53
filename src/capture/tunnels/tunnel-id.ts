/**
 * Reads the unencrypted id and sequence number of a tunnel header.
 *
 * @module
 */
import { kindAt, type LayerStack } from '../dissect/layer-stack.ts';
import { byKind } from '../dissect/layer-table.ts';
import { type TunnelKind, tunnelFacts } from '../dissect/tunnel-kind.ts';
import { NO_FIELD } from '../layers/layer.ts';

const IDS = byKind(({ tunnel }) => tunnel?.id ?? null);
const SEQUENCES = byKind(({ tunnel }) => tunnel?.sequence ?? null);

/** The id of the tunnel at a layer, 0 to 2^32 - 1; `NO_FIELD` if it has none. */
export function readTunnelFlowId(stack: LayerStack, index: number): number {
  return IDS[kindAt(stack, index)]?.(stack, index) ?? NO_FIELD;
}

/** The sequence number of the tunnel at a layer; `NO_FIELD` if it has none. */
export function readTunnelSequence(stack: LayerStack, index: number): number {
  return SEQUENCES[kindAt(stack, index)]?.read(stack, index) ?? NO_FIELD;
}

/** Size in bits of the sequence numbers of the tunnel at a layer, which must have them. */
export function sequenceBits(stack: LayerStack, index: number): 16 | 32 {
  return SEQUENCES[kindAt(stack, index)]?.bits ?? 32;
}

/** Formats an id as its protocol writes it, such as `vni 7`; `null` if `id` is `NO_FIELD` or the kind has no ids. */
export function tunnelIdText(kind: TunnelKind, id: number): string | null {
  return id < 0 ? null : (tunnelFacts(kind).idText?.(id) ?? null);
}
