/**
 * IP directly in IP (RFC 2003, RFC 2473, RFC 4213 §3). Extension headers and AH may be between the two. The inner layer
 * counts as the tunnel header.
 *
 * @module
 */
import { isExtension, isIp, LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import { kindAt, type LayerStack } from '../../dissect/layer-stack.ts';

/** The kind of the IP layer that directly contains an IP layer; `LAYER.none` if there is none. */
export function outerIp(stack: LayerStack, index: number): LayerKind {
  let outer = index - 1;
  while (outer >= 0 && isBetween(kindAt(stack, outer))) outer--;
  const kind = kindAt(stack, outer);
  return isIp(kind) ? kind : LAYER.none;
}

function isBetween(kind: LayerKind): boolean {
  return kind === LAYER.ah || isExtension(kind);
}
