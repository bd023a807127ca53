/**
 * What the place takes to which text goes: columns, colours and characters.
 *
 * @module
 */
import type { CliDeps } from '../deps.ts';
import type { Options } from '../options/option-table.ts';

/**
 * Columns of a line of results: what the user says with `COLUMNS`, or those of the terminal; `undefined` where neither
 * tells.
 */
export function columnsOf({ stdout, env }: Pick<CliDeps, 'stdout' | 'env'>): number | undefined {
  const asked = /^\d{1,5}$/.test(env.COLUMNS ?? '') ? Number(env.COLUMNS) : 0;
  return asked > 0 ? asked : stdout.columns;
}

/** Colours are for a terminal that has them, unless the user says no (https://no-color.org). */
export function wantsColor({ stdout, env }: Pick<CliDeps, 'stdout' | 'env'>, options: Options): boolean {
  return stdout.isTTY && !options.noColor && !env.NO_COLOR && env.TERM !== 'dumb';
}

/**
 * Whether text is to be plain ASCII by the locale: the first of these variables that is not empty names it, and none
 * is the POSIX locale (POSIX.1-2024, XBD 8.2). Windows has none of them, and its consoles have all characters.
 */
export function hasAsciiLocale({ env, platform }: Pick<CliDeps, 'env' | 'platform'>): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG;
  if (!locale) return platform !== 'win32';
  return !/utf-?8/i.test(locale);
}
