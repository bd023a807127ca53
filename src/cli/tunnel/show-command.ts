/**
 * `winze tunnel show`: the state of WireGuard devices, whoever made them.
 *
 * @module
 */
import { Command, Option } from 'commander';
import { tunnelDump } from '../../report/tunnel-dump.ts';
import { tunnelJson } from '../../report/tunnel-json.ts';
import { tunnelShow } from '../../report/tunnel-show.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../exit-codes.ts';
import { createMessages } from '../messages.ts';
import { printResult } from '../print-result.ts';
import { printSecret } from './print-secret.ts';
import type { TunnelContext } from './program.ts';

interface ShowOptions {
  readonly json?: true;
  readonly dump?: true;
  readonly showKeys?: boolean;
}

export function showCommand({ deps, finish }: TunnelContext): Command {
  return new Command('show')
    .description('print devices and peers as wg show does, with events and drops of our own devices')
    .argument('[DEVICE]', 'one device; without, all')
    .option('--json', 'print one JSON document')
    .addOption(new Option('--dump', 'print tab-separated columns as wg show dump does').conflicts('json'))
    .option('--show-keys', 'print private and preshared keys too')
    .action(async (device: string | undefined, { json, dump, showKeys = false }: ShowOptions) => {
      const messages = createMessages(deps, {});
      let code: ExitCode = EXIT.ok;
      const devices = await (await deps.tunnel()).show(device ?? null, (error) => {
        messages.say(error.message);
        code = exitCodeOf(error.code);
      });
      const text = json
        ? tunnelJson(devices, { showKeys })
        : dump
          ? tunnelDump(devices, { all: device === undefined, showKeys })
          : tunnelShow(devices, { showKeys, now: deps.wallTime() });
      await (showKeys ? printSecret(deps, text) : printResult(deps, text));
      if (devices.length === 0 && code === EXIT.ok) messages.watch('there is no WireGuard device on this host');
      finish(code);
    });
}
