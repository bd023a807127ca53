/**
 * Runs a program of commander that has options of its own: `winze tunnel`, `winze decode` and `winze capture`.
 *
 * @module
 */
import { type Command, CommanderError, InvalidArgumentError, type OutputConfiguration } from 'commander';
import { usageError } from '../../core/errors.ts';
import { quoted } from '../../core/printable.ts';
import type { Habits } from '../../options/foreign/program-habits.ts';
import { type Read, ValueError } from '../../options/values/value-error.ts';
import type { CliDeps } from '../deps.ts';
import { printResult } from '../terminal/output.ts';

/** Columns of the help page of a program. */
export const HELP_WIDTH = 80;

/**
 * Runs a program. For `--help` it prints its help page.
 *
 * @param create - creates the program with this output, which commands inherit when they are added
 * @throws NetError
 */
export async function runProgram(
  create: (output: OutputConfiguration) => Command,
  argv: readonly string[],
  deps: CliDeps,
  habits: Habits = {},
): Promise<void> {
  let help = '';
  const program = create({ writeOut: (text) => (help += text), writeErr: () => {} });
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return printResult(deps, help);
    throw usageError(messageAbout(error, argv, habits) ?? plain(error, program.name()), {
      cause: error,
    });
  }
}

/** What to write instead; `undefined` if that is not known. */
function messageAbout(error: CommanderError, argv: readonly string[], habits: Habits): string | undefined {
  const typed = /^error: unknown (?:option|command) '(.*)'/s.exec(error.message)?.[1] ?? '';
  if (error.code === 'commander.missingArgument') return habits.missing;
  let answer: string | undefined;
  if (error.code === 'commander.unknownCommand') answer = habits.command?.(typed);
  if (error.code === 'commander.unknownOption') {
    const [name = '', inline] = typed.split('=', 2);
    // Of letters that are bundled the last one alone is typed so.
    const at = argv.findIndex((word) => word === typed || (/^-\w+$/.test(word) && word.at(-1) === typed[1]));
    const next = at < 0 ? undefined : argv[at + 1];
    const value = inline ?? (next?.startsWith('-') ? undefined : next);
    answer = habits.option?.(name, value === undefined ? undefined : quoted(value));
  }
  return answer === undefined ? undefined : `${quoted(typed)}: ${answer}`;
}

/** The message of commander, in one line. There, a suggestion is on a second one, in brackets. */
function plain({ message }: CommanderError, program: string): string {
  const [, words = '', near] = /^(?:error: )?(.*?)\.?(?:\n\(Did you mean (.*)\?\))?$/s.exec(message) ?? [];
  return `${words}; ${near === undefined ? `see ${program} --help` : `did you mean ${near}?`}`;
}

/** The parser that commander calls for an option of its own, outside the table: commander words the refusal. */
export function argumentParser<T>(read: Read<T>): (text: string) => T {
  return (text) => {
    try {
      return read(text);
    } catch (error) {
      throw error instanceof ValueError ? new InvalidArgumentError(error.message) : error;
    }
  };
}
