/**
 * What the functions that print a layer share.
 *
 * @module
 */
import { LAYER } from '../../../capture/dissect/layer-kind.ts';
import { kindAt, type LayerStack } from '../../../capture/dissect/layer-stack.ts';
import type { LineWriter } from './line-writer.ts';

/**
 * Prints one layer of a stack. It follows what the layers before it have printed on the same line.
 *
 * @param verbose - print the fields that seldom matter
 */
export type LinePart = (out: LineWriter, stack: LayerStack, index: number, verbose: boolean) => void;

/** Whether nothing that is known follows the layer: it prints what its payload is then. */
export function isLast(stack: LayerStack, index: number): boolean {
  return kindAt(stack, index + 1) === LAYER.none;
}

/** Prints the names of the flags that are set, or `none`. */
export function flagNames(
  out: LineWriter,
  flags: number,
  names: readonly (readonly [bit: number, name: string])[],
): void {
  let isFirst = true;
  for (const [bit, name] of names) {
    if ((flags & bit) === 0) continue;
    if (!isFirst) out.text(',');
    out.text(name);
    isFirst = false;
  }
  if (isFirst) out.text('none');
}
