/**
 * `connect`, the client of the library.
 *
 * @module
 */
import { NetError } from '../../core/errors.ts';
import { type ClientConfig, DEFAULT_PORT } from '../../core/shapes/config.ts';
import type { ResultDocument } from '../../core/shapes/result.ts';
import type { TestSpec } from '../../core/shapes/spec.ts';
import { NS_PER_S } from '../../core/time.ts';
import { checkSecret } from '../check-secret.ts';
import { failedResult } from '../failed-run.ts';
import { monotonicNow } from '../monotonic.ts';
import { checkClientConfig, completeSpecs, given } from '../options-check.ts';
import { StreamPool } from '../streams/stream-pool.ts';
import { isoTime, wallNow } from '../wall.ts';
import type { PathTests } from './path-tests.ts';

/** Those of a run without tests of the path. */
const NO_PATH_TESTS: PathTests = { tests: [], error: null };

/** Options of `connect`: a host, and the fields that differ from the defaults. */
export type ClientOptions = Pick<ClientConfig, 'host'> &
  Partial<Omit<ClientConfig, 'tests'>> & { readonly tests?: readonly Partial<TestSpec>[] };

/**
 * Runs tests against a server and returns the result document.
 *
 * @returns the result document. If the run ended early, or a path or a test failed, it has `complete: false` and
 *   `error`; the path or test that failed has its own `error`, and all others have their results.
 * @throws NetError when there is no result: the name does not resolve, nothing listens, the server refuses, or an
 *   option is not supported on this system. `ERR_USAGE` names the field that is wrong.
 */
export async function connect(options: ClientOptions): Promise<ResultDocument> {
  const config = completeConfig(given(options, 'what connect takes'));
  checkClientConfig(config);
  checkSecret(config.secret);
  if (config.path_tests.length === 0) return runTests(config, NO_PATH_TESTS);
  const startedAt = isoTime(wallNow());
  const { runPathTests } = await import('./path-tests.ts');
  const path = await runPathTests(config);
  try {
    return await runTests(config, path);
  } catch (error) {
    // What was found on the path is a result, too.
    if (!(error instanceof NetError) || error.code === 'ERR_USAGE' || path.tests.length === 0) throw error;
    const document = { ...failedResult({ startedAt, title: config.title, error }, config), path_tests: path.tests };
    config.onEvent({ tag: 'ended', document });
    return document;
  }
}

async function runTests(config: ClientConfig, path: PathTests): Promise<ResultDocument> {
  const startedAt = monotonicNow();
  const pool = new StreamPool(config.engine);
  try {
    // Starting threads takes longest, so other modules are loaded meanwhile.
    pool.warm(Math.max(...config.tests.map((test) => test.streams)));
    const { runClient } = await import('./client-run.ts');
    return await runClient(config, pool, startedAt, path);
  } finally {
    await pool.end();
  }
}

function completeConfig(options: ClientOptions): ClientConfig {
  const via = options.via ?? [];
  return {
    port: DEFAULT_PORT,
    rounds: via.length > 0 ? 3 : 1,
    during: false,
    connect_timeout_ns: 10 * NS_PER_S,
    wait: true,
    secret: null,
    title: null,
    path_trial: false,
    host_details: false,
    live_cpu: false,
    engine: 'auto',
    family: null,
    client_port: null,
    local_address: null,
    device: null,
    signal: null,
    onEvent: () => {},
    path_tests: [],
    ...options,
    via,
    tests: completeSpecs(options.tests ?? [{}]),
  };
}
