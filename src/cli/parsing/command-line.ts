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
import { type NameOf, refuseOthersOptions, roleOf } from '../../options/roles.ts';
import { ValueError } from '../../options/values/value-error.ts';

/** What the command line asks for. `notes` are about how options were written. */
export type Request =
  | { readonly tag: 'help' }
  | { readonly tag: 'version'; readonly isJson: boolean }
  | { readonly tag: 'run'; readonly role: Role; readonly options: Options; readonly notes: readonly string[] };

/**
 * Parses the arguments after `winze`.
 *
 * @throws NetError `ERR_USAGE`, with a message that says what to write instead
 */
export function readCommandLine(argv: readonly string[]): Request {
  const normal = normalizeArguments(argv);
  if (normal.includes('--help') || (normal[0] === 'help' && normal.length === 1)) return { tag: 'help' };
  if (normal.includes('--version')) return { tag: 'version', isJson: normal.includes('--json') };
  const later = normal[0] === 'help' ? undefined : normal.find((word) => PROGRAM_WORDS.includes(word));
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

/**
 * Creates the program for commander. The help page is made from it too.
 *
 * @param nameOf - returns the name of an option for messages
 */
export function createProgram(nameOf: NameOf = (row) => row.names[0]): Command {
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
    const option = new Option(long, row.help).helpGroup(row.group);
    // "--no-wait" is an option of its own, not the negation of "--wait".
    option.negate = false;
    return option;
  }
  const option = new Option(`${long} <value>`, row.help).helpGroup(row.group);
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
    throw usageError(`${nameOf(row)} ${quoted(text)}: ${instead ?? error.message}`, { cause: error });
  }
}
