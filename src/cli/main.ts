/**
 * Entry point of the command line: arguments in, exit status out.
 *
 * @module
 */
import { messageOf, NetError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import type { Options } from '../options/option-table.ts';
import { asksForPath } from '../options/path-letters.ts';
import type { CliDeps } from './deps.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts';
import { readCommandLine } from './parsing/command-line.ts';
import { asciiDeps } from './terminal/ascii-deps.ts';
import { createMessages } from './terminal/messages.ts';
import { printResult } from './terminal/output.ts';
import { columnsOf, hasAsciiLocale } from './terminal/terminal.ts';

/** Commands that share the option table. Each is loaded only when it is run, because it is large. */
const COMMANDS = {
  server: async () => (await import('./server-command.ts')).runServer,
  client: async () => (await import('./client-command.ts')).runClient,
  external: async () => (await import('./probe-command.ts')).runProbe,
  lab: async () => (await import('./lab-command.ts')).runLab,
} as const;

/** Commands with options of their own. They are loaded only when they are run, too. */
const PROGRAMS: ReadonlyMap<string, () => Promise<(argv: readonly string[], deps: CliDeps) => Promise<ExitCode>>> =
  new Map([
    ['tunnel', async () => (await import('./tunnel/program.ts')).runTunnel],
    ['decode', async () => (await import('./decode/program.ts')).runDecode],
    ['capture', async () => (await import('./decode/capture-program.ts')).runCapture],
    ['exporter', async () => (await import('./exporter-command.ts')).runExporter],
    ['report', async () => (await import('./report-command.ts')).runReport],
    ['completion', async () => (await import('./completion-command.ts')).runCompletion],
  ]);

/** The one option that all commands have. */
const ASCII = '--ascii';

/** Runs one command line. Never throws, and never ends the process. */
export async function main(argv: readonly string[], given: CliDeps): Promise<ExitCode> {
  let options: Options = {};
  let deps = readable(given, argv.includes(ASCII), false);
  try {
    const program = argv[0] === undefined ? undefined : PROGRAMS.get(argv[0]);
    if (program !== undefined) {
      const rest = argv.slice(1).filter((word) => word !== ASCII);
      const isJson = rest.includes('--json') || rest.includes('--json-stream');
      deps = readable(given, argv.includes(ASCII), isJson);
      return await (await program())(rest, deps);
    }
    const request = readCommandLine(argv);
    if (request.tag === 'help') return await help(request.words, deps);
    if (request.tag === 'version')
      return await printed(deps, request.isJson ? await facts(deps) : `winze ${VERSION}\n`);
    options = request.options;
    deps = readable(given, options.ascii === true, options.json === true || options.jsonStream === true);
    const run = await COMMANDS[asksForPath(options) ? 'external' : request.role]();
    return await run(deps, createMessages(deps, options), options, request.notes);
  } catch (error) {
    const messages = createMessages(deps, options);
    if (error instanceof NetError) {
      messages.say(error.message);
      // A usage error needs no stack trace.
      if (error.code !== 'ERR_USAGE') messages.debug(error);
      return exitCodeOf(error.code);
    }
    messages.debug(error);
    messages.say(`internal error: ${messageOf(error)} (-debug shows where; please report it)`);
    return EXIT.internal;
  }
}

/** The same dependencies, with text in ASCII if `--ascii` or the locale asks for it. */
function readable(deps: CliDeps, isAscii: boolean, isJson: boolean): CliDeps {
  return isAscii || hasAsciiLocale(deps) ? asciiDeps(deps, isJson) : deps;
}

/** Prints the page of a topic, or that of a command with options of its own. */
async function help(words: readonly string[], deps: CliDeps): Promise<ExitCode> {
  const [word = '', ...rest] = words;
  const program = PROGRAMS.get(word);
  if (program !== undefined) return await (await program())([...rest, '--help'], deps);
  const { helpPage, pageWidth } = await import('../options/help/help-page.ts');
  return printed(deps, helpPage(words, pageWidth(columnsOf(deps))));
}

async function facts(deps: CliDeps): Promise<string> {
  return `${JSON.stringify(await deps.buildFacts(), null, 2)}\n`;
}

async function printed(deps: CliDeps, text: string): Promise<ExitCode> {
  await printResult(deps, text);
  return EXIT.ok;
}
