/**
 * `winze tunnel down`: stops a tunnel that another process brought up with `winze tunnel up`.
 *
 * @module
 */
import { Command } from 'commander';
import { deviceOf } from '../../run/tunnel/config-path.ts';
import { EXIT } from '../exit-codes.ts';
import { createMessages } from '../terminal/messages.ts';
import { needLinux, type TunnelContext } from './context.ts';

/** Creates the command. It waits until the tunnel is down. */
export function downCommand({ deps, finish }: TunnelContext): Command {
  return new Command('down')
    .description('end a tunnel of winze and wait until everything is undone')
    .argument('<CONF|DEVICE>', 'as given to up, or the name of the device')
    .option('-q, --quiet', 'print nothing but failures')
    .action(async (word: string, { quiet }: { readonly quiet?: true }) => {
      needLinux('down', deps);
      const device = deviceOf(word);
      await (await deps.tunnel()).down(device);
      createMessages(deps, quiet ? { quiet } : {}).progress(`${device} is down`);
      finish(EXIT.ok);
    });
}
