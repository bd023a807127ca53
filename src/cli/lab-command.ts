/**
 * `winze lab`: a server and a client in this process, over the loopback device.
 *
 * @module
 */
import type { ServerConfig } from '../core/config.ts';
import { NS_PER_S } from '../core/time.ts';
import { clientWishes } from './client-config.ts';
import type { CliDeps } from './deps.ts';
import type { ExitCode } from './exit-codes.ts';
import { connectWith, runMeasurement } from './measurement.ts';
import type { Messages } from './messages.ts';
import type { Options } from './option-table.ts';
import { serverWishes } from './server-config.ts';
import { testSpecs } from './test-specs.ts';
import { usage } from './usage.ts';

const LOOPBACK = '127.0.0.1';
const DURATION_NS = 3 * NS_PER_S;

/** Measures what this machine itself can carry: TCP and UDP flat out, then UDP latency. */
export async function runLab(deps: CliDeps, messages: Messages, given: Options): Promise<ExitCode> {
  if (given.duration === 0) throw usage('-d 0: the lab runs three tests, each needs an end; give a time');
  const options: Options = { duration: DURATION_NS, ...given, client: LOOPBACK };
  const wishes = {
    ...clientWishes(options),
    tests: [
      ...testSpecs({ ...options, test: ['b'], protocol: ['tcp', 'udp'] }),
      ...testSpecs({ ...options, test: ['l'], protocol: ['udp'] }),
    ],
  };
  const server: ServerConfig = {
    ...serverWishes(options),
    port: 0,
    addresses: [LOOPBACK],
    secret: null,
    onEvent: messages.debug,
  };
  return runMeasurement(deps, messages, options, async (rest) => {
    const running = await deps.serve(server);
    try {
      return await connectWith(deps, { ...wishes, port: running.port }, null)(rest);
    } finally {
      await running.close();
    }
  });
}
