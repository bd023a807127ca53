/**
 * `winze tunnel device NAME`: a device with its control socket, which wg(8), wg-quick(8) and others configure. It replaces
 * wireguard-go.
 *
 * @module
 */
import { Command } from 'commander';
import { deviceWord } from '../../run/tunnel/config-path.ts';
import { EXIT } from '../exit-codes.ts';
import { createMessages } from '../terminal/messages.ts';
import { carryTunnel } from './carry-tunnel.ts';
import { needLinux, type TunnelContext } from './context.ts';
import { addDaemonOptions, type DaemonOptions, refuseLogFile, startBeside } from './daemon-options.ts';

/** Creates the command. It runs until the device is deleted or it is stopped. */
export function deviceCommand({ deps, finish }: TunnelContext): Command {
  const command = new Command('device')
    .description('make a device without a configuration, for wg and wg-quick, as wireguard-go does')
    .argument('<NAME>', 'name of the device');
  return addDaemonOptions(command).action(async (word: string, options: DaemonOptions) => {
    needLinux('device', deps);
    refuseLogFile(options);
    const name = deviceWord(word);
    if (options.daemon) return finish(await startBeside(deps, 'device', options, name));
    await carryTunnel(deps, createMessages(deps, options.quiet ? { quiet: true } : {}), options, {
      name,
      config: null,
      configPath: null,
      reresolve: false,
      onKeylog: null,
      stopping: 'taking the device away',
      onStep: () => {},
      onEvent: () => {},
    });
    finish(EXIT.ok);
  });
}
