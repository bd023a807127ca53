/**
 * Runs one test over one path, from the wish to the result.
 *
 * @module
 */

import { formatEndpoint } from '../../core/address.ts';
import { NetError } from '../../core/errors.ts';
import type { ClientEvent } from '../../core/shapes/events.ts';
import type { Interval, LatencyInterval, PathFacts, TestResult } from '../../core/shapes/result.ts';
import type { Engine, FlowDirection, TestSpec } from '../../core/shapes/spec.ts';
import type { ReceiverInterval } from '../../core/shapes/stream-report.ts';
import { type Instant, type Nanos, NS_PER_S } from '../../core/time.ts';
import { IntervalMerge } from '../../measure/flow/interval-merge.ts';
import type { PathTrial } from '../../measure/limits/path-trial.ts';
import { directionsOf, layoutOf } from '../../measure/stream-layout.ts';
import type { ClientSessionEvent } from '../../session/client-session.ts';
import type { ServerReport } from '../../session/messages.ts';
import { beginTunnelCapture } from '../capture/live/begin-tunnel-capture.ts';
import type { TunnelCapture } from '../capture/live/tunnel-capture.ts';
import { monotonicNow } from '../monotonic.ts';
import type { StreamPool } from '../streams/stream-pool.ts';
import { abortError } from './abort.ts';
import { ClientStreams } from './client-streams.ts';
import type { PathConnection } from './connect/path-connection.ts';
import { HostWatch } from './host-watch.ts';
import { buildResult, type PathTrials, type TestOutcome, type TrialWish, trialsWanted } from './test-result.ts';

/** Beyond the time of a test that has one: longer than this the server ends no test by itself either. */
const OVERDUE_LIMIT = 30 * NS_PER_S;
/** The shortest test after which the path is tried. */
const LEAST_TRIED = NS_PER_S;
/** How long local reports are waited for once everything was told to stop. */
const REPORT_LIMIT = 4 * NS_PER_S;

export interface ClientTestDeps {
  readonly path: PathConnection;
  readonly pool: StreamPool;
  readonly round: number;
  readonly rounds: number;
  readonly device: string | null;
  /** Device whose counters are the wire: that of the baseline. */
  readonly wireDevice: string | null;
  /** The line under the tunnel, if both ends are to capture there. */
  readonly captured: PathFacts | null;
  /** Longest wait for the connections of streams. */
  readonly limitNs: Nanos;
  readonly startedAt: Instant;
  readonly clientEngine: Engine;
  readonly signal: AbortSignal | null;
  readonly onEvent: (event: ClientEvent) => void;
  /** Tries what a direction of the test leaves open; `null` where nothing is to be tried. */
  readonly tryPath: ((spec: TestSpec, wish: TrialWish) => Promise<PathTrial | null>) | null;
}

/**
 * Runs `spec`. What was measured before something broke is in the result, with `complete: false`.
 *
 * @throws NetError when nothing was measured: the streams did not open, the server refused.
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
  const { spec: granted, clipped, token } = await deps.path.openTest(spec, deps.signal, capture !== null);
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
      streams: test.streams.endpoints.map(({ stream }) => ({ stream, local: local(stream), remote: remote(stream) })),
    });
    await test.run();
    test.finishRows();
  } finally {
    test.close();
  }
  const counts = capture === null ? null : { counts: await capture.end(), detail: capture.detail };
  const outcome = { ...test.outcome(), spec: granted, clipped, capture: counts };
  const result = buildResult(outcome, await tryPaths(outcome, deps));
  deps.onEvent({ tag: 'test-ended', result });
  return result;
}

/** What was cut short, or stopped by its user, is left at that, and so is a test of less than it would cost to try. */
async function tryPaths(outcome: TestOutcome, { tryPath, signal }: ClientTestDeps): Promise<PathTrials> {
  const trials = new Map<FlowDirection, PathTrial>();
  const { bytes, duration_ns } = outcome.spec;
  const isLong = bytes === null && (duration_ns ?? 0) >= LEAST_TRIED;
  if (tryPath === null || !isLong || outcome.failure || outcome.server?.complete !== true) return trials;
  for (const wish of trialsWanted(outcome)) {
    const trial = signal?.aborted ? null : await tryPath(outcome.spec, wish);
    if (trial) trials.set(wish.flow.direction, trial);
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
  readonly #serverRows: ReceiverInterval[] = [];
  readonly #watch: HostWatch;
  #server: ServerReport | undefined;
  #serverSent: ServerReport['sent'] = [];
  #serverSending: boolean;
  #failure: NetError | undefined;
  #wake: () => void = () => {};

  constructor(spec: TestSpec, token: Uint8Array, deps: ClientTestDeps) {
    this.#spec = spec;
    this.#deps = deps;
    const layout = layoutOf(spec);
    this.#merges = directionsOf(spec).map((direction) => new IntervalMerge(direction, layout));
    this.#serverSending = spec.test === 'bandwidth' && layout.some((one) => one.direction === 'download');
    this.#watch = new HostWatch(deps.wireDevice);
    const { address, port, localAddress } = deps.path.target;
    this.streams = new ClientStreams(
      deps.pool,
      {
        spec,
        token,
        layout,
        socket: { how: 'connect', address, port, localAddress, device: deps.device, limitNs: deps.limitNs },
      },
      {
        onRows: (rows) => this.#handleRows(rows),
        onDrained: (stream) => this.#showRows((merge) => merge.handleEnd([stream], monotonicNow())),
        onSample: (stream, sample) => this.#showRows((merge) => merge.handleSample(stream, sample.tcp)),
        onProbed: (row) => {
          this.#latencyIntervals.push(row);
          deps.onEvent({ tag: 'latency-interval', path: deps.path.target.name, row });
        },
        onProgress: () => this.#wake(),
      },
    );
  }

  /** Opens the streams, and waits until all are connected. */
  async open(): Promise<void> {
    const { path, signal } = this.#deps;
    path.onEvent = (event) => this.#handleSession(event);
    this.streams.open();
    await this.#until(() => this.streams.allReady || this.#isBroken());
    const failure = this.streams.failure ?? path.failure ?? (signal?.aborted ? abortError(signal) : undefined);
    if (failure) throw failure;
  }

  addresses(): { local: (stream: number) => string; remote: (stream: number) => string } {
    const find = (stream: number) => this.streams.endpoints.find((one) => one.stream === stream);
    const text = (point: { address: string; port: number } | undefined): string =>
      point ? formatEndpoint(point.address, point.port) : '-';
    return { local: (stream) => text(find(stream)?.local), remote: (stream) => text(find(stream)?.remote) };
  }

  /** Lets data flow, waits for the end, and gets the server's view. */
  async run(): Promise<void> {
    const { path, signal } = this.#deps;
    this.#watch.begin();
    this.streams.start();
    // A receiver's window ends before the queue in front of it does: the device is read when it ends.
    const overdueAt = this.#overdueAt();
    await this.#until(() => this.#isCounted() || this.#isBroken(), overdueAt);
    this.#watch.end();
    await this.#until(() => this.#isOver() || this.#isBroken(), overdueAt);
    this.#failure = this.streams.failure ?? path.failure;
    if (monotonicNow() >= overdueAt && !this.#isOver()) {
      const message = `the server did not end the test within ${OVERDUE_LIMIT / NS_PER_S} s of its time`;
      this.#failure ??= new NetError('ERR_PEER_LOST', message);
    }
    // A test without an end of its own is meant to be ended by hand.
    if (signal?.aborted && !this.#isOpenEnded()) this.#failure ??= abortError(signal);
    const endedByServer = this.#server !== undefined;
    if (endedByServer) this.#failure ??= new NetError('ERR_PEER_LOST', 'the server ended the test: it was overdue');
    if (endedByServer || !this.#isOver()) {
      this.streams.abort();
      await this.#until(() => this.streams.sendingDone && this.streams.receivingDone, monotonicNow() + REPORT_LIMIT);
    }
    if (path.failure || endedByServer) return;
    try {
      this.#server = await path.stopTest(this.streams.sent, this.#failure !== undefined);
      if (!this.#endsByTime()) this.#watch.recount();
    } catch (error) {
      if (!(error instanceof NetError)) throw error;
      this.#failure ??= error;
    }
  }

  /** Shows the intervals that waited for more: nothing comes any more. */
  finishRows(): void {
    this.#showRows((merge) => merge.finish(monotonicNow()));
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
      server: this.#server,
      serverRows: this.#serverRows,
      serverSent: this.#serverSent,
      watch: this.#watch,
      failure: this.#failure,
      setupNs: this.streams.flowingAt === null ? null : this.streams.flowingAt - this.#deps.startedAt,
    };
  }

  close(): void {
    this.#deps.path.onEvent = () => {};
    this.streams.close();
  }

  #isOver(): boolean {
    return this.#server !== undefined || (this.#isCounted() && !this.#serverSending);
  }

  /** The own streams are done; of a download, the server may yet have to say so. */
  #isCounted(): boolean {
    return this.#server !== undefined || (this.streams.sendingDone && this.streams.receivingDone);
  }

  /** Whether payload under way when its sender ends is left out: in other tests it counts, however late. */
  #endsByTime(): boolean {
    return this.#spec.protocol === 'tcp' && this.#spec.duration_ns !== null;
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
      this.#serverRows.push(...event.rows);
      this.#handleRows(event.rows);
    } else if (event.tag === 'sample') {
      this.#showRows((merge) => merge.handleSample(event.stream, event.tcp));
    } else if (event.tag === 'sent') {
      this.#serverSending = false;
      this.#serverSent = event.sent;
      this.streams.drain(event.sent);
    } else if (event.tag === 'result') {
      // The server ended the test by itself: it was overdue.
      this.#server = event.result;
    }
    this.#wake();
  }

  #handleRows(rows: readonly ReceiverInterval[]): void {
    this.#showRows((merge) => merge.handleRows(rows, monotonicNow()));
  }

  #showRows(take: (merge: IntervalMerge) => readonly Interval[]): void {
    const complete = this.#merges.flatMap(take);
    if (complete.length === 0) return;
    this.#intervals.push(...complete);
    const { protocol } = this.#spec;
    this.#deps.onEvent({ tag: 'interval', path: this.#deps.path.target.name, protocol, rows: complete });
  }

  /** A server that goes on reporting would keep its client for ever; a test of so many octets has no time of its own. */
  #overdueAt(): Instant {
    const { duration_ns, warmup_ns } = this.#spec;
    return duration_ns === null ? Number.POSITIVE_INFINITY : monotonicNow() + warmup_ns + duration_ns + OVERDUE_LIMIT;
  }

  /** Waits for a condition, looked at on every report; until a time. */
  async #until(condition: () => boolean, until: Instant = Number.POSITIVE_INFINITY): Promise<void> {
    const { signal } = this.#deps;
    const wake = (): void => this.#wake();
    const ticker = setInterval(() => {
      this.#showRows((merge) => merge.handleTimeout(monotonicNow()));
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
