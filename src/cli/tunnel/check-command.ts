/**
 * `winze tunnel check CONF...`: finds errors in configuration files, and says how to correct them.
 *
 * @module
 */
import { Command } from 'commander';
import { NetError } from '../../core/errors.ts';
import { checkJson, checkText } from '../../report/tunnel/tunnel-check.ts';
import { checkTunnelConfig } from '../../tunnel/config/check/check.ts';
import type { CheckFacts } from '../../tunnel/config/check/facts.ts';
import { type Finding, sortFindings } from '../../tunnel/config/check/finding.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../exit-codes.ts';
import { deviceNameOf } from '../options/config-path.ts';
import { usage } from '../options/usage.ts';
import { createMessages } from '../terminal/messages.ts';
import { printResult } from '../terminal/print-result.ts';
import { type ConfigFile, readConfigFile, readConfigStdin } from './config-file.ts';
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
      if (words.filter((word) => word === STDIN).length > 1) throw usage('check: "-" is given twice');
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

async function checkOne(deps: CliDeps, word: string, { json, resolve }: CheckOptions): Promise<readonly Finding[]> {
  const isStdin = word === STDIN;
  const file = await (isStdin ? readConfigStdin(deps) : readConfigFile(deps, word));
  const device = isStdin ? null : deviceNameOf(word);
  const doubts = await (await deps.tunnel()).hostDoubts(file.parsed.config, resolve);
  const findings = await findingsOf(deps, file, device, { ...doubts, isDeviceName: isStdin || device !== null });
  await printResult(deps, json ? checkJson(file.path, findings) : checkText(file.path, findings));
  return findings;
}

/**
 * Findings about syntax and meaning of a configuration file, in the order of lines.
 *
 * @param device - name of the device; `null` if the name of the file does not give one
 * @param more - facts besides the file and the networks of this host
 */
export async function findingsOf(
  deps: CliDeps,
  file: ConfigFile,
  device: string | null,
  more: CheckFacts = {},
): Promise<readonly Finding[]> {
  const { path, mode, parsed } = file;
  const { checkFacts } = await deps.tunnel();
  const facts = {
    ...(mode !== null && { file: { path, mode } }),
    ...(await checkFacts(parsed.config, device)),
    ...more,
  };
  return sortFindings([...parsed.problems, ...checkTunnelConfig(parsed, facts)]);
}
