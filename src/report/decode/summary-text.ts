/**
 * The summary of a capture as text.
 *
 * @module
 */
import { jumpWords } from '../../capture/findings/clock-findings.ts';
import { durationText } from '../../capture/findings/finding.ts';
import { linkTypeText } from '../../capture/link-type-name.ts';
import type { CaptureSummary } from '../../capture/summary.ts';
import { wrap } from '../text/layout.ts';
import { counted, countLines, grouped } from './report-figures.ts';
import { tunnelKindLines, tunnelLines } from './tunnels-text.ts';

/** Layer stacks and errors that are listed; the others are only counted. */
const MAX_ROWS = 20;
/** Jumps of the capture clock that are listed. */
const MAX_JUMPS = 3;

/**
 * The summary of a capture: its size, its layers, its tunnels and the packets that could not be decoded.
 *
 * @param name - name of the capture, already printable
 * @param about - `report` stands between the first lines and the counts of layers, and ends in a line break or is
 * empty; `decodeAs` are the ports that the user assigned to protocols
 */
export function summaryText(
  name: string,
  summary: CaptureSummary,
  { report = '', decodeAs = [] }: { readonly report?: string; readonly decodeAs?: readonly string[] } = {},
): string {
  const {
    frames,
    bytes,
    startS,
    endS,
    clockJumps,
    clockJumpsNotListed,
    stacks,
    otherFrames,
    tunnels,
    errors,
    cutFrames,
  } = summary;
  const lines = [
    ...wrap(`${name}: ${counted(frames, 'frame')}, ${grouped(bytes)} bytes${span(startS, endS)}`),
    ...(decodeAs.length > 0 ? wrap(`  decoded as told: ${decodeAs.join(', ')}`, '    ') : []),
    ...clockJumps.slice(0, MAX_JUMPS).flatMap((jump) => wrap(`  ${jumpWords(jump)}`, '    ')),
    ...(clockJumps.length > MAX_JUMPS
      ? [`  and ${counted(clockJumps.length - MAX_JUMPS + clockJumpsNotListed, 'such leap')} more`]
      : []),
    ...(cutFrames > 0 ? [`  ${counted(cutFrames, 'frame')} cut by the snap length`] : []),
    ...(report === '' ? [] : ['', report]),
  ];
  if (stacks.length > 0) lines.push('layers');
  for (const stack of stacks.slice(0, MAX_ROWS)) {
    lines.push(...countLines(stack.frames, stack.layers.join(' > ')));
  }
  const unlisted = stacks.slice(MAX_ROWS).reduce((sum, stack) => sum + stack.frames, otherFrames);
  if (unlisted > 0) lines.push(...countLines(unlisted, 'others'));
  lines.push(...tunnelKindLines('tunnels', tunnels), ...tunnelLines(tunnels));
  if (errors.length > 0) lines.push('errors');
  for (const { error, layer, linkType, frames, firstFrame } of errors.slice(0, MAX_ROWS)) {
    const where = linkType === null ? layer : linkTypeText(linkType);
    lines.push(...countLines(frames, `${where}: ${error}, first in frame ${firstFrame}`));
  }
  return `${lines.join('\n')}\n`;
}

function span(startS: number | null, endS: number | null): string {
  return startS === null || endS === null ? '' : `, ${durationText((endS - startS) * 1e9, 3)}`;
}
