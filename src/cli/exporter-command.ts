/**
 * `winze exporter`: probes for Prometheus, and the tunnels of this host, until Ctrl-C.
 *
 * @module
 */
import { Command } from 'commander';
import { exporterConfig } from '../options/exporter/exporter-config.ts';
import { EXPORTER_EXAMPLES } from '../options/help/program-examples.ts';
import { listenEndpoint } from '../options/values/listen-value.ts';
import { file } from '../options/values/values.ts';
import { configText } from '../run/metrics/exporter/config-text.ts';
import { readSecretFile } from '../run/secret-file.ts';
import type { CliDeps } from './deps.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { argumentParser, HELP_WIDTH, runProgram } from './parsing/run-program.ts';
import { stopOnSignal } from './stop.ts';
import { createMessages } from './terminal/messages.ts';
import { printResult } from './terminal/output.ts';

interface ExporterOptions {
  readonly config?: string;
  readonly listen?: ReturnType<typeof listenEndpoint>;
}

/** Runs the command line after `winze exporter`, and returns its exit status. @throws NetError */
export async function runExporter(argv: readonly string[], deps: CliDeps): Promise<ExitCode> {
  const program = createExporterProgram().action((options: ExporterOptions) => serveProbes(options, deps));
  await runProgram((output) => program.configureOutput(output), argv, deps);
  return EXIT.ok;
}

/** Creates the program for commander, without what it does. */
export function createExporterProgram(): Command {
  return new Command('winze exporter')
    .description('probes for Prometheus, and the tunnels of this host')
    .option('-c, --config <FILE>', 'modules, in YAML or JSON', argumentParser(file))
    .option('--listen <WHERE>', '[ADDR:]PORT (default 127.0.0.1:9890)', argumentParser(listenEndpoint))
    .helpOption('-h, --help', 'print this page')
    .exitOverride()
    .configureHelp({ helpWidth: HELP_WIDTH })
    .addHelpText('after', EXPORTER_EXAMPLES);
}

async function serveProbes({ config: path, listen }: ExporterOptions, deps: CliDeps): Promise<void> {
  const messages = createMessages(deps, {});
  const read = exporterConfig(path === undefined ? '' : await configText(path, deps), path ?? '--config');
  const { secret_file } = read;
  const secret = secret_file === null ? null : await readSecretFile(secret_file, deps.readFile, messages.say);
  const stop = stopOnSignal(deps, () => {});
  try {
    const exporter = await deps.openExporter({ ...read, listen: listen ?? read.listen }, secret);
    await printResult(
      deps,
      `Probes at ${exporter.url}/probe?target=HOST&module=${[...read.modules.keys()].join('|')}\n`,
    );
    if (!stop.signal.aborted) await new Promise((resolve) => stop.signal.addEventListener('abort', resolve));
    await exporter.close();
  } finally {
    stop.dispose();
  }
}
