/**
 * Octets of a packet, printed as by `tcpdump -x`.
 *
 * @module
 */
import { kindAt, type LayerStack, offsetAt } from '../../../capture/dissect/layer-stack.ts';
import { byKind } from '../../../capture/dissect/layer-table.ts';
import type { CaptureRecord } from '../../../capture/record.ts';
import type { LineWriter } from './line-writer.ts';

const LINE_BYTES = 16;
const IS_LINK = byKind(({ group }) => group === 'link');

/**
 * Writes the octets of a packet, 16 a line, from the first layer above the link layer on.
 *
 * @param record - the record of which the stack was dissected. Its octets are printed as they are in the capture,
 * unless the packet was reassembled from fragments
 */
export function hexDump(out: LineWriter, record: CaptureRecord, stack: LayerStack): void {
  const first = firstAboveLink(stack);
  const isWhole = stack.fragment === 'reassembled';
  const bytes = isWhole ? stack.bytes : record.bytes;
  const at = isWhole
    ? offsetAt(stack, first)
    : record.offset + (stack.count === 0 ? 0 : offsetAt(stack, first) - offsetAt(stack, 0));
  const end = at + (stack.count === 0 ? record.capturedBytes : (stack.capturedBytes[first] ?? 0));
  for (let line = at; line < end; line += LINE_BYTES) {
    out
      .text('\t')
      .hex(line - at, 4)
      .text(': ');
    for (let i = line; i < Math.min(line + LINE_BYTES, end); i++) {
      if ((i - line) % 2 === 0) out.text(' ');
      out.hexDigits(bytes[i] ?? 0, 2);
    }
    out.newline();
  }
}

function firstAboveLink(stack: LayerStack): number {
  for (let i = 0; i < stack.count; i++) if (IS_LINK[kindAt(stack, i)] !== true) return i;
  return 0;
}
