/**
 * Words for the marks of an axis.
 *
 * @module
 */
import { NS_PER_S } from '../../../core/time.ts';
import { shortTimeText } from '../../text/figures.ts';

/** A time since the start: `0 s`, `4 s`, `1 min 30 s`, `2 h`, `1 d 2 h`. */
export function elapsedWords(ns: number): string {
  const seconds = ns / NS_PER_S;
  if (seconds < 60) return `${Number(seconds.toFixed(2))} s`;
  let rest = Math.round(seconds);
  const parts: string[] = [];
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ] as const) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.slice(0, 2).join(' ');
}

/** A time without decimals that say nothing: `1ms`, `2.5ms`. */
export function timeMark(ns: number): string {
  return shortTimeText(ns).replace(/\.0+(?=\D)|(\.\d*?[1-9])0+(?=\D)/, '$1');
}
