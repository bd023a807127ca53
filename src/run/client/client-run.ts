/**
 * The client: one or more tests, over one or more paths, to one server.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import { toHex } from '../../core/bytes.ts';
import { NetError } from '../../core/errors.ts';
import type { ClientConfig } from '../../core/shapes/config.ts';
import type { GatheredHost } from '../../core/shapes/host-details.ts';
import {
  type PathResult,
  RESULT_SCHEMA,
  type ResultDocument,
  type TestFailure,
  type TestResult,
} from '../../core/shapes/result.ts';
import type { Engine, TestSpec } from '../../core/shapes/spec.ts';
import { type Instant, NS_PER_MS, NS_PER_S } from '../../core/time.ts';
import { VERSION } from '../../core/version.ts';
import { type MeasuredMtus, measuredMtus } from '../../measure/ceiling.ts';
import { compare } from '../../measure/comparison.ts';
import { firstTestError, isNothingReceived } from '../../measure/limits/nothing-received.ts';
import { withWirelessLimits } from '../../measure/limits/wireless-limit.ts';
import { loadLibc, portableNotice } from '../../native/libc.ts';
import { batchNotice } from '../../native/udp/batch-calls.ts';
import { hostFacts } from '../../system/host.ts';
import { randomOctets } from '../hmac.ts';
import { monotonicNow } from '../monotonic.ts';
import { checkServerEngine } from '../portable/limits.ts';
import type { StreamPool } from '../streams/stream-pool.ts';
import { blockedWay } from '../streams/udp-silence.ts';
import { abortError } from './abort.ts';
import { type ClientTestDeps, runTest } from './client-test.ts';
import type { ClientPath } from './connect/client-path.ts';
import { connectPath, openPath, type PathOpening } from './connect/connect-path.ts';
import { errorCodeOf, firstFailure } from './connect/first-failure.ts';
import type { PathConnection } from './connect/path-connection.ts';
import { gatherHost } from './gather-host.ts';
import { describePaths, serverDetailsOf } from './path-results.ts';
import type { PathTests } from './path-tests.ts';
import type { PathTrialDeps } from './path-trial.ts';

/** Limits of the pause between the tests of a comparison, which is two round trips of the last test. */
const SETTLE_LEAST = 200 * NS_PER_MS;
const SETTLE_LIMIT = 2 * NS_PER_S;

/**
 * Runs all tests with streams in the threads of `pool`. Returns and throws the same as `connect`.
 *
 * @param startedAt - when `connect` was called, or when the tests of the path ended
 * @param path - what those found
 */
export async function runClient(
  config: ClientConfig,
  pool: StreamPool,
  startedAt: Instant,
  path: PathTests,
): Promise<ResultDocument> {
  const run = new ClientRun(config, pool, startedAt, path);
  try {
    return await run.run();
  } finally {
    run.close();
  }
}

class ClientRun {
  readonly #config: ClientConfig;
  #startedAt: Instant;
  readonly #wallStart = new Date().toISOString();
  readonly #pool: StreamPool;
  readonly #path: PathTests;
  readonly #mtus: MeasuredMtus;
  readonly #engine: Engine;
  readonly #paths: ClientPath[] = [];
  readonly #opening: PathOpening;
  readonly #tests: TestResult[] = [];
  readonly #failures: TestFailure[] = [];
  /** Why the run ended early. */
  #error: NetError | undefined;

  constructor(config: ClientConfig, pool: StreamPool, startedAt: Instant, path: PathTests) {
    this.#config = config;
    this.#path = path;
    this.#mtus = measuredMtus(config.host, path.tests);
    this.#pool = pool;
    this.#startedAt = startedAt;
    this.#opening = { config, clientId: toHex(randomOctets(16)) };
    // The same choice as in the threads of the pool.
    const libc = config.engine === 'auto' ? loadLibc() : null;
    this.#engine = libc ? 'linux' : 'portable';
    const notice = config.engine === 'auto' ? (portableNotice(libc) ?? batchNotice(libc?.batchRefusal ?? null)) : null;
    if (notice !== null) config.onEvent({ tag: 'notice', message: notice });
  }

  async run(): Promise<ResultDocument> {
    await this.#connectPaths();
    await this.#runRounds();
    const failure = this.#error ?? firstFailure(this.#paths, this.#failures);
    if (failure && this.#tests.length === 0) throw failure;
    // Releases the place at the server for other clients.
    this.close();
    const document = this.#document(failure, await gatherHost(this.#config, this.#paths));
    this.#config.onEvent({ tag: 'ended', document });
    return document;
  }

  close(): void {
    for (const { connection } of this.#paths) connection?.close();
  }

  /**
   * Connects all paths.
   *
   * @throws NetError when none is connected, or different servers answer
   */
  async #connectPaths(): Promise<void> {
    const { host, via, onEvent } = this.#config;
    for (const name of [host, ...via]) {
      const path = await connectPath(name, this.#paths, this.#opening);
      this.#paths.push(path);
      const described = this.#described(path);
      const { connection } = path;
      if (connection === null) {
        if (via.length > 0) onEvent({ tag: 'path-failed', path: described });
        continue;
      }
      const { port } = connection.target;
      onEvent({ tag: 'connected', path: described, port, server_version: connection.welcome.host.version });
    }
    const [first] = this.#paths;
    if (first?.error && this.#paths.every(({ connection }) => connection === null)) throw first.error;
  }

  /** In the order A B, B A, A B …, so that slow changes affect every path equally. */
  async #runRounds(): Promise<void> {
    const { rounds, tests, signal } = this.#config;
    for (let round = 1; round <= rounds; round++) {
      const order = round % 2 === 1 ? this.#paths : this.#paths.toReversed();
      for (const spec of tests) {
        for (const path of order) {
          if (path.usable === null || this.#hasAlwaysFailed(spec, path)) continue;
          await this.#settle();
          // Between two tests nothing breaks, and what is left is missing all the same.
          if (signal?.aborted) {
            this.#error ??= abortError(signal);
            return;
          }
          if (!(await this.#runOne(spec, path, path.usable, round))) return;
        }
      }
    }
  }

  /** Whether this protocol failed on the path before and never worked: each attempt takes seconds, so it is skipped. */
  #hasAlwaysFailed({ protocol }: TestSpec, { name }: ClientPath): boolean {
    const isSo = (one: { readonly path: string; readonly config: TestSpec }): boolean =>
      one.path === name && one.config.protocol === protocol;
    return this.#config.rounds > 1 && this.#failures.some(isSo) && !this.#tests.some(isSo);
  }

  /** Waits until the queues of the previous test are empty, which would affect the next path. */
  async #settle(): Promise<void> {
    const last = this.#tests.at(-1);
    if (!last || this.#paths.length < 2) return;
    const rtts = last.test === 'bandwidth' ? last.flows.map((flow) => flow.tcp?.rtt_ns ?? 0) : [];
    const pause = Math.min(SETTLE_LIMIT, Math.max(SETTLE_LEAST, ...rtts.map((rtt) => 2 * rtt)));
    // Rejects when aborted, which the next test detects itself.
    await delay(pause / NS_PER_MS, undefined, { signal: this.#config.signal ?? undefined }).catch(() => {});
    this.#startedAt = monotonicNow();
  }

  /** Runs one test; false if the run is over. */
  async #runOne(spec: TestSpec, path: ClientPath, connection: PathConnection, round: number): Promise<boolean> {
    const { device, client_port: clientPort, signal, onEvent, rounds, during, path_trial } = this.#config;
    const line = this.#paths[0];
    try {
      checkServerEngine(spec, connection.welcome.engine);
      const deps: ClientTestDeps = {
        path: connection,
        pool: this.#pool,
        round,
        rounds,
        earlier: this.#tests,
        device: path === line ? device : null,
        clientPort,
        wireDevice: line?.facts.device ?? null,
        captured: during && path !== line ? (line?.facts ?? null) : null,
        limitNs: this.#config.connect_timeout_ns,
        startedAt: this.#startedAt,
        clientEngine: this.#engine,
        signal,
        liveCpu: this.#config.live_cpu,
        onEvent,
        // A comparison has figures of both paths already, and its rounds should not be delayed.
        tryPath:
          path_trial && rounds === 1
            ? async (granted, request) => {
                const { tryPath } = await import('./path-trial.ts');
                return tryPath(granted, request, this.#trialDeps(connection, deps));
              }
            : null,
      };
      const result = await runTest(spec, deps);
      this.#tests.push(result);
      this.#startedAt = monotonicNow();
      // A test that received nothing is a valid result. With several paths, the failure of one does not end the run.
      if (result.error && !isNothingReceived(result.error) && this.#paths.length === 1) {
        this.#error = new NetError(errorCodeOf(result.error.code), result.error.message);
      }
    } catch (error) {
      if (!(error instanceof NetError)) throw error;
      await this.#handleFailure({ path: path.name, round, config: spec, error }, connection);
    }
    if (path.giveUpIfLost() && this.#paths.length > 1) onEvent({ tag: 'path-failed', path: this.#described(path) });
    return this.#error === undefined;
  }

  /** A test that did not begin does not end the run, unless it was aborted. */
  async #handleFailure(
    { path, round, config, error }: Omit<TestFailure, 'error'> & { readonly error: NetError },
    connection: PathConnection,
  ): Promise<void> {
    const { via, tests, signal, onEvent } = this.#config;
    if (signal?.aborted) {
      this.#error = error;
      return;
    }
    // The server allows one test of a run at a time, so this one is ended. If that fails, the connection reports it.
    const asked = monotonicNow();
    const report = await connection.leaveTest().catch(() => null);
    const hellos = report?.udp_hellos ?? null;
    const message = error.message + blockedWay(error.message, hellos, monotonicNow() - asked, connection.target.port);
    const failure = { path, round, config, error: { code: error.code, message } };
    this.#failures.push(failure);
    this.#startedAt = monotonicNow();
    if (via.length + tests.length > 1) onEvent({ tag: 'test-failed', failure });
  }

  #trialDeps(connection: PathConnection, deps: ClientTestDeps): PathTrialDeps {
    const { address, ...target } = connection.target;
    const silent = {
      ...deps,
      captured: null,
      wireDevice: null,
      clientPort: null,
      liveCpu: false,
      onEvent: () => {},
      tryPath: null,
    };
    const quiet = { limitNs: deps.limitNs, onAnswer: () => {}, onQueued: () => {} };
    return {
      connect: (signal) => openPath({ ...target, addresses: [address] }, false, { ...quiet, signal }, this.#opening),
      run: (spec, own, signal) => runTest(spec, { ...silent, path: own, signal }),
      signal: deps.signal,
      mtuBytes: connection.facts.mtu_bytes,
    };
  }

  #described(path: ClientPath): PathResult {
    const found = describePaths(this.#paths, this.#tests, this.#mtus, null).find(({ name }) => name === path.name);
    if (!found) throw new RangeError(`no path ${path.name}`);
    return found;
  }

  #document(failure: NetError | null, gathered: GatheredHost | null): ResultDocument {
    const { host, port, title } = this.#config;
    const paths = describePaths(this.#paths, this.#tests, this.#mtus, gathered);
    const tests = withWirelessLimits(this.#tests, paths);
    const first = this.#paths.find(({ connection }) => connection !== null)?.connection;
    return {
      schema: RESULT_SCHEMA,
      tool: { name: 'winze', version: VERSION },
      started_at: this.#wallStart,
      title,
      target: { host, port, server_id: first?.serverId ?? null },
      client: { ...hostFacts(), details: gathered?.details ?? null },
      server: first ? { ...first.welcome.host, details: serverDetailsOf(this.#paths) } : null,
      paths,
      path_tests: this.#path.tests,
      tests,
      failures: this.#failures,
      overhead: compare(paths, tests, this.#mtus),
      expectations: [],
      complete: failure === null && this.#path.error === null && this.#tests.every((test) => test.complete),
      error: failure
        ? { code: failure.code, message: failure.message }
        : (firstTestError(this.#tests) ?? this.#path.error),
    };
  }
}
