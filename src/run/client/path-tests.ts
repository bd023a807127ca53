/**
 * Tests of the path that are part of a client's run.
 *
 * They come before its connection is opened: a server with a rate limit serves the clients of one address one by one, and a
 * search for the path MTU is a client of its own. Nothing else is on the path then, either.
 *
 * @module
 */
import { NetError } from '../../core/errors.ts';
import type { ClientConfig } from '../../core/shapes/config.ts';
import type { PathTestResult } from '../../core/shapes/path/document.ts';
import type { ProbeEvent } from '../../core/shapes/path/events.ts';
import { probe } from '../probes/probe.ts';

/** What the tests of the path found. */
export interface PathTests {
  readonly tests: readonly PathTestResult[];
  /** Why one of them is not complete; `null` if all are. */
  readonly error: { readonly code: string; readonly message: string } | null;
}

/**
 * Runs the tests of the path over all addresses of the server. A failure is a value: the other tests of the run go on.
 *
 * @throws NetError `ERR_USAGE` for a wrong parameter, and the reason of the signal if nothing was measured before
 */
export async function runPathTests(config: ClientConfig): Promise<PathTests> {
  const { host, port, via, path_tests, family, secret, wait, signal, onEvent } = config;
  const { local_address, device, connect_timeout_ns, engine } = config;
  const tell = (event: ProbeEvent): void => {
    if (event.tag === 'notice') onEvent(event);
    else if (event.tag !== 'ended') onEvent({ tag: 'path-event', event });
  };
  try {
    const { tests, error } = await probe({
      target: { name: host, port },
      server: { secret, wait },
      tests: path_tests,
      families: family === null ? [] : [family],
      via,
      local_address,
      device,
      connect_timeout_ns,
      engine,
      signal,
      onEvent: tell,
    });
    return { tests, error };
  } catch (error) {
    if (!(error instanceof NetError) || signal?.aborted) throw error;
    const { code, message } = error;
    if (code === 'ERR_USAGE') throw new NetError(code, message.replace(/^tests\b/, 'path_tests'));
    onEvent({ tag: 'notice', message: `the tests of the path: ${message}` });
    return { tests: [], error: { code, message } };
  }
}
