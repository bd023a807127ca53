/**
 * Makes the texts and numbers of a stored document fit for a terminal, whoever wrote it.
 *
 * @module
 */
import { printable } from '../../core/printable.ts';

/** More than any text in a report has. */
const MOST_CHARACTERS = 2000;

/**
 * The same value with control characters of its texts as escapes, long texts cut, and numbers that are not finite as `null`:
 * JSON has numbers beyond the range of a double.
 */
export function cleaned<T>(value: T): T {
  return clean(value) as T;
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return printable(value.slice(0, MOST_CHARACTERS), MOST_CHARACTERS);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, clean(one)]));
}
