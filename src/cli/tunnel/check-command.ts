/**
 * `winze tunnel check CONF...`: finds errors in configuration files, and says how to correct them.
 *
 * @module
 */
import { Command } from 'commander';
import { NetError, usageError } from '../../core/errors.ts';
import { checkJson, checkText } from '../../report/tunnel/tunnel-check.ts';
import { configFindings, readConfigFile, readConfigStdin } from '../../run/tunnel/config-file.ts';
import { deviceNameOf } from '../../run/tunnel/config-path.ts';
import type { ConfigFinding } from '../../tunnel/config/check/finding.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../exit-codes.ts';
import { createMessages } from '../terminal/messages.ts';
import { printResult } from '../terminal/output.ts';
import type { TunnelContext } from './context.ts';

interface CheckOptions {
  readonly json?: true;
  /** True unless `--no-resolve` was given. */
  readonly resolve: boolean;
}

const STDIN = '-';

/** Creates the command. It checks all files, even if one cannot be read, and exits with the status of the worst one. */
export function checkCommand({ deps, finish }: TunnelContext): Command {
  return new Command('check')
    .description('say what is wrong with configuration files; exit 1 for an error')
    .argument('<CONF...>', 'configuration files of wg-quick(8); - for standard input')
    .option('--json', 'print one JSON document a file')
    .option('--no-resolve', 'ask no resolver for the names of endpoints')
    .action(async (words: readonly string[], options: CheckOptions) => {
      if (words.filter((word) => word === STDIN).length > 1) throw usageError('check: "-" is given twice');
      let code: ExitCode = EXIT.ok;
      let findings = 0;
      for (const word of words) {
        try {
          const found = await checkOne(deps, word, options);
          findings += found.length;
          const hasErrors = found.some(({ severity }) => severity === 'error');
          if (hasErrors && code === EXIT.ok) code = EXIT.expectationFailed;
        } catch (error) {
          if (!(error instanceof NetError) || words.length === 1) throw error;
          // The other files are checked too.
          createMessages(deps, {}).say(error.message);
          code = exitCodeOf(error.code);
        }
      }
      if (!options.json && findings === 0 && code === EXIT.ok) deps.stderr.write('winze: nothing to complain about\n');
      finish(code);
    });
}

async function checkOne(
  deps: CliDeps,
  word: string,
  { json, resolve }: CheckOptions,
): Promise<readonly ConfigFinding[]> {
  const isStdin = word === STDIN;
  const file = await (isStdin ? readConfigStdin(deps.readStdin) : readConfigFile(word, deps.readFile));
  const device = isStdin ? null : deviceNameOf(word);
  const { hostDoubts, checkFacts } = await deps.tunnel();
  const doubts = await hostDoubts(file.parsed.config, resolve);
  const isDeviceName = isStdin || device !== null;
  const findings = await configFindings(file, device, checkFacts, { ...doubts, isDeviceName });
  await printResult(deps, json ? checkJson(file.path, findings) : checkText(file.path, findings));
  return findings;
}
