/**
 * Whether results have colours.
 *
 * @module
 */
import type { CliDeps } from './deps.ts';
import type { Options } from './option-table.ts';

/** Colours are for a terminal that has them, unless the user says no (https://no-color.org). */
export function wantsColor({ stdout, env }: Pick<CliDeps, 'stdout' | 'env'>, options: Options): boolean {
  return stdout.isTTY && !options.noColor && !env.NO_COLOR && env.TERM !== 'dumb';
}
