/**
 * Figures of a capture report in few columns.
 *
 * @module
 */

import type { ByteBounds, RatioBounds } from '../../capture/documents/capture-wireguard.ts';
import { durationText } from '../../capture/findings/finding.ts';
import { UNKNOWN } from '../text/figures.ts';
import { wrap } from '../text/layout.ts';

/** A whole number with commas between groups of three digits: 1234567 is `1,234,567`. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A count as the first column of the rows of a summary, 11 characters wide and aligned right. */
export function column(value: number): string {
  return grouped(value).padStart(11);
}

/** The lines of one entry of a summary: the count, and what was counted. */
export function countLines(value: number, words: string): readonly string[] {
  return wrap(`  ${column(value)}  ${words}`, ' '.repeat(17));
}

/** A count with its noun, in the plural unless it is 1: `1 frame`, `1,234 frames`. */
export function counted(value: number, noun: string): string {
  return `${grouped(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** A time since the first packet of the capture, from nanoseconds: `+120.263 s`, `+19,564.7 days`. */
export function atText(ns: number | null): string {
  return ns === null ? UNKNOWN : `${ns < 0 ? '-' : '+'}${durationText(Math.abs(ns), 3)}`;
}

/** A number of octets of which only bounds are known: `372,030 to 380,520`, or one number if both are the same. */
export function boundsText({ min, max }: ByteBounds): string {
  return min === max ? grouped(max) : `${grouped(min)} to ${grouped(max)}`;
}

/** A share of which only bounds are known, as a percentage: `87.9 to 89.9%`; `-` if it is not known. */
export function ratioBoundsText({ min, max }: RatioBounds): string {
  if (min === null || max === null) return UNKNOWN;
  const [low, high] = [(100 * min).toFixed(1), (100 * max).toFixed(1)];
  return low === high ? `${high}%` : `${low} to ${high}%`;
}

/** A share as a percentage with at least two digits: `12.3%`, `0.057%`; `-` if it is not known. */
export function ratioText(ratio: number | null): string {
  if (ratio === null) return UNKNOWN;
  if (ratio === 0) return '0%';
  return `${ratio >= 0.0995 ? (100 * ratio).toFixed(1) : (100 * ratio).toPrecision(2)}%`;
}

/** The first `limit` frame numbers of a list, and `…` if there are more: `12, 15, 19, …`. */
export function framesText(frames: readonly number[], limit: number): string {
  const shown = frames.slice(0, limit).join(', ');
  return frames.length > limit ? `${shown}, …` : shown;
}

/** A sender or receiver index of WireGuard (whitepaper §5.4) as eight hexadecimal digits; `-` if it is not known. */
export function indexText(index: number | null): string {
  return index === null ? UNKNOWN : `0x${index.toString(16).padStart(8, '0')}`;
}
