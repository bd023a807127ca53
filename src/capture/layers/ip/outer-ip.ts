/**
 * IP straight in IP (RFC 2003, RFC 2473, RFC 4213 §3): extension headers and AH may stand between. The inner layer is
 * the tunnel's.
 *
 * @module
 */
import { isExtension, isIp, LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import { kindAt, type LayerStack } from '../../dissect/layer-stack.ts';

/** The IP layer that an IP layer stands straight in; `LAYER.none` if it does in none. */
export function outerIp(stack: LayerStack, index: number): LayerKind {
  let outer = index - 1;
  while (outer >= 0 && isBetween(kindAt(stack, outer))) outer--;
  const kind = kindAt(stack, outer);
  return isIp(kind) ? kind : LAYER.none;
}

function isBetween(kind: LayerKind): boolean {
  return kind === LAYER.ah || isExtension(kind);
}
