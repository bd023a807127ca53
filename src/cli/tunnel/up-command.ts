/**
 * `winze tunnel up CONF`: brings a tunnel up, in the foreground or with `--daemon` in the background.
 *
 * @module
 */
import { Command } from 'commander';
import { usageError } from '../../core/errors.ts';
import { quoted } from '../../core/printable.ts';
import { streamLine } from '../../report/stream/stream-line.ts';
import { upFindings } from '../../report/tunnel/tunnel-check.ts';
import { tunnelStreamError, upStreamEvent } from '../../report/tunnel/tunnel-event-json.ts';
import { failureOf } from '../../run/failed-run.ts';
import { configFindings, readConfigFile } from '../../run/tunnel/config-file.ts';
import { configPath, deviceOf } from '../../run/tunnel/config-path.ts';
import { openKeyLog } from '../../run/tunnel/key-log.ts';
import { isoTime } from '../../run/wall.ts';
import type { TunnelConfig } from '../../tunnel/config/config.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT } from '../exit-codes.ts';
import { createMessages } from '../terminal/messages.ts';
import { openOutput } from '../terminal/output.ts';
import { carryTunnel } from './carry-tunnel.ts';
import { needLinux, type TunnelContext } from './context.ts';
import { absolute, addDaemonOptions, type DaemonOptions, refuseLogFile, startBeside } from './daemon-options.ts';

interface UpCommandOptions extends DaemonOptions {
  readonly keylog?: string;
  readonly jsonStream?: true;
  /** True unless `--no-reresolve` was given. */
  readonly reresolve: boolean;
}

/** Creates the command. It runs until the tunnel is stopped, or with `--daemon` until the tunnel is up. */
export function upCommand({ deps, finish }: TunnelContext): Command {
  const command = new Command('up')
    .description('bring a tunnel up and carry it until Ctrl-C; everything is undone then')
    .argument('<CONF>', 'configuration file of wg-quick(8), or the name of one in /etc/wireguard')
    .option('--json-stream', 'print events as JSON, one object a line')
    .option('--keylog <FILE>', "write the session keys for Wireshark: who has them can read the tunnel's traffic")
    .option('--no-reresolve', "keep the address of an endpoint's name when handshakes are not answered");
  return addDaemonOptions(command).action(async (word: string, options: UpCommandOptions) => {
    needLinux('up', deps);
    refuseLogFile(options);
    if (options.daemon) {
      const name = configPath(word) === word ? absolute(word) : word;
      return finish(await startBeside(deps, 'up', options, name));
    }
    await up(deps, word, options);
    finish(EXIT.ok);
  });
}

async function up(deps: CliDeps, word: string, options: UpCommandOptions): Promise<void> {
  const { keylog, jsonStream, quiet, reresolve } = options;
  const name = deviceOf(word);
  const config = await readSoundConfig(deps, word, name);
  const messages = createMessages(deps, quiet ? { quiet } : {});
  const log = keylog === undefined ? null : await openKeyLog(keylog, deps.openSecretOutput, messages.say);
  const output = await openOutput(deps, {}, () => {});
  try {
    await carryTunnel(deps, messages, options, {
      name,
      config,
      configPath: absolute(configPath(word)),
      reresolve,
      onKeylog: log?.write ?? null,
      stopping: 'taking the tunnel down; once more Ctrl-C does not wait for it',
      // A second SIGTERM may come from another `down`, or from a service manager: they do not intend to end the program.
      isForce: (signal) => signal === 'SIGINT',
      onStep: (line) => {
        if (!quiet) deps.stderr.write(`${line}\n`);
      },
      onEvent: (event) => {
        if (jsonStream) output.write(streamLine(upStreamEvent(event, isoTime(deps.wallTime()))));
      },
    });
  } catch (error) {
    if (jsonStream) output.write(streamLine(tunnelStreamError(failureOf(error), isoTime(deps.wallTime()))));
    throw error;
  } finally {
    await log?.close();
    const failure = await output.finish();
    if (failure !== null) messages.say(failure.message);
  }
}

/** Reads the configuration and prints its findings. @throws NetError `ERR_USAGE` if the file has errors */
async function readSoundConfig(deps: CliDeps, word: string, device: string): Promise<TunnelConfig> {
  const file = await readConfigFile(word, deps.readFile);
  const { checkFacts } = await deps.tunnel();
  const { text, errors } = upFindings(file.path, await configFindings(file, device, checkFacts));
  deps.stderr.write(text);
  if (errors === 0) return file.parsed.config;
  throw usageError(`${quoted(file.path)} has ${errors === 1 ? 'an error' : `${errors} errors`}; nothing was done`);
}
