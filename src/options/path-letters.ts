/**
 * Letters of `-t` whose tests probe a path: they need no winze at the far end.
 *
 * @module
 */
import type { ProbeKind } from '../core/shapes/path/probe-spec.ts';
import type { Options } from './option-table.ts';

/** Letters that probe a path in every mode. `c` and `l` do so with `-x` only. */
export const PATH_LETTERS = { pi: 'ping', tr: 'trace', mtr: 'mtr', mtu: 'mtu' } as const satisfies Record<
  string,
  ProbeKind
>;

/** Letters that need no winze at the far end, and so are those of `-x`. */
export const EXTERNAL_LETTERS: readonly string[] = [...Object.keys(PATH_LETTERS), 'c', 'l'];

/** Whether a letter of `-t` is one of {@link PATH_LETTERS}. */
export function isPathLetter(letter: string): letter is keyof typeof PATH_LETTERS {
  return Object.hasOwn(PATH_LETTERS, letter);
}

/** Whether the options ask for probes of a path alone, and for no test against a server. */
export function asksForPath({ external, test }: Options): boolean {
  return external !== undefined || (test !== undefined && test.length > 0 && test.every(isPathLetter));
}

/** Whether a test has the trace back that `--both` asks for. It is made once, so that of tr and mtr tr has it. */
export function hasTraceBack({ both, test = [] }: Options, kind: ProbeKind): boolean {
  return both === true && (kind === 'trace' || (kind === 'mtr' && !test.includes('tr')));
}
