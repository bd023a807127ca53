/**
 * Runs the lab's tests with the client of `winze -c` and collects their results.
 *
 * @module
 */
import { NetError } from '../../core/errors.ts';
import type { ClientEvent } from '../../core/shapes/events.ts';
import type { LabConfig, LabPhase, LabRowName } from '../../core/shapes/lab.ts';
import type { PathResult, ResultDocument, TestResult } from '../../core/shapes/result.ts';
import type { TestSpec } from '../../core/shapes/spec.ts';
import { planLabTests, plannedTime, plannedTimeOfRow, ROUNDS } from '../../measure/lab/lab-plan.ts';
import type { LabMeasured, TunnelCpu } from '../../measure/lab/lab-rows.ts';
import { firstTestError, isNothingReceived } from '../../measure/limits/nothing-received.ts';
import { readProcessCpuNs } from '../../system/process-cpu.ts';
import { connect } from '../client/client.ts';
import { monotonicNow } from '../monotonic.ts';
import type { Link } from './relay/link.ts';
import type { UpTunnel } from './tunnels.ts';

/** Results of all tests, complete or not. */
export interface Gathered extends LabMeasured {
  /** Highest processor use of the relay in a TCP test, in cores; `null` without a relay or /proc. */
  readonly relayBusiest: number | null;
  /** What ended the run early; `null` if nothing did. */
  readonly error: NetError | null;
}

type LabOptions = Pick<LabConfig, 'duration_ns' | 'congestion_control' | 'engine' | 'signal' | 'onEvent'>;

/**
 * Runs all tests, until the first error.
 *
 * @param seesProcesses - whether /proc shows the processes of the lab
 */
export async function measure(
  options: LabOptions,
  link: Link,
  rows: readonly UpTunnel[],
  port: number,
  seesProcesses: boolean,
): Promise<Gathered> {
  const run = new LabTests(options, link, rows, port, seesProcesses);
  let error: NetError | null = null;
  try {
    await run.compare();
    await run.load();
    await run.count();
  } catch (thrown) {
    if (!(thrown instanceof NetError)) throw thrown;
    error = thrown;
  }
  const gathered = run.gathered();
  return { ...gathered, error: error ?? nothingReceivedIn(gathered) };
}

class LabTests {
  readonly #options: LabOptions;
  readonly #link: Link;
  readonly #rows: readonly UpTunnel[];
  readonly #port: number;
  readonly #watch: CpuReadings;
  readonly #plan: ReturnType<typeof planLabTests>;
  readonly #byAddress: ReadonlyMap<string, UpTunnel>;
  #left: number;
  #paths: readonly PathResult[] = [];
  #tests: readonly TestResult[] = [];
  #loaded: readonly TestResult[] = [];
  #counted: readonly TestResult[] = [];

  constructor(options: LabOptions, link: Link, rows: readonly UpTunnel[], port: number, seesProcesses: boolean) {
    this.#options = options;
    this.#link = link;
    this.#rows = rows;
    this.#port = port;
    this.#watch = new CpuReadings(seesProcesses, link.relay?.pid ?? null);
    this.#plan = planLabTests(
      link.facts,
      rows.map(({ mtu }) => mtu),
      options.duration_ns,
      options.congestion_control,
    );
    this.#byAddress = new Map(rows.map((row) => [row.address, row]));
    this.#left = rows.length * plannedTimeOfRow(this.#plan);
  }

  gathered(): Omit<Gathered, 'error'> {
    return {
      rows: this.#rows,
      paths: this.#paths,
      tests: this.#tests,
      loaded: this.#loaded,
      counted: this.#counted,
      tunnelCpu: this.#watch.tunnels,
      relayBusiest: this.#watch.relayBusiest,
    };
  }

  async compare(): Promise<void> {
    const document = await this.#client('compare', this.#rows, this.#plan.compare, ROUNDS);
    this.#paths = document.paths.map((path) => this.#named(path));
    this.#tests = document.tests.map((test) => this.#renamed(test));
    throwIfBroken(document);
  }

  async load(): Promise<void> {
    const [tcp, probes] = this.#plan.load;
    for (const row of this.#rows) {
      const documents = await Promise.all([
        this.#client('load', [row], [tcp], 1),
        this.#client('load', [row], [probes], 1),
      ]);
      this.#loaded = [...this.#loaded, ...documents.flatMap(({ tests }) => tests.map((test) => this.#renamed(test)))];
      for (const document of documents) throwIfBroken(document);
    }
  }

  async count(): Promise<void> {
    await this.#link.offload(false);
    try {
      const document = await this.#client('count', this.#rows, this.#plan.count, 1);
      this.#counted = document.tests.map((test) => this.#renamed(test));
      throwIfBroken(document);
    } finally {
      await this.#link.offload(true);
    }
  }

  #client(
    phase: LabPhase,
    rows: readonly UpTunnel[],
    tests: readonly Partial<TestSpec>[],
    rounds: number,
  ): Promise<ResultDocument> {
    const { engine, signal } = this.#options;
    const [host = '', ...via] = rows.map(({ address }) => address);
    const onEvent = (event: ClientEvent): void => this.#tell(phase, event);
    return connect({ host, via, port: this.#port, tests, rounds, family: 4, engine, signal, onEvent });
  }

  #tell(phase: LabPhase, event: ClientEvent): void {
    if (event.tag === 'test-started') {
      const row = this.#byAddress.get(event.path);
      if (!row) return;
      this.#watch.begin(row);
      const { test, protocol, rate_bps } = event.spec;
      const { round, rounds } = event;
      const left_ns = Math.max(0, this.#left);
      this.#options.onEvent({ tag: 'test', phase, round, rounds, row: row.name, test, protocol, rate_bps, left_ns });
      // Probes under load run in parallel with a test whose time is counted already.
      if (phase !== 'load' || test !== 'latency') this.#left -= plannedTime(event.spec);
    } else if (event.tag === 'test-ended') this.#watch.end(event.result, phase);
  }

  #named(path: PathResult): PathResult {
    const row = this.#byAddress.get(path.name);
    // WireGuard in userspace looks like any TUN device, but here it is known.
    const kind = row === undefined || row.name === 'plain' ? path.client.kind : 'wireguard';
    const server = path.server && { ...path.server, kind };
    return { ...path, name: this.#nameOf(path.name), client: { ...path.client, kind }, server };
  }

  #renamed<T extends TestResult>(test: T): T {
    return { ...test, path: this.#nameOf(test.path) };
  }

  #nameOf(address: string): LabRowName {
    return this.#byAddress.get(address)?.name ?? 'plain';
  }
}

/** Reads the processor time of tunnels and relay before and after each test. */
class CpuReadings {
  readonly tunnels: TunnelCpu[] = [];
  relayBusiest: number | null = null;
  readonly #seesProcesses: boolean;
  readonly #relay: number | null;
  #row: UpTunnel | undefined;
  #begunAt = 0;
  #before: { readonly tunnel: number | null; readonly relay: number | null } = { tunnel: null, relay: null };

  constructor(seesProcesses: boolean, relay: number | null) {
    this.#seesProcesses = seesProcesses;
    this.#relay = relay;
  }

  begin(row: UpTunnel): void {
    this.#row = row;
    this.#begunAt = monotonicNow();
    this.#before = this.#read();
  }

  end({ test, protocol, round, complete }: TestResult, phase: LabPhase): void {
    const row = this.#row;
    if (row === undefined || !complete) return;
    const { tunnel, relay } = this.#read();
    // The time between the two readings, not that of the test, so that the ratio is not too high.
    const passed = monotonicNow() - this.#begunAt;
    const cores = (before: number | null, after: number | null): number | null =>
      before === null || after === null || passed <= 0 ? null : (after - before) / passed;
    const [ofTunnel, ofRelay] = [cores(this.#before.tunnel, tunnel), cores(this.#before.relay, relay)];
    if (phase !== 'compare' || test !== 'bandwidth' || protocol !== 'tcp') return;
    if (ofRelay !== null) this.relayBusiest = Math.max(this.relayBusiest ?? 0, ofRelay);
    if (ofTunnel !== null) this.tunnels.push({ row: row.name, round, cores: ofTunnel });
  }

  #read(): { readonly tunnel: number | null; readonly relay: number | null } {
    const pids = this.#row?.pids ?? [];
    return {
      tunnel: pids.length === 0 ? null : this.#sum(pids),
      relay: this.#relay === null ? null : this.#sum([this.#relay]),
    };
  }

  #sum(pids: readonly number[]): number | null {
    if (!this.#seesProcesses) return null;
    const times = pids.map((pid) => readProcessCpuNs(pid));
    return times.reduce<number | null>((sum, time) => (sum === null || time === null ? null : sum + time), 0);
  }
}

function nothingReceivedIn({ tests, loaded, counted }: LabMeasured): NetError | null {
  const found = firstTestError([...tests, ...loaded, ...counted]);
  return found && new NetError('ERR_NOTHING_RECEIVED', found.message);
}

/**
 * The client returns partial results after an error: then the lab ends too. A row over which nothing was received
 * counts as measured.
 */
function throwIfBroken({ complete, error }: ResultDocument): void {
  if ((complete && error === null) || isNothingReceived(error)) return;
  const code = error?.code === 'ERR_ABORTED' ? 'ERR_ABORTED' : 'ERR_PEER_LOST';
  throw new NetError(code, error?.message ?? 'a test was not complete');
}
