/**
 * Shared by the functions that print one layer of a packet.
 *
 * @module
 */
import { LAYER } from '../../../capture/dissect/layer-kind.ts';
import { kindAt, type LayerStack } from '../../../capture/dissect/layer-stack.ts';
import type { LineWriter } from './line-writer.ts';

/**
 * Prints one layer of a stack, behind the layers that are already on the line.
 *
 * @param index - place of the layer in the stack
 * @param verbose - also print the fields that seldom matter
 */
export type LinePart = (out: LineWriter, stack: LayerStack, index: number, verbose: boolean) => void;

/** Whether no known layer follows. If so, the layer prints the kind and the length of its payload. */
export function isLast(stack: LayerStack, index: number): boolean {
  return kindAt(stack, index + 1) === LAYER.none;
}

/** Prints the names of the flags that are set, with commas between them, or `none`. */
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
