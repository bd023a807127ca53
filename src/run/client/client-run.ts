/**
 * The client: one or more tests, over one or more paths, to one server.
 *
 * @module
 */
import { lookup } from 'node:dns/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parseIp } from '../../core/address.ts';
import { toHex } from '../../core/bytes.ts';
import type { ClientConfig } from '../../core/config.ts';
import { messageOf, NetError } from '../../core/errors.ts';
import { type PathResult, RESULT_SCHEMA, type ResultDocument, type TestResult } from '../../core/result.ts';
import type { Engine, TestSpec } from '../../core/spec.ts';
import { type Instant, NS_PER_MS, NS_PER_S } from '../../core/time.ts';
import { VERSION } from '../../core/version.ts';
import { compare } from '../../measure/comparison.ts';
import { firstNothingReceived, isNothingReceived } from '../../measure/nothing-received.ts';
import { batchNotice } from '../../native/batch-calls.ts';
import { loadLibc } from '../../native/libc.ts';
import { hostFacts } from '../../system/host.ts';
import { hmacSha256, randomOctets } from '../hmac.ts';
import { monotonicNow } from '../monotonic.ts';
import { checkServerEngine } from '../portable/limits.ts';
import type { StreamPool } from '../streams/stream-pool.ts';
import { runTest } from './client-test.ts';
import { PathConnection, type PathTarget } from './path-connection.ts';
import { describePaths } from './path-results.ts';

/** Pause between the tests of a comparison: two round trips as the last test saw them, within these. */
const SETTLE_LEAST = 200 * NS_PER_MS;
const SETTLE_LIMIT = 2 * NS_PER_S;

/**
 * Measures with streams in the threads of `pool`. What it throws and returns is what `connect` does.
 *
 * @param startedAt - when the client was asked for this
 */
export async function runClient(config: ClientConfig, pool: StreamPool, startedAt: Instant): Promise<ResultDocument> {
  const run = new ClientRun(config, pool, startedAt);
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
  readonly #engine: Engine;
  readonly #connections: PathConnection[] = [];
  readonly #tests: TestResult[] = [];
  #error: NetError | undefined;

  constructor(config: ClientConfig, pool: StreamPool, startedAt: Instant) {
    this.#config = config;
    this.#pool = pool;
    this.#startedAt = startedAt;
    // As the threads of the pool choose theirs.
    const libc = config.engine === 'auto' ? loadLibc() : null;
    this.#engine = libc ? 'linux' : 'portable';
    const notice = batchNotice(libc?.batchRefusal ?? null);
    if (notice !== null) config.onEvent({ tag: 'notice', message: notice });
  }

  async run(): Promise<ResultDocument> {
    await this.#connectPaths();
    try {
      await this.#runRounds();
    } catch (error) {
      if (!(error instanceof NetError) || this.#tests.length === 0) throw error;
      this.#error = error;
    }
    const document = this.#document();
    this.#config.onEvent({ tag: 'ended', document });
    return document;
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  async #connectPaths(): Promise<void> {
    const { host, via, wait, secret, signal, onEvent } = this.#config;
    const clientId = toHex(randomOctets(16));
    for (const [index, name] of [host, ...via].entries()) {
      const target = await resolveTarget(name, this.#config, index === 0);
      const deps = { secret, wait, clientId, hmac: hmacSha256, nonce: randomOctets(32) };
      const connection = await PathConnection.open(target, deps, {
        onQueued: (place) => onEvent({ tag: 'queued', path: name, place }),
        signal,
      });
      this.#connections.push(connection);
      this.#checkSameServer(connection);
      const path = this.#paths().at(-1);
      if (path) onEvent({ tag: 'connected', path, port: target.port, server_version: connection.welcome.host.version });
    }
  }

  #checkSameServer(connection: PathConnection): void {
    const [first] = this.#connections;
    if (!first || first.serverId === connection.serverId) return;
    const [here, there] = [first.target.name, connection.target.name];
    const message = `${here} and ${there} are not the same server: --via takes another address of the same winze -s`;
    throw new NetError('ERR_USAGE', message);
  }

  /** A B, B A, A B …: what changes slowly hits every path alike. */
  async #runRounds(): Promise<void> {
    const { rounds, tests } = this.#config;
    for (let round = 1; round <= rounds; round++) {
      const order = round % 2 === 1 ? this.#connections : this.#connections.toReversed();
      for (const spec of tests) {
        for (const path of order) {
          await this.#settle();
          if (!(await this.#runOne(spec, path, round))) return;
        }
      }
    }
  }

  /** Lets the queues of the test before run empty: what is left in them would burden the next path. */
  async #settle(): Promise<void> {
    const last = this.#tests.at(-1);
    if (!last || this.#connections.length < 2) return;
    const rtts = last.test === 'bandwidth' ? last.flows.map((flow) => flow.tcp?.rtt_ns ?? 0) : [];
    const pause = Math.min(SETTLE_LIMIT, Math.max(SETTLE_LEAST, ...rtts.map((rtt) => 2 * rtt)));
    // Rejects when stopped, which the next test finds out by itself.
    await delay(pause / NS_PER_MS, undefined, { signal: this.#config.signal ?? undefined }).catch(() => {});
    this.#startedAt = monotonicNow();
  }

  /** Runs one test; false if the run is over because it broke. */
  async #runOne(spec: TestSpec, path: PathConnection, round: number): Promise<boolean> {
    const { device, signal, onEvent, rounds, during } = this.#config;
    const line = this.#connections[0];
    checkServerEngine(spec, path.welcome.engine);
    const result = await runTest(spec, {
      path,
      pool: this.#pool,
      round,
      rounds,
      device: path === line ? device : null,
      wireDevice: line?.facts.device ?? null,
      captured: during && path !== line ? (line?.facts ?? null) : null,
      startedAt: this.#startedAt,
      clientEngine: this.#engine,
      signal,
      onEvent,
    });
    this.#tests.push(result);
    this.#startedAt = monotonicNow();
    // Nothing over one path is a measurement of that path: the others have their turn.
    if (result.error && !isNothingReceived(result.error))
      this.#error = new NetError(errorCodeOf(result.error.code), result.error.message);
    return this.#error === undefined && !(signal?.aborted ?? false);
  }

  #paths(): readonly PathResult[] {
    return describePaths(this.#connections, this.#tests);
  }

  #document(): ResultDocument {
    const { host, port, title } = this.#config;
    const [first] = this.#connections;
    const paths = this.#paths();
    const broken = this.#error ? { code: this.#error.code, message: this.#error.message } : null;
    return {
      schema: RESULT_SCHEMA,
      tool: { name: 'winze', version: VERSION },
      started_at: this.#wallStart,
      title,
      target: { host, port, server_id: first?.serverId ?? null },
      client: hostFacts(),
      server: first?.welcome.host ?? null,
      paths,
      tests: this.#tests,
      overhead: compare(paths, this.#tests),
      expectations: [],
      complete: this.#error === undefined && this.#tests.every((test) => test.complete),
      error: broken ?? firstNothingReceived(this.#tests),
    };
  }
}

/** The own address and device are those of the line: a tunnel on top of it has its own. */
async function resolveTarget(name: string, config: ClientConfig, isBaseline: boolean): Promise<PathTarget> {
  const { port, family } = config;
  const local_address = isBaseline ? config.local_address : null;
  const literal = parseIp(name);
  if (literal && family !== null && literal.family !== family) {
    throw new NetError('ERR_USAGE', `${name} is not an IPv${family} address; leave out -${family}`);
  }
  // An own address of one family speaks for that family.
  const wanted = family ?? (local_address === null ? undefined : parseIp(local_address)?.family) ?? 0;
  const address = literal ? name : await resolveName(name, wanted);
  if (local_address !== null && parseIp(local_address)?.family !== parseIp(address)?.family) {
    throw new NetError('ERR_USAGE', `cannot reach ${address} from ${local_address}: one is IPv4 and one IPv6`);
  }
  return { name, address, port, localAddress: local_address };
}

async function resolveName(name: string, family: 0 | 4 | 6): Promise<string> {
  try {
    return (await lookup(name, { family, verbatim: true })).address;
  } catch (error) {
    const what = family === 0 ? '' : ` to an IPv${family} address`;
    throw new NetError('ERR_CONNECT', `${name} does not resolve${what}: ${messageOf(error)}`, { cause: error });
  }
}

function errorCodeOf(code: string): NetError['code'] {
  const codes: readonly NetError['code'][] = [
    'ERR_ABORTED',
    'ERR_CONNECT',
    'ERR_REFUSED',
    'ERR_UNSUPPORTED',
    'ERR_PEER_PROTOCOL',
  ];
  return codes.find((known) => known === code) ?? 'ERR_PEER_LOST';
}
