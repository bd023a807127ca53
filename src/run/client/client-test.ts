/**
 * Runs one test over one path, from the request to the result.
 *
 * @module
 */

import { formatEndpoint } from '../../core/address.ts';
import { NetError } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import type { ConnectionsInterval, HeldMemory } from '../../core/shapes/connections.ts';
import type { ClientEvent } from '../../core/shapes/events.ts';
import type { Interval } from '../../core/shapes/flow.ts';
import type { PathFacts } from '../../core/shapes/path.ts';
import type { LatencyInterval, TestResult } from '../../core/shapes/result.ts';
import type { Engine, FlowDirection, TestSpec } from '../../core/shapes/spec.ts';
import type { ReceiverInterval } from '../../core/shapes/stream-report.ts';
import { type Instant, type Nanos, NS_PER_S } from '../../core/time.ts';
import { heldMemory } from '../../measure/connections/held-memory.ts';
import { ConnectionRowMerge } from '../../measure/connections/row-merge.ts';
import { IntervalMerge } from '../../measure/flow/interval-merge.ts';
import type { PathTrial } from '../../measure/limits/path-trial.ts';
import { directionsOf, layoutOf } from '../../measure/stream-layout.ts';
import type { ClientSessionEvent } from '../../session/client-session.ts';
import type { ServerReport } from '../../session/messages.ts';
import { readMemory } from '../../system/memory.ts';
import { beginTunnelCapture } from '../capture/live/begin-tunnel-capture.ts';
import type { TunnelCapture } from '../capture/live/tunnel-capture.ts';
import { LiveCpuRows } from '../live-cpu/live-cpu-rows.ts';
import { monotonicNow } from '../monotonic.ts';
import type { StreamPool } from '../streams/stream-pool.ts';
import { abortError } from './abort.ts';
import { ClientStreams } from './client-streams.ts';
import type { PathConnection } from './connect/path-connection.ts';
import { HostCounters } from './host-counters.ts';
import type { TestOutcome } from './test-outcome.ts';
import type { PathTrials, TrialRequest } from './test-result.ts';

/**
 * Time after the planned end of a test at which it is given up. The server ends an overdue test by itself after the
 * same time.
 */
const OVERDUE_LIMIT = 30 * NS_PER_S;
/** The shortest test after which the path is tried with datagrams. */
const LEAST_TRIED = NS_PER_S;
/** Longest wait for the reports of local streams after they were told to stop. */
const REPORT_LIMIT = 4 * NS_PER_S;

/** The path, the threads and the options of a test. */
export interface ClientTestDeps {
  readonly path: PathConnection;
  readonly pool: StreamPool;
  readonly round: number;
  readonly rounds: number;
  /** Results of the tests of this run so far. */
  readonly earlier: readonly TestResult[];
  /** Device to which the sockets of streams are bound (SO_BINDTODEVICE); `null` for none. */
  readonly device: string | null;
  /** Local port of stream 0; `null` leaves it to the system. */
  readonly clientPort: number | null;
  /** Device whose byte counters are reported as the wire: that of the baseline path. */
  readonly wireDevice: string | null;
  /** The baseline path under the tunnel, if both ends should capture there; otherwise `null`. */
  readonly captured: PathFacts | null;
  /** Longest wait for the connections of streams. */
  readonly limitNs: Nanos;
  /** Start of the setup time that the result reports. */
  readonly startedAt: Instant;
  readonly clientEngine: Engine;
  readonly signal: AbortSignal | null;
  /** Whether the processor use of both ends is told while the test runs. */
  readonly liveCpu: boolean;
  readonly onEvent: (event: ClientEvent) => void;
  /**
   * Tries the path for a question that the test leaves open in one direction; `null` if the path should not be tried.
   */
  readonly tryPath: ((spec: TestSpec, request: TrialRequest) => Promise<PathTrial | null>) | null;
}

/**
 * Runs a test. If it fails after it began, the result has what was measured so far, with `complete: false`.
 *
 * @throws NetError when nothing was measured: the streams were not connected, or the server refused
 */
export async function runTest(spec: TestSpec, deps: ClientTestDeps): Promise<TestResult> {
  const capture = deps.captured === null ? null : await beginTunnelCapture(deps.captured);
  try {
    return await runOpened(spec, deps, capture);
  } finally {
    capture?.cancel();
  }
}

async function runOpened(spec: TestSpec, deps: ClientTestDeps, capture: TunnelCapture | null): Promise<TestResult> {
  checkServerKnows(spec, deps.path.welcome);
  const {
    spec: granted,
    clipped,
    token,
  } = await deps.path.openTest(spec, deps.signal, {
    capture: capture !== null,
    live_cpu: deps.liveCpu,
  });
  const test = new ClientTest(granted, token, deps);
  try {
    await test.open();
    await deps.path.startTest(deps.signal);
    const { local, remote } = test.addresses();
    deps.onEvent({
      tag: 'test-started',
      path: deps.path.target.name,
      round: deps.round,
      rounds: deps.rounds,
      spec: granted,
      clipped,
      // A test of connections has no stream that stays.
      streams: (spec.test === 'connections' ? [] : test.streams.endpoints).map(({ stream }) => ({
        stream,
        local: local(stream),
        remote: remote(stream),
      })),
    });
    await test.run();
    test.finishRows();
  } finally {
    test.close();
  }
  const counts = capture === null ? null : { counts: await capture.end(), detail: capture.detail };
  const outcome = { ...test.outcome(), spec: granted, clipped, capture: counts };
  // Large, and not needed before: the test does not wait for it to load.
  const { buildResult, trialsWanted } = await import('./test-result.ts');
  const result = buildResult(outcome, await tryPaths(outcome, deps, trialsWanted));
  deps.onEvent({ tag: 'test-ended', result });
  return result;
}

/** @throws NetError `ERR_UNSUPPORTED` for a test that an older server does not know */
function checkServerKnows({ test, handshake }: TestSpec, { tests, host }: PathConnection['welcome']): void {
  const wanted = handshake === null ? test : 'handshakes';
  if (tests?.includes(wanted) || (tests === null && test !== 'connections')) return;
  const option = handshake === null ? '-t c' : '--tls';
  const message = `the server runs winze ${printable(host.version, 30)}, which has no test of ${wanted}: update it, or leave ${option} out`;
  throw new NetError('ERR_UNSUPPORTED', message);
}

/** A test that was incomplete or aborted is not followed by a trial, nor is one that is shorter than the trial. */
async function tryPaths(
  outcome: TestOutcome,
  { tryPath, signal }: ClientTestDeps,
  trialsWanted: (outcome: TestOutcome) => readonly TrialRequest[],
): Promise<PathTrials> {
  const trials = new Map<FlowDirection, PathTrial>();
  const { bytes, duration_ns } = outcome.spec;
  // A trial is for the rate of the payload, which other tests do not ask for.
  if (outcome.spec.figure === 'packets' || outcome.spec.test !== 'bandwidth') return trials;
  const isLong = bytes === null && (duration_ns ?? 0) >= LEAST_TRIED;
  if (tryPath === null || !isLong || outcome.failure || outcome.server?.complete !== true) return trials;
  for (const request of trialsWanted(outcome)) {
    const trial = signal?.aborted ? null : await tryPath(outcome.spec, request);
    if (trial) trials.set(request.flow.direction, trial);
  }
  return trials;
}

class ClientTest {
  readonly streams: ClientStreams;
  readonly #spec: TestSpec;
  readonly #deps: ClientTestDeps;
  readonly #merges: readonly IntervalMerge[];
  readonly #intervals: Interval[] = [];
  readonly #latencyIntervals: LatencyInterval[] = [];
  readonly #connectionRows = new ConnectionRowMerge();
  readonly #connectionsIntervals: ConnectionsInterval[] = [];
  #memoryBefore = readMemory();
  #heldMemory: HeldMemory | null = null;
  #cpuRows: LiveCpuRows | null = null;
  readonly #serverRows: ReceiverInterval[] = [];
  readonly #watch: HostCounters;
  #server: ServerReport | undefined;
  #serverSent: ServerReport['sent'] = [];
  #serverSending: boolean;
  #failure: NetError | undefined;
  #wake: () => void = () => {};

  constructor(spec: TestSpec, token: Uint8Array, deps: ClientTestDeps) {
    this.#spec = spec;
    this.#deps = deps;
    const layout = layoutOf(spec);
    this.#merges = (spec.test === 'connections' ? [] : directionsOf(spec)).map(
      (direction) => new IntervalMerge(direction, layout),
    );
    this.#serverSending = spec.test === 'bandwidth' && layout.some((one) => one.direction === 'download');
    this.#watch = new HostCounters(deps.wireDevice);
    const { address, port, localAddress } = deps.path.target;
    const { clientPort: firstPort, device, limitNs } = deps;
    this.streams = new ClientStreams(
      deps.pool,
      {
        spec,
        token,
        layout,
        socket: { how: 'connect', address, port, localAddress, firstPort, device, limitNs },
      },
      {
        onRows: (rows) => this.#handleRows(rows),
        onDrained: (stream) => this.#showRows((merge) => merge.handleEnd([stream], monotonicNow())),
        onSample: (stream, sample) => this.#showRows((merge) => merge.handleSample(stream, sample.tcp)),
        onProbed: (row) => {
          this.#latencyIntervals.push(row);
          deps.onEvent({ tag: 'latency-interval', path: deps.path.target.name, round: deps.round, row });
        },
        onConnects: (rows) => this.#showConnections(this.#connectionRows.handleOwn(rows, monotonicNow())),
        onProgress: () => this.#wake(),
      },
    );
  }

  /** Opens the streams and waits until all are connected. */
  async open(): Promise<void> {
    const { path, signal } = this.#deps;
    path.onEvent = (event) => this.#handleSession(event);
    this.streams.open();
    await this.#until(() => this.streams.allReady || this.#isBroken());
    const failure = this.#reason() ?? (signal?.aborted ? abortError(signal) : undefined);
    if (failure) throw failure;
  }

  addresses(): { local: (stream: number) => string; remote: (stream: number) => string } {
    const find = (stream: number) => this.streams.endpoints.find((one) => one.stream === stream);
    const text = (point: { address: string; port: number } | undefined): string =>
      point ? formatEndpoint(point.address, point.port) : '-';
    return { local: (stream) => text(find(stream)?.local), remote: (stream) => text(find(stream)?.remote) };
  }

  /** Starts the streams, waits for the end, and requests the server's report. */
  async run(): Promise<void> {
    const { path, signal } = this.#deps;
    this.#watch.begin();
    this.#memoryBefore = readMemory();
    if (this.#deps.liveCpu) this.#cpuRows = new LiveCpuRows(monotonicNow());
    this.streams.start();
    // A receiver's measuring window ends before the queue of the path is empty. The device's counters are read at the
    // end of the window.
    const overdueAt = this.#overdueAt();
    await this.#until(() => this.#isCounted() || this.#isBroken(), overdueAt);
    this.#watch.end();
    await this.#until(() => this.#isOver() || this.#isBroken(), overdueAt);
    this.#failure = this.#reason();
    if (monotonicNow() >= overdueAt && !this.#isOver()) {
      const message = `the server did not end the test within ${OVERDUE_LIMIT / NS_PER_S} s of its time`;
      this.#failure ??= new NetError('ERR_PEER_LOST', message);
    }
    // A test without a planned end is always ended by the user, so that is not a failure.
    if (signal?.aborted && !this.#isOpenEnded()) this.#failure ??= abortError(signal);
    const endedByServer = this.#server !== undefined;
    if (endedByServer) this.#failure ??= new NetError('ERR_PEER_LOST', 'the server ended the test: it was overdue');
    if (endedByServer || !this.#isOver()) {
      this.streams.abort();
      await this.#until(() => this.streams.sendingDone && this.streams.receivingDone, monotonicNow() + REPORT_LIMIT);
    }
    const held = this.streams.connections?.held?.open ?? 0;
    if (held > 0) this.#heldMemory = heldMemory(this.#memoryBefore, readMemory(), held);
    if (path.failure || endedByServer) return this.#reconsider();
    try {
      this.#server = await path.stopTest(this.streams.sent, this.#failure !== undefined);
      if (!this.#endsByTime()) this.#watch.recount();
    } catch (error) {
      if (!(error instanceof NetError)) throw error;
      this.#reconsider(error);
    }
  }

  /** A server that ends a session resets its streams as well, and their end may be read before what it says. */
  #reconsider(error?: NetError): void {
    if (this.#failure === undefined || this.#failure === this.streams.failure) this.#failure = this.#reason() ?? error;
  }

  /** Reports the intervals that waited for rows of other streams: there will be no more. */
  finishRows(): void {
    this.#showRows((merge) => merge.finish(monotonicNow()));
    this.#showConnections(this.#connectionRows.finish(monotonicNow()));
  }

  outcome() {
    const { path, round, clientEngine } = this.#deps;
    return {
      path,
      round,
      clientEngine,
      streams: this.streams,
      intervals: this.#intervals,
      latencyIntervals: this.#latencyIntervals,
      connectionsIntervals: this.#connectionsIntervals,
      heldMemory: this.#heldMemory,
      server: this.#server,
      serverRows: this.#serverRows,
      serverSent: this.#serverSent,
      watch: this.#watch,
      failure: this.#failure,
      earlier: this.#deps.earlier,
      setupNs: this.streams.flowingAt === null ? null : this.streams.flowingAt - this.#deps.startedAt,
    };
  }

  close(): void {
    this.#deps.path.onEvent = () => {};
    this.streams.close(this.#deps.path.isLost);
  }

  #isOver(): boolean {
    return this.#server !== undefined || (this.#isCounted() && !this.#serverSending);
  }

  /**
   * Whether the local streams have finished. For a download, the server's message that it has finished may be
   * outstanding.
   */
  #isCounted(): boolean {
    return this.#server !== undefined || (this.streams.sendingDone && this.streams.receivingDone);
  }

  /** Whether payload in flight at the end of the test is not counted. In other tests all of it counts, however late. */
  #endsByTime(): boolean {
    return this.#spec.protocol === 'tcp' && this.#spec.duration_ns !== null;
  }

  /** Why the test broke. What the server says goes before what became of the streams when it ended the session. */
  #reason(): NetError | undefined {
    const { path } = this.#deps;
    return path.isEndedByServer ? path.failure : (this.streams.failure ?? path.failure);
  }

  #isBroken(): boolean {
    const { path, signal } = this.#deps;
    return this.streams.failure !== undefined || path.failure !== undefined || (signal?.aborted ?? false);
  }

  #isOpenEnded(): boolean {
    return this.#spec.duration_ns === null && this.#spec.bytes === null;
  }

  #handleSession(event: ClientSessionEvent): void {
    if (event.tag === 'interval') {
      this.#cpuRows?.handleServer(event.cpuRatio, monotonicNow());
      this.#serverRows.push(...event.rows);
      this.#handleRows(event.rows);
    } else if (event.tag === 'sample') {
      this.#showRows((merge) => merge.handleSample(event.stream, event.tcp));
    } else if (event.tag === 'sent') {
      this.#serverSending = false;
      this.#serverSent = event.sent;
      this.streams.drain(event.sent);
    } else if (event.tag === 'result') {
      // The server ended the test by itself, because it was overdue.
      this.#server = event.result;
    }
    this.#wake();
  }

  #showConnections(rows: readonly ConnectionsInterval[]): void {
    const { path, round, onEvent } = this.#deps;
    this.#connectionsIntervals.push(...rows);
    for (const row of rows) onEvent({ tag: 'connections-interval', path: path.target.name, round, row });
  }

  #showCpu(): void {
    const row = this.#cpuRows?.take(monotonicNow());
    if (row !== undefined) this.#deps.onEvent({ tag: 'cpu', path: this.#deps.path.target.name, ...row });
  }

  #handleRows(rows: readonly ReceiverInterval[]): void {
    if (this.#spec.test === 'connections') {
      return this.#showConnections(this.#connectionRows.handleServer(rows, monotonicNow()));
    }
    this.#showRows((merge) => merge.handleRows(rows, monotonicNow()));
  }

  #showRows(take: (merge: IntervalMerge) => readonly Interval[]): void {
    const complete = this.#merges.flatMap(take);
    if (complete.length === 0) return;
    this.#intervals.push(...complete);
    const { protocol } = this.#spec;
    const { path, round, onEvent } = this.#deps;
    onEvent({ tag: 'interval', path: path.target.name, round, protocol, rows: complete });
  }

  /**
   * Without a limit, a server that continues to report would keep its client forever. A test of a number of octets has
   * no planned end.
   */
  #overdueAt(): Instant {
    const { duration_ns, warmup_ns } = this.#spec;
    return duration_ns === null ? Number.POSITIVE_INFINITY : monotonicNow() + warmup_ns + duration_ns + OVERDUE_LIMIT;
  }

  /** Waits until a condition is true, which is checked after every report and every 100 ms, or until a time. */
  async #until(condition: () => boolean, until: Instant = Number.POSITIVE_INFINITY): Promise<void> {
    const { signal } = this.#deps;
    const wake = (): void => this.#wake();
    const ticker = setInterval(() => {
      this.#showRows((merge) => merge.handleTimeout(monotonicNow()));
      this.#showConnections(this.#connectionRows.handleTimeout(monotonicNow()));
      this.#showCpu();
      this.#wake();
    }, 100);
    signal?.addEventListener('abort', wake);
    try {
      while (!condition() && monotonicNow() < until) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      clearInterval(ticker);
      signal?.removeEventListener('abort', wake);
    }
  }
}
