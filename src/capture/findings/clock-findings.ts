/**
 * Findings about clock jumps in the capture. They are listed first, since ages across a jump are meaningless.
 *
 * @module
 */
import { counted } from '../../core/units.ts';
import type { ClockJump, Finding } from '../documents/capture-report.ts';
import { durationText, finding } from './finding.ts';

/** One finding for jumps of one clock, and one for interfaces with different clocks. */
export function clockFindings(jumps: readonly ClockJump[]): readonly Finding[] {
  return [...jumped(jumps), ...differing(jumps)];
}

function jumped(jumps: readonly ClockJump[]): readonly Finding[] {
  const all = jumps.filter(({ between_interfaces }) => between_interfaces === null);
  const [first] = all;
  if (first === undefined) return [];
  const more = all.length > 1 ? `, and ${counted(all.length - 1, 'time')} more` : '';
  const what = `${jumpWords(first)}${more}: the clock was set, the host slept, or captures were put together`;
  const next = `ages and times across it are not judged; cut the capture there and read each part (editcap -r FILE PART 1-${first.frame_before})`;
  const frames = all.flatMap(({ frame_before, frame }) => [frame_before, frame]);
  return [finding(['clock-jump', 'warning', 'likely'], null, what, next, frames)];
}

function differing(jumps: readonly ClockJump[]): readonly Finding[] {
  const all = jumps.filter(({ between_interfaces }) => between_interfaces !== null);
  const [first] = all;
  if (first?.between_interfaces === undefined || first.between_interfaces === null) return [];
  const next =
    'ages and times from one to the other are not judged; read each by itself (--filter), or correct one (editcap -t)';
  const frames = all.map(({ frame }) => frame);
  return [finding(['clocks-differ', 'warning', 'certain'], null, jumpWords(first), next, frames)];
}

/** A clock jump in words: which frames, and by how much. */
export function jumpWords({ frame, frame_before, jump_ns, between_interfaces }: ClockJump): string {
  const by = durationText(Math.abs(jump_ns));
  if (between_interfaces !== null) {
    const [one, other] = between_interfaces;
    return `the clock of interface ${other} is about ${by} ${jump_ns < 0 ? 'behind' : 'ahead of'} that of interface ${one}`;
  }
  return `the time jumps ${jump_ns < 0 ? 'back' : 'forward'} by ${by} between frames ${frame_before} and ${frame}`;
}
