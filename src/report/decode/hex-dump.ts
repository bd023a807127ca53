/**
 * Octets of a packet as tcpdump's -x prints them: from the first layer above the link layer on.
 *
 * @module
 */
import { LAYER } from '../../capture/layer-kind.ts';
import { kindAt, type LayerStack, offsetAt } from '../../capture/layer-stack.ts';
import type { LineWriter } from './line-writer.ts';

const LINE_BYTES = 16;

export function hexDump(out: LineWriter, stack: LayerStack): void {
  const first = firstAboveLink(stack);
  const at = offsetAt(stack, first);
  const end = at + (stack.capturedBytes[first] ?? 0);
  for (let line = at; line < end; line += LINE_BYTES) {
    out
      .text('\t')
      .hex(line - at, 4)
      .text(': ');
    for (let i = line; i < Math.min(line + LINE_BYTES, end); i++) {
      if ((i - line) % 2 === 0) out.text(' ');
      out.hexDigits(stack.bytes[i] ?? 0, 2);
    }
    out.newline();
  }
}

function firstAboveLink(stack: LayerStack): number {
  for (let i = 0; i < stack.count; i++) if (kindAt(stack, i) >= LAYER.mpls) return i;
  return 0;
}
