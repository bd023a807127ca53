/**
 * `connect`, the client of the library.
 *
 * @module
 */
import { type ClientConfig, DEFAULT_PORT } from '../../core/shapes/config.ts';
import type { ResultDocument } from '../../core/shapes/result.ts';
import type { TestSpec } from '../../core/shapes/spec.ts';
import { NS_PER_S } from '../../core/time.ts';
import { checkSecret } from '../check-secret.ts';
import { monotonicNow } from '../monotonic.ts';
import { checkClientConfig, completeSpecs, given } from '../options-check.ts';
import { StreamPool } from '../streams/stream-pool.ts';

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
  const startedAt = monotonicNow();
  const config = completeConfig(given(options, 'what connect takes'));
  checkClientConfig(config);
  checkSecret(config.secret);
  const pool = new StreamPool(config.engine);
  try {
    // Starting threads takes longest, so other modules are loaded meanwhile.
    pool.warm(Math.max(...config.tests.map((test) => test.streams)));
    const { runClient } = await import('./client-run.ts');
    return await runClient(config, pool, startedAt);
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
    engine: 'auto',
    family: null,
    local_address: null,
    device: null,
    signal: null,
    onEvent: () => {},
    ...options,
    via,
    tests: completeSpecs(options.tests ?? [{}]),
  };
}
