/**
 * Entry point of the command line: arguments in, exit status out.
 *
 * @module
 */
import { messageOf, NetError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import { readCommandLine } from './command-line.ts';
import type { CliDeps } from './deps.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts';
import { helpPage } from './help-page.ts';
import { createMessages } from './messages.ts';
import type { Options } from './option-table.ts';
import { printResult } from './print-result.ts';

/** Each is large, and no other command needs it. */
const COMMANDS = {
  server: async () => (await import('./server-command.ts')).runServer,
  client: async () => (await import('./client-command.ts')).runClient,
  lab: async () => (await import('./lab-command.ts')).runLab,
} as const;

/** Runs one command line. Never throws, and never ends the process. */
export async function main(argv: readonly string[], deps: CliDeps): Promise<ExitCode> {
  let options: Options = {};
  try {
    // These are large, and all other commands start without them.
    if (argv[0] === 'tunnel') return await (await import('./tunnel/program.ts')).runTunnel(argv.slice(1), deps);
    if (argv[0] === 'decode') return await (await import('./decode/program.ts')).runDecode(argv.slice(1), deps);
    if (argv[0] === 'capture') {
      return await (await import('./decode/capture-program.ts')).runCapture(argv.slice(1), deps);
    }
    const request = readCommandLine(argv);
    if (request.tag === 'help') return await printed(deps, helpPage());
    if (request.tag === 'version') return await printed(deps, `winze ${VERSION}\n`);
    options = request.options;
    const run = await COMMANDS[request.role]();
    return await run(deps, createMessages(deps, options), options);
  } catch (error) {
    const messages = createMessages(deps, options);
    if (error instanceof NetError) {
      messages.say(error.message);
      // The user's own slip needs no trace.
      if (error.code !== 'ERR_USAGE') messages.debug(error);
      return exitCodeOf(error.code);
    }
    messages.debug(error);
    messages.say(`internal error: ${messageOf(error)} (-debug shows where; please report it)`);
    return EXIT.internal;
  }
}

async function printed(deps: CliDeps, text: string): Promise<ExitCode> {
  await printResult(deps, text);
  return EXIT.ok;
}
