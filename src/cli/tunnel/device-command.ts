/**
 * `winze tunnel device NAME`: a device with its control socket, which wg(8), wg-quick(8) and others configure. It replaces
 * wireguard-go.
 *
 * @module
 */
import { Command } from 'commander';
import { upEventWords } from '../../report/tunnel/tunnel-up-words.ts';
import type { UpEvent } from '../../tunnel/up/up-event.ts';
import { EXIT } from '../exit-codes.ts';
import { deviceWord } from '../options/config-path.ts';
import { stopOnSignal } from '../stop.ts';
import { createMessages } from '../terminal/messages.ts';
import type { TunnelContext } from './context.ts';
import { absolute, addDaemonOptions, type DaemonOptions, refuseLogFile, startBeside } from './daemon-options.ts';
import { LineBudget } from './line-budget.ts';
import { needLinux } from './linux-only.ts';
import { addThreads } from './threads-option.ts';

interface DeviceCommandOptions extends DaemonOptions {
  readonly threads?: number;
  readonly quiet?: true;
}

/** Creates the command. It runs until the device is deleted or it is stopped. */
export function deviceCommand({ deps, finish }: TunnelContext): Command {
  const command = new Command('device')
    .description('make a device without a configuration, for wg and wg-quick, as wireguard-go does')
    .argument('<NAME>', 'name of the device')
    .option('-q, --quiet', 'print warnings and failures only');
  return addThreads(addDaemonOptions(command)).action(async (word: string, options: DeviceCommandOptions) => {
    needLinux('device', deps);
    refuseLogFile(options);
    const name = deviceWord(word);
    const { threads = null, quiet, daemon, pidFile } = options;
    if (daemon) return finish(await startBeside(deps, options, argumentsOf(name, options)));
    const messages = createMessages(deps, quiet ? { quiet } : {});
    const lines = new LineBudget(messages.progress);
    const stop = stopOnSignal(deps, () => messages.watch('taking the device away'));
    const onEvent = (event: UpEvent): void => {
      const words = upEventWords(event);
      if (words !== null && event.tag === 'warning') messages.say(words);
      else if (words !== null && event.tag === 'tunnel') lines.say(words, event.event);
      else if (words !== null && event.tag !== 'step') messages.progress(words);
      if (event.tag === 'up') deps.started();
    };
    try {
      const { up } = await deps.tunnel();
      const openConfig = (path: string) => deps.openOutput(path, 'secret');
      const place = {
        config: null,
        configPath: null,
        openConfig,
        pidFile: pidFile === undefined ? null : absolute(pidFile),
      };
      await up({ name, ...place, threads, reresolve: false, signal: stop.signal, onEvent, onKeylog: null });
    } finally {
      stop.dispose();
      lines.tellLeftOut();
    }
    finish(EXIT.ok);
  });
}

function argumentsOf(name: string, { threads, quiet, pidFile }: DeviceCommandOptions): readonly string[] {
  return [
    'device',
    ...(threads === undefined ? [] : ['--threads', `${threads}`]),
    ...(quiet ? ['--quiet'] : []),
    ...(pidFile === undefined ? [] : ['--pid-file', absolute(pidFile)]),
    // A name may begin with a hyphen.
    ...['--', name],
  ];
}
