/**
 * `connect`: the client, as the library has it.
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

/** What `connect` takes: a host, and whatever is to differ from the defaults. */
export type ClientOptions = Pick<ClientConfig, 'host'> &
  Partial<Omit<ClientConfig, 'tests'>> & { readonly tests?: readonly Partial<TestSpec>[] };

/**
 * Measures, and returns everything that was measured.
 *
 * @returns the result document; with `complete: false` and `error` set if the run was cut short, or if a path or a test
 *   failed: that has its own `error`, and all else its results.
 * @throws NetError when there is nothing to return: the name does not resolve, nothing listens, the
 *   server refuses, or a wish cannot be granted on this system. `ERR_USAGE` names the field that is wrong.
 */
export async function connect(options: ClientOptions): Promise<ResultDocument> {
  const startedAt = monotonicNow();
  const config = completeConfig(given(options, 'what connect takes'));
  checkClientConfig(config);
  checkSecret(config.secret);
  const pool = new StreamPool(config.engine);
  try {
    // Threads take longest to start: all else is loaded meanwhile.
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
