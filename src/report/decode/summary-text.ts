/**
 * The summary of a capture as text.
 *
 * @module
 */
import type { CaptureSummary } from '../../capture/summary.ts';
import { isWireguardKind } from '../../capture/tunnel-kind.ts';
import type { TunnelKindReport } from '../../core/capture-tunnels.ts';
import { column, counted, grouped } from './report-figures.ts';
import { tunnelLines } from './tunnels-text.ts';

/** Stacks and errors that are listed; the rest is counted. */
const MAX_ROWS = 20;

/**
 * @param name - of the capture, already printable
 * @param report - what stands between the first lines and the counts of layers; ends in a line break, or is empty
 */
export function summaryText(name: string, summary: CaptureSummary, report = ''): string {
  const { frames, bytes, startS, endS, stacks, otherFrames, tunnels, errors, cutFrames } = summary;
  const lines = [
    `${name}: ${counted(frames, 'frame')}, ${grouped(bytes)} bytes${span(startS, endS)}`,
    ...(cutFrames > 0 ? [`  ${counted(cutFrames, 'frame')} cut by the snap length`] : []),
    ...(report === '' ? [] : ['', report]),
  ];
  if (stacks.length > 0) lines.push('layers');
  for (const stack of stacks.slice(0, MAX_ROWS)) {
    lines.push(`  ${column(stack.frames)}  ${stack.layers.join(' > ')}`);
  }
  const unlisted = stacks.slice(MAX_ROWS).reduce((sum, stack) => sum + stack.frames, otherFrames);
  if (unlisted > 0) lines.push(`  ${column(unlisted)}  others`);
  if (tunnels.kinds.length > 0) lines.push('tunnels');
  for (const tunnel of tunnels.kinds) lines.push(`  ${tunnelLine(tunnel)}`);
  lines.push(...tunnelLines(tunnels));
  if (errors.length > 0) lines.push('errors');
  for (const { error, layer, frames, firstFrame } of errors.slice(0, MAX_ROWS)) {
    lines.push(`  ${column(frames)}  ${layer}: ${error}, first in frame ${firstFrame}`);
  }
  return `${lines.join('\n')}\n`;
}

function tunnelLine({ kind, packets, outer_bytes, inner_bytes }: TunnelKindReport): string {
  const outer = `${column(packets)}  ${kind}: ${grouped(outer_bytes)} bytes outside`;
  if (inner_bytes === null) return `${outer}, encrypted inside`;
  // Padding cannot be told from a packet without keys.
  const bound = isWireguardKind(kind) ? '<= ' : '';
  const share = outer_bytes > 0 ? ` (${((100 * inner_bytes) / outer_bytes).toFixed(1)}%)` : '';
  return `${outer}, ${bound}${grouped(inner_bytes)} inside${share}`;
}

function span(startS: number | null, endS: number | null): string {
  return startS === null || endS === null ? '' : `, ${(endS - startS).toFixed(3)} s`;
}
