/**
 * Values of a package that returns '', 0 or -1 for what it does not know.
 *
 * @module
 */

/** Longer texts are cut; the system sets no limit. */
const MAX_CHARACTERS = 255;

/**
 * Text with a meaning, trimmed and cut to 255 characters; `null` for placeholders such as `unknown`, and other types.
 */
export function textOf(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const text = value.trim().slice(0, MAX_CHARACTERS);
  return text === '' || /^(unknown|default string|not specified|none|-)$/i.test(text) ? null : text;
}

/** A number above 0; `null` otherwise. */
export function positiveOf(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number > 0 ? number : null;
}

/** A whole number above 0; `null` otherwise. */
export function countOf(value: unknown): number | null {
  const number = positiveOf(value);
  return number !== null && Number.isSafeInteger(number) ? number : null;
}

/** Converts Mbit/s to bit/s; `null` for values that are not positive. */
export function rateOf(mbps: unknown): number | null {
  const number = positiveOf(mbps);
  return number === null ? null : Math.round(number * 1e6);
}
