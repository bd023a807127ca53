/**
 * `winze report FILE…`: stored documents and streams, drawn anew.
 *
 * @module
 */
import { Command, Option } from 'commander';
import { REPORT_EXAMPLES } from '../options/help/program-examples.ts';
import { drawStored } from '../report/stored/draw-stored.ts';
import { REPORT_FORMATS, type ReportFormat } from '../report/stored/formats.ts';
import { METRIC_FORMATS } from '../run/report/metric-formats.ts';
import { readStoredText } from '../run/report/stored-text.ts';
import { sha256 } from '../run/sha256.ts';
import type { CliDeps } from './deps.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { HELP_WIDTH, runProgram } from './parsing/run-program.ts';
import { printResult } from './terminal/output.ts';
import { columnsOf, wantsColor } from './terminal/terminal.ts';

const FORMATS: Readonly<Record<string, ReportFormat>> = { ...REPORT_FORMATS, ...METRIC_FORMATS };

/** Runs the command line after `winze report`, and returns its exit status. @throws NetError */
export async function runReport(argv: readonly string[], deps: CliDeps): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const program = createReportProgram().action(async (names: readonly string[], { format, compare }) => {
    const read = names.map((name) => ({ name, text: () => readStoredText(name, deps) }));
    const style = { color: wantsColor(deps, {}), width: columnsOf(deps), sha256 };
    const drawn = await drawStored(read, FORMATS[format] as ReportFormat, { isCompared: compare === true, ...style });
    await printResult(deps, drawn.text);
    deps.stderr.write(drawn.messages);
    code = EXIT[drawn.status];
  });
  await runProgram((output) => program.configureOutput(output), argv, deps);
  return code;
}

/** Creates the program for commander, without what it does. */
export function createReportProgram(): Command {
  return new Command('winze report')
    .description('draw stored results and streams anew, or compare them')
    .argument('<FILE...>', 'stored files; - is the standard input')
    .addOption(new Option('--format <FORMAT>', 'as what').choices(Object.keys(FORMATS)).default('table'))
    .option('--compare', 'side by side; the first file is the baseline')
    .helpOption('-h, --help', 'print this page')
    .exitOverride()
    .configureHelp({ helpWidth: HELP_WIDTH })
    .addHelpText('after', REPORT_EXAMPLES);
}
