/**
 * One test at the server, with its streams from the first connection to the last report.
 *
 * @module
 */
import { NetError } from '../../core/errors.ts';
import type { AcceptReport, HeldMemory } from '../../core/shapes/connections.ts';
import type { CpuFacts, TcpFacts } from '../../core/shapes/flow.ts';
import type { TraceAsk, TracedPath } from '../../core/shapes/path/trace-back.ts';
import type { TestPurpose, TestSpec } from '../../core/shapes/spec.ts';
import type { ReceiverInterval, ReceiverReport, SenderReport } from '../../core/shapes/stream-report.ts';
import { NS_PER_MS, NS_PER_S } from '../../core/time.ts';
import { heldMemory } from '../../measure/connections/held-memory.ts';
import { IntervalSets } from '../../measure/flow/interval-sets.ts';
import { threadFacts } from '../../measure/flow/thread-use.ts';
import { layoutOf, type StreamLayout, streamsOf } from '../../measure/stream-layout.ts';
import { TestBoard } from '../../measure/test-board.ts';
import { grantedRate } from '../../session/limits.ts';
import { MAX_FAILURE, type ServerReport } from '../../session/messages.ts';
import { CpuMeter } from '../../system/cpu.ts';
import { readMemory } from '../../system/memory.ts';
import { readUdpDrops } from '../../system/snmp.ts';
import type { ErrorBoundary } from '../error-boundary.ts';
import type { StreamPlan, StreamReport } from '../streams/stream-plan.ts';
import type { StreamHandle } from '../streams/stream-pool.ts';

/** Longest wait for the reports of streams after they were told to stop. */
const REPORT_LIMIT_MS = (8 * NS_PER_S) / NS_PER_MS;

/** Parameters and callbacks of a test. */
export interface ServerTestDeps {
  readonly spec: TestSpec;
  readonly token: Uint8Array;
  /** The trace to the client that was asked for; `null` without one. */
  readonly trace: TraceAsk | null;
  /** What the test is for; `null` if it is the test that `spec` says. */
  readonly purpose: TestPurpose | null;
  /** Catches what reports and timers throw. */
  readonly boundary: ErrorBoundary;
  /** Whether this end checks that the client does not exceed the granted rate. */
  readonly holdsRate: boolean;
  /** Rows of one interval, of all streams that this end receives. */
  readonly onRows: (rows: readonly ReceiverInterval[]) => void;
  /** TCP_INFO of a stream that this end sends. */
  readonly onSample: (stream: number, tcp: TcpFacts) => void;
  /** All senders of the server have finished, or its trace has. */
  readonly onSent: (sent: readonly SenderReport[]) => void;
  /** The client exceeded the granted rate. */
  readonly onExceeded: () => void;
  /** The test has ended; called once, unless it was cancelled. */
  readonly onResult: (result: TestReport) => void;
}

/** Opens a stream and returns its handle; its reports are passed to `handler`. */
export type OpenStream = (
  plan: Omit<StreamPlan<never>, 'id' | 'socket'>,
  handler: (report: StreamReport) => void,
) => StreamHandle;

/** Result of the test at this end, without capture and details of the host. */
export type TestReport = Omit<ServerReport, 'capture' | 'host'>;

/** What a stream of the server does, by the kind of its test and its direction. */
const ROLES = {
  bandwidth: { upload: 'receive', download: 'send' },
  latency: { upload: 'reflect', download: 'reflect' },
  connections: { upload: 'accept', download: 'accept' },
} as const;

interface Slot {
  readonly layout: StreamLayout;
  /** `undefined` while the stream is being opened: its first report may arrive before `open` returns. */
  handle: StreamHandle | undefined;
  sent: SenderReport | undefined;
  received: ReceiverReport | undefined;
  failed: boolean;
}

/** A test at the server. Its phases are open, running, stopping, over. */
export class ServerTest {
  readonly spec: TestSpec;
  readonly token: Uint8Array;
  readonly purpose: TestPurpose | null;
  readonly board: TestBoard;
  readonly #deps: ServerTestDeps;
  readonly #layout: ReadonlyMap<number, StreamLayout>;
  readonly #slots = new Map<number, Slot>();
  readonly #rows: IntervalSets;
  #cpu = new CpuMeter();
  /**
   * Processor use when this end had finished its part. The time spent waiting for the other end is not part of the
   * test.
   */
  #used: CpuFacts | undefined;
  #dropsBefore: number | null = null;
  #phase: 'open' | 'running' | 'stopping' | 'over' = 'open';
  #saidSent = false;
  #hellos = 0;
  #accepted: AcceptReport | null = null;
  #trace: TracedPath | null = null;
  #memoryBefore = readMemory();
  /** Memory for each connection that is held, when the client ended the test. */
  #memory: HeldMemory | null = null;
  #failure: string | null = null;
  #limit: NodeJS.Timeout | undefined;

  constructor(deps: ServerTestDeps) {
    this.#deps = deps;
    this.spec = deps.spec;
    this.token = deps.token;
    this.purpose = deps.purpose;
    const layout = layoutOf(deps.spec);
    this.#layout = new Map(layout.map((one) => [one.stream, one]));
    this.#rows = new IntervalSets(streamsOf(layout, 'upload'));
    this.board = TestBoard.forStreams(layout.length);
  }

  /** Whether stream `stream` is expected and not connected yet. */
  awaits(stream: number): boolean {
    return this.#phase === 'open' && this.#layout.has(stream) && !this.#slots.has(stream);
  }

  /** Counts a hello, the first datagram of a UDP stream. */
  countHello(): void {
    this.#hellos++;
  }

  /** Adds a stream and opens it. */
  attach(stream: number, open: OpenStream): void {
    const layout = this.#layout.get(stream);
    if (!layout) return;
    const { trace } = this.#deps;
    const role = trace === null ? ROLES[this.spec.test][layout.direction] : 'trace';
    const { direction, rateBps, bytes } = layout;
    const { spec, token, board } = this;
    const granted = this.#deps.holdsRate && role !== 'send' ? grantedRate(spec) : null;
    const heldBps = granted === null ? null : granted / spec.streams;
    const plan = { stream, direction, role, spec, token, board: board.memory, rateBps, bytes, heldBps, trace } as const;
    const slot: Slot = { layout, handle: undefined, sent: undefined, received: undefined, failed: false };
    this.#slots.set(stream, slot);
    slot.handle = open(
      plan,
      this.#deps.boundary.wrap((report: StreamReport) => this.#handleReport(stream, report)),
    );
  }

  /** Starts all streams. */
  start(): void {
    this.#phase = 'running';
    this.#cpu = new CpuMeter();
    this.#dropsBefore = readUdpDrops();
    this.#memoryBefore = readMemory();
    for (const slot of this.#slots.values()) slot.handle?.start();
  }

  /**
   * Ends the test. `onResult` is called when all streams have reported, or after 8 s.
   *
   * @param clientSent - reports of the client's senders
   * @param aborted - whether streams end without waiting for data in flight
   */
  stop(clientSent: readonly SenderReport[], aborted: boolean): void {
    if (this.#phase === 'stopping' || this.#phase === 'over') return;
    this.#phase = 'stopping';
    this.#limit = setTimeout(
      this.#deps.boundary.wrap(() => this.#finish()),
      REPORT_LIMIT_MS,
    );
    this.#used ??= this.#cpu.read();
    for (const slot of this.#slots.values()) {
      const sent = clientSent.find((one) => one.stream === slot.layout.stream);
      slot.handle?.stop(sent?.packets ?? null, aborted);
    }
    this.#finishIfDone();
  }

  /**
   * Ends all streams immediately, without a result.
   *
   * @param reset - whether their connections are reset, because the client is gone
   */
  cancel(reset: boolean): void {
    this.#phase = 'over';
    clearTimeout(this.#limit);
    for (const slot of this.#slots.values()) slot.handle?.close(reset);
    this.#slots.clear();
  }

  #handleReport(stream: number, report: StreamReport): void {
    const slot = this.#slots.get(stream);
    if (!slot || this.#phase === 'over') return;
    switch (report.tag) {
      case 'received':
        return this.#sendRows(this.#rows.handleRows(report.rows));
      case 'sampled':
        if (report.sample.tcp) this.#deps.onSample(stream, report.sample.tcp);
        return;
      case 'sent':
        slot.sent = report.report;
        return this.#handleSent();
      case 'accepted':
        this.#accepted = report.accepted;
        this.#memory = heldMemory(this.#memoryBefore, readMemory(), report.accepted.held ?? 0);
        return;
      case 'traced':
        this.#trace = report.trace;
        // The client waits for this before it ends the test.
        return this.#deps.onSent([]);
      case 'drained':
        slot.received = report.report;
        this.#sendRows(this.#rows.handleEnd([stream]));
        return this.#finishIfDone();
      case 'exceeded':
        return this.#deps.onExceeded();
      case 'failed':
        // The client is waiting for this stream: it is told the reason now.
        if (this.#phase === 'open') {
          throw new NetError(report.code, `stream ${stream} failed before the test began: ${report.message}`);
        }
        slot.failed = true;
        this.#failure ??= report.message.slice(0, MAX_FAILURE);
        this.#sendRows(this.#rows.handleEnd([stream]));
        this.#handleSent();
        return;
      default:
    }
  }

  /** Sends the rows of all streams of an interval in one message. */
  #sendRows(sets: readonly (readonly ReceiverInterval[])[]): void {
    for (const rows of sets) this.#deps.onRows(rows);
  }

  #handleSent(): void {
    const senders = [...this.#slots.values()].filter((slot) => slot.layout.direction === 'download');
    const done = senders.every((slot) => slot.sent !== undefined || slot.failed);
    if (done && senders.length > 0 && !this.#saidSent && this.#phase !== 'open') {
      this.#saidSent = true;
      if (senders.length === this.#slots.size) this.#used ??= this.#cpu.read();
      this.#deps.onSent(senders.flatMap((slot) => slot.sent ?? []));
    }
    this.#finishIfDone();
  }

  #finishIfDone(): void {
    if (this.#phase !== 'stopping') return;
    const done = [...this.#slots.values()].every((slot) => slot.failed || slot.sent || slot.received);
    if (done) this.#finish();
  }

  #finish(): void {
    if (this.#phase === 'over') return;
    const slots = [...this.#slots.values()];
    const sent = slots.flatMap((slot) => slot.sent ?? []);
    const received = slots.flatMap((slot) => slot.received ?? []);
    const drops = readUdpDrops();
    const result: TestReport = {
      sent,
      received,
      cpu: {
        ...(this.#used ?? this.#cpu.read()),
        ...threadFacts([...sent, ...received]),
      },
      receive_buffer_drops:
        this.spec.protocol === 'udp' && drops !== null && this.#dropsBefore !== null ? drops - this.#dropsBefore : null,
      udp_hellos: this.spec.protocol === 'udp' ? this.#hellos : null,
      trace: this.#trace,
      accepted: this.#accepted && { ...this.#accepted, memory: this.#memory },
      failure: this.#failure,
      complete: slots.length === this.#layout.size && slots.every((slot) => !slot.failed),
    };
    this.cancel(false);
    this.#deps.onResult(result);
  }
}
