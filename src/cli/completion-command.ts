/**
 * `winze completion bash|zsh|fish`: prints the script by which a shell completes command lines of winze.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { messageOf, NetError, usageError } from '../core/errors.ts';
import { quoted } from '../core/printable.ts';
import { COMPLETION_EXAMPLES } from '../options/help/program-examples.ts';
import { COMPLETION_FILES, isShell, SHELLS } from '../options/manual/completion-files.ts';
import type { CliDeps } from './deps.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { HELP_WIDTH, runProgram } from './parsing/run-program.ts';
import { printResult } from './terminal/output.ts';

/** The package's folder: the bundle lies as deep in it as this file. */
const PACKAGE = new URL('../../', import.meta.url);
/** More than a script has. */
const MAX_BYTES = 1 << 20;

/** Runs the command line after `winze completion`, and returns its exit status. @throws NetError */
export async function runCompletion(argv: readonly string[], deps: CliDeps): Promise<ExitCode> {
  const program = createCompletionProgram().action(async (shell: string) => {
    if (!isShell(shell)) throw usageError(`completion: "${quoted(shell)}" is none of ${SHELLS.join(', ')}`);
    await printResult(deps, await scriptOf(COMPLETION_FILES[shell], deps));
  });
  await runProgram((output) => program.configureOutput(output), argv, deps, {
    missing: `say for which shell: winze completion ${SHELLS.join('|')}`,
  });
  return EXIT.ok;
}

/** Creates the program for commander, without what it does. */
export function createCompletionProgram(): Command {
  return new Command('winze completion')
    .description('print the completion of a shell, which knows all commands and options')
    .argument('<SHELL>', SHELLS.join(', '))
    .helpOption('-h, --help', 'print this page')
    .exitOverride()
    .configureHelp({ helpWidth: HELP_WIDTH })
    .addHelpText('after', COMPLETION_EXAMPLES);
}

async function scriptOf(file: string, deps: Pick<CliDeps, 'readFile'>): Promise<string> {
  const path = fileURLToPath(new URL(file, PACKAGE));
  try {
    return new TextDecoder().decode((await deps.readFile(path, MAX_BYTES)).bytes);
  } catch (error) {
    throw new NetError('ERR_UNSUPPORTED', `this copy of winze has no completions: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
