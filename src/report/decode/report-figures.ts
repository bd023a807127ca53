/**
 * Figures of a capture report in few columns.
 *
 * @module
 */

import type { ByteBounds, RatioBounds } from '../../capture/documents/capture-report.ts';
import { durationText } from '../../capture/findings/finding.ts';
import { UNKNOWN } from '../text/figures.ts';
import { wrap } from '../text/layout.ts';

/** 1234567 as 1,234,567. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** The first column of a summary's rows. */
export function column(value: number): string {
  return grouped(value).padStart(11);
}

/** Lines of a list of counts: how many, and of what. */
export function countLines(value: number, words: string): readonly string[] {
  return wrap(`  ${column(value)}  ${words}`, ' '.repeat(17));
}

export function counted(value: number, noun: string): string {
  return `${grouped(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** A time in the capture: `+120.263 s`, `+19,564.7 days`. */
export function atText(ns: number | null): string {
  return ns === null ? UNKNOWN : `${ns < 0 ? '-' : '+'}${durationText(Math.abs(ns), 3)}`;
}

/** `372,030 to 380,520`; one number where both are the same. */
export function boundsText({ min, max }: ByteBounds): string {
  return min === max ? grouped(max) : `${grouped(min)} to ${grouped(max)}`;
}

/** `87.9 to 89.9%`. */
export function ratioBoundsText({ min, max }: RatioBounds): string {
  if (min === null || max === null) return UNKNOWN;
  const [low, high] = [(100 * min).toFixed(1), (100 * max).toFixed(1)];
  return low === high ? `${high}%` : `${low} to ${high}%`;
}

export function ratioText(ratio: number | null): string {
  if (ratio === null) return UNKNOWN;
  if (ratio === 0) return '0%';
  return `${ratio >= 0.0995 ? (100 * ratio).toFixed(1) : (100 * ratio).toPrecision(2)}%`;
}

/** Some of the frames: `12, 15, 19`. */
export function framesText(frames: readonly number[], limit: number): string {
  const shown = frames.slice(0, limit).join(', ');
  return frames.length > limit ? `${shown}, …` : shown;
}

export function indexText(index: number | null): string {
  return index === null ? UNKNOWN : `0x${index.toString(16).padStart(8, '0')}`;
}
