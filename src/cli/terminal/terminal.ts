/**
 * Properties of the terminal: columns, colours and characters.
 *
 * @module
 */

import type { Options } from '../../options/option-table.ts';
import type { CliDeps } from '../deps.ts';

/**
 * Columns of a line of results: the variable `COLUMNS`, or the width of the terminal; `undefined` if neither is known.
 */
export function columnsOf({ stdout, env }: Pick<CliDeps, 'stdout' | 'env'>): number | undefined {
  const asked = /^\d{1,5}$/.test(env.COLUMNS ?? '') ? Number(env.COLUMNS) : 0;
  return asked > 0 ? asked : stdout.columns;
}

/**
 * Whether results have colours: on a terminal that supports them, unless the user disables them (https://no-color.org).
 */
export function wantsColor({ stdout, env }: Pick<CliDeps, 'stdout' | 'env'>, options: Options): boolean {
  return stdout.isTTY && !options.noColor && !env.NO_COLOR && env.TERM !== 'dumb';
}

/**
 * Whether text has to be ASCII because of the locale. The first of these variables that is not empty names the locale;
 * if all are empty, it is the POSIX locale (POSIX.1-2024, XBD 8.2). Windows has no such variables, and its consoles
 * support all characters.
 */
export function hasAsciiLocale({ env, platform }: Pick<CliDeps, 'env' | 'platform'>): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG;
  if (!locale) return platform !== 'win32';
  return !/utf-?8/i.test(locale);
}
