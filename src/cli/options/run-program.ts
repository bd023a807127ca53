/**
 * Runs a program of commander that has options of its own: `winze tunnel`, `winze decode` and `winze capture`.
 *
 * @module
 */
import { type Command, CommanderError, type OutputConfiguration } from 'commander';
import { usageError } from '../../core/errors.ts';
import type { CliDeps } from '../deps.ts';
import { printResult } from '../terminal/output.ts';

/** Columns of the help page of a program. */
export const HELP_WIDTH = 80;

/**
 * Runs a program. Without arguments, and for `--help`, it prints its help page.
 *
 * @param create - creates the program with this output, which commands inherit when they are added
 * @throws NetError
 */
export async function runProgram(
  create: (output: OutputConfiguration) => Command,
  argv: readonly string[],
  deps: CliDeps,
): Promise<void> {
  let help = '';
  const program = create({ writeOut: (text) => (help += text), writeErr: () => {} });
  try {
    await program.parseAsync(argv.length === 0 ? ['--help'] : argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return printResult(deps, help);
    throw usageError(`${error.message.replace(/^error: /, '')}; see ${program.name()} --help`, { cause: error });
  }
}
