/**
 * The pass over the arguments before commander. It rewrites every spelling that ethr accepts to the GNU spelling
 * `--name` or `--name=value`.
 *
 * As in Go's flag package, which reads ethr's command line, `-x v`, `-x=v`, `--x v` and `--x=v` are
 * the same, single-dash words (`-port`) are options, and letters are never bundled (`-sr`).
 * Commander alone would read `-port` as `-p ort`.
 *
 * @module
 */
import { usageError } from '../core/errors.ts';
import { quoted } from '../core/printable.ts';
import { answerToForeign } from './foreign/foreign-options.ts';
import { answerToForeignValue } from './foreign/foreign-values.ts';
import { isNear } from './foreign/near.ts';
import { longName, type OptionRow } from './option-row.ts';
import { OPTIONS } from './option-table.ts';

/** Options by each of their names, without dashes. */
const BY_NAME: ReadonlyMap<string, OptionRow> = new Map(
  Object.values(OPTIONS).flatMap((row: OptionRow) => row.names.map((name) => [name.replace(/^--?/, ''), row] as const)),
);

/**
 * Rewrites the arguments after `winze` to long options. Arguments that are no options are kept.
 *
 * @throws NetError `ERR_USAGE` for an option that does not exist, or lacks its value
 */
export function normalizeArguments(argv: readonly string[]): string[] {
  const out: string[] = [];
  let index = 0;
  while (index < argv.length) {
    const argument = argv[index++] ?? '';
    if (argument === '--') return [...out, ...argv.slice(index - 1)];
    if (!isOption(argument)) {
      out.push(argument);
      continue;
    }
    const { typed, name, inline } = split(argument);
    const row = BY_NAME.get(name);
    if (row === undefined) throw unknownOption(typed, name, inline ?? wordAt(argv, index));
    const long = `--${longName(row.names)}`;
    if (row.kind === 'flag') {
      if (switchedOn(typed, inline)) out.push(long);
      continue;
    }
    if (inline !== undefined) {
      out.push(`${long}=${inline}`);
      continue;
    }
    const next = argv[index++];
    if (next === undefined) throw usageError(`${typed} needs a value: ${typed} ${row.value}`);
    if (isKnownOption(next)) {
      throw usageError(`${typed} needs a value: ${typed} ${row.value} (${quoted(next)} is an option)`);
    }
    out.push(`${long}=${next}`);
    while (row.kind === 'list' && row.variadic && index < argv.length && !isOption(argv[index] ?? '')) {
      out.push(`${long}=${argv[index++]}`);
    }
  }
  return out;
}

/** The name of an option as the user typed it last, for messages. */
export function typedName(argv: readonly string[], row: OptionRow): string {
  const typed = argv.filter((argument) => isOption(argument) && BY_NAME.get(split(argument).name) === row).at(-1);
  return typed === undefined ? row.names[0] : split(typed).typed;
}

/** Whether the argument is an option. A dash alone is not. */
function isOption(argument: string): boolean {
  return argument.startsWith('-') && argument !== '-';
}

function isKnownOption(argument: string): boolean {
  return isOption(argument) && BY_NAME.has(split(argument).name);
}

function split(argument: string): { typed: string; name: string; inline: string | undefined } {
  const equals = argument.indexOf('=');
  const typed = equals < 0 ? argument : argument.slice(0, equals);
  return {
    typed: quoted(typed),
    name: typed.replace(/^--?/, ''),
    inline: equals < 0 ? undefined : argument.slice(equals + 1),
  };
}

/** Whether a flag is set. As in Go's flag package, `-r=false` means that it is not given. */
function switchedOn(typed: string, inline: string | undefined): boolean {
  if (inline === undefined || inline === 'true') return true;
  if (inline === 'false') return false;
  throw usageError(`${typed} takes no value`);
}

/** The argument at `index`, if it can be the value of the option before it. */
function wordAt(argv: readonly string[], index: number): string | undefined {
  const word = argv[index];
  return word === undefined || isOption(word) ? undefined : word;
}

function unknownOption(typed: string, name: string, value: string | undefined): Error {
  const answer = answerToForeign(typed, value === undefined ? undefined : quoted(value)) ?? answerToGlued(typed, name);
  return usageError(
    answer === undefined ? `${typed} is not an option; ${hintFor(typed, name)}` : `${typed}: ${answer}`,
  );
}

/** The answer to an option with its value attached, as iperf3 accepts it: `-P4`, `-p5201`. */
function answerToGlued(typed: string, name: string): string | undefined {
  const [letter = '', ...rest] = name;
  const value = rest.join('');
  if (typed.startsWith('--') || value === '') return undefined;
  const row = BY_NAME.get(letter);
  if (row !== undefined && row.kind !== 'flag') return answerToForeignValue(longName(row.names), value);
  return /^[\d.]/.test(value) ? answerToForeign(`-${letter}`, value) : undefined;
}

function hintFor(typed: string, name: string): string {
  const [letter = '', ...rest] = name;
  const first = typed.startsWith('--') ? undefined : BY_NAME.get(letter);
  if (first !== undefined && first.kind !== 'flag' && /^\d/.test(rest.join(''))) {
    return `put a space before the value: -${letter} ${rest.join('')}`;
  }
  const near = [...BY_NAME.keys()].find((known) => known.length > 2 && isNear(known, name));
  if (near !== undefined) return `did you mean --${near}?`;
  if (!typed.startsWith('--') && rest.length > 0 && [...name].every(isLetter)) {
    return `write letters apart: ${[...name].map((each) => `-${each}`).join(' ')}`;
  }
  return 'see winze --help';
}

/** Whether it is an option of one letter, of winze, ethr or iperf3. */
function isLetter(letter: string): boolean {
  return BY_NAME.has(letter) || answerToForeign(`-${letter}`) !== undefined;
}
