/**
 * `winze tunnel check CONF`: what is wrong with a configuration file, and what to do about it.
 *
 * @module
 */
import { Command } from 'commander';
import { checkJson, checkText } from '../../report/tunnel-check.ts';
import { checkTunnelConfig } from '../../tunnel/config/check.ts';
import { type Finding, sortFindings } from '../../tunnel/config/finding.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT } from '../exit-codes.ts';
import { printResult } from '../print-result.ts';
import { type ConfigFile, deviceNameOf, readConfigFile } from './config-file.ts';
import type { TunnelContext } from './program.ts';

export function checkCommand({ deps, finish }: TunnelContext): Command {
  return new Command('check')
    .description('say what is wrong with a configuration file; exit 1 for an error')
    .argument('<CONF>', 'configuration file of wg-quick(8)')
    .option('--json', 'print one JSON document')
    .action(async (word: string, { json }: { readonly json?: true }) => {
      const file = await readConfigFile(deps, word);
      const findings = await findingsOf(deps, file, deviceNameOf(word));
      await printResult(deps, json ? checkJson(file.path, findings) : checkText(file.path, findings));
      const hasErrors = findings.some(({ severity }) => severity === 'error');
      if (!json && findings.length === 0) deps.stderr.write('winze: nothing to complain about\n');
      finish(hasErrors ? EXIT.expectationFailed : EXIT.ok);
    });
}

/** Problems of grammar and of meaning, in the order of lines. */
export async function findingsOf(deps: CliDeps, file: ConfigFile, device: string | null): Promise<readonly Finding[]> {
  const { path, mode, parsed } = file;
  const { checkFacts } = await deps.tunnel();
  const facts = { ...(mode !== null && { file: { path, mode } }), ...(await checkFacts(parsed.config, device)) };
  return sortFindings([...parsed.problems, ...checkTunnelConfig(parsed, facts)]);
}
