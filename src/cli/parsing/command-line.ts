/**
 * Parses a command line with commander, which is configured from the option table.
 *
 * @module
 */

import { Command, CommanderError, Option } from 'commander';
import { usageError } from '../../core/errors.ts';
import { quoted } from '../../core/printable.ts';
import { normalizeArguments, typedName } from '../../options/ethr-arguments.ts';
import { answerToForeignValue } from '../../options/foreign/foreign-values.ts';
import { PROGRAM_WORDS } from '../../options/foreign/foreign-words.ts';
import { writingNotes } from '../../options/notes.ts';
import { longName, type OptionRow, type Role } from '../../options/option-row.ts';
import { OPTIONS, type Options } from '../../options/option-table.ts';
import { isPathLetter } from '../../options/path-letters.ts';
import { type NameOf, refuseOthersOptions, roleOf } from '../../options/roles.ts';
import { ValueError } from '../../options/values/value-error.ts';

/** What the command line asks for. `words` name a topic; `notes` are about how options were written. */
export type Request =
  | { readonly tag: 'help'; readonly words: readonly string[] }
  | { readonly tag: 'version'; readonly isJson: boolean }
  | { readonly tag: 'run'; readonly role: Role; readonly options: Options; readonly notes: readonly string[] };

/**
 * Parses the arguments after `winze`.
 *
 * @throws NetError `ERR_USAGE`, with a message that says what to write instead
 */
export function readCommandLine(argv: readonly string[]): Request {
  if (argv[0] === 'help') return { tag: 'help', words: argv.slice(1).filter((word) => !BESIDE_HELP.includes(word)) };
  const normal = normalized(argv);
  if (normal.includes('--help')) return { tag: 'help', words: topicOf(normal) };
  if (normal.includes('--version')) return { tag: 'version', isJson: normal.includes('--json') };
  const later = normal.find((word) => PROGRAM_WORDS.includes(word));
  if (later !== undefined) throw usageError(`"${later}" comes first, and its options after it: winze ${later} --help`);
  const nameOf: NameOf = (row) => typedName(argv, row);
  const program = createProgram(nameOf);
  try {
    program.parse(normal, { from: 'user' });
  } catch (error) {
    // Unknown options are refused before.
    if (error instanceof CommanderError) throw usageError(error.message.replace(/^error: /, ''), { cause: error });
    throw error;
  }
  const options: Options = program.opts();
  const role = roleOf(options, program.args);
  refuseOthersOptions(options, role, nameOf);
  return { tag: 'run', role, options, notes: writingNotes(normal) };
}

/** The arguments; those that are wrong are none to whoever asks for help: `winze -c --help` is no host without a name. */
function normalized(argv: readonly string[]): readonly string[] {
  try {
    return normalizeArguments(argv);
  } catch (error) {
    if (argv.some((word) => word === '--help' || word === '-h')) return ['--help'];
    throw error;
  }
}

/** Options that change nothing of what `winze help` is asked for. */
const BESIDE_HELP: readonly string[] = ['--help', '-h', '--ascii'];

/** The topic of `--help`: a word after it, as with git, or that of the command which it is given to, as with cargo. */
function topicOf(normal: readonly string[]): readonly string[] {
  const [first, ...rest] = normal;
  const isOption = (word: string): boolean => word.startsWith('-');
  if (first === '--help' && rest[0] !== undefined && !isOption(rest[0])) return rest.filter((word) => !isOption(word));
  const has = (option: string): boolean => normal.some((word) => word === option || word.startsWith(`${option}=`));
  const letters = normal.findLast((word) => word.startsWith('--test='))?.slice('--test='.length) ?? '';
  if (has('--external') || letters.split(',').some(isPathLetter)) return ['path'];
  if (has('--via')) return ['compare'];
  if (has('--client')) return ['test'];
  if (has('--server')) return ['server'];
  return first === 'lab' ? ['lab'] : [];
}

function createProgram(nameOf: NameOf): Command {
  const program = new Command('winze')
    .exitOverride()
    .configureOutput({ writeErr: () => {}, writeOut: () => {} })
    .helpOption(false)
    .argument('[words...]');
  for (const row of Object.values(OPTIONS)) program.addOption(commanderOption(row, nameOf));
  return program;
}

function commanderOption(row: OptionRow, nameOf: NameOf): Option {
  const long = `--${longName(row.names)}`;
  if (row.kind === 'flag') {
    const option = new Option(long);
    // "--no-wait" is an option of its own, not the negation of "--wait".
    option.negate = false;
    return option;
  }
  const option = new Option(`${long} <value>`);
  const read = (text: string): unknown => readValue(row, text, nameOf);
  if (row.kind === 'value') return option.argParser(read);
  return option.argParser((text, before: readonly unknown[] | undefined) => [...(before ?? []), read(text)]);
}

function readValue(row: Exclude<OptionRow, { kind: 'flag' }>, text: string, nameOf: NameOf): unknown {
  try {
    return row.read(text);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    const instead = answerToForeignValue(longName(row.names), quoted(text));
    throw usageError(`${nameOf(row)} ${quoted(withoutPassword(text))}: ${instead ?? error.message}`, { cause: error });
  }
}

/** A message may go to a log that others read. Of a URL, its secrets are left out (RFC 3986 §7.5). */
function withoutPassword(text: string): string {
  return text
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1...@')
    .replace(/([?&](?:p|password|[a-z_]*token|api_?key)=)[^&#]*/gi, '$1...');
}
