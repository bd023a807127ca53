/**
 * The client's streams of one test: opens and starts them together, and collects their reports.
 *
 * @module
 */
import { NetError } from '../../core/errors.ts';
import type { ConnectReport } from '../../core/shapes/connections.ts';
import type { LatencyInterval } from '../../core/shapes/result.ts';
import type { TestSpec } from '../../core/shapes/spec.ts';
import type { ReceiverInterval, ReceiverReport, SenderReport } from '../../core/shapes/stream-report.ts';
import type { Instant } from '../../core/time.ts';
import type { ConnectRow } from '../../measure/connections/connect-meter.ts';
import type { LatencyReport } from '../../measure/latency-recorder.ts';
import type { StreamLayout } from '../../measure/stream-layout.ts';
import { TestBoard } from '../../measure/test-board.ts';
import type {
  SenderSample,
  SocketPlan,
  StreamAddress,
  StreamReport,
  StreamRole,
  ThreadShares,
} from '../streams/stream-plan.ts';
import type { StreamHandle, StreamPool } from '../streams/stream-pool.ts';

/** The streams to open. */
export interface ClientStreamsPlan {
  readonly spec: TestSpec;
  readonly token: Uint8Array;
  readonly layout: readonly StreamLayout[];
  readonly socket: Extract<SocketPlan, { how: 'connect' }>;
}

/** Callbacks for the reports of streams. */
export interface ClientStreamsHandlers {
  /** Intervals of receivers. */
  readonly onRows: (rows: readonly ReceiverInterval[]) => void;
  /** A receiver has ended: it reports no more intervals. */
  readonly onDrained: (stream: number) => void;
  /** TCP_INFO and counts of a sender. */
  readonly onSample: (stream: number, sample: SenderSample) => void;
  /** An interval of a latency test. */
  readonly onProbed: (row: LatencyInterval) => void;
  /** Intervals of a test of connections. */
  readonly onConnects: (rows: readonly ConnectRow[]) => void;
  /** Called after each report, so that the caller checks whether the test is finished. */
  readonly onProgress: () => void;
}

/** Result of the stream of a latency test. */
export interface Measured {
  readonly report: LatencyReport;
  readonly timestamps: 'kernel' | 'user';
  readonly threadRatio: number | null;
}

interface Slot {
  readonly layout: StreamLayout;
  /** `undefined` before the stream is opened. */
  handle: StreamHandle | undefined;
  readonly role: StreamRole;
  ready: { readonly local: StreamAddress; readonly remote: StreamAddress } | undefined;
  sent: SenderReport | undefined;
  received: ReceiverReport | undefined;
  measured: Measured | undefined;
}

/** The streams of one test, and their reports so far. */
export class ClientStreams {
  /** When the first octet of data was sent or received; `null` before. */
  flowingAt: Instant | null = null;
  /** The first failure of a stream. */
  failure: NetError | undefined;
  /** Counts of a test of connections; `undefined` until it has ended. */
  connections: ConnectReport | undefined;
  readonly #pool: StreamPool;
  readonly #plan: ClientStreamsPlan;
  readonly #handlers: ClientStreamsHandlers;
  readonly #slots: readonly Slot[];

  constructor(pool: StreamPool, plan: ClientStreamsPlan, handlers: ClientStreamsHandlers) {
    this.#pool = pool;
    this.#plan = plan;
    this.#handlers = handlers;
    this.#slots = plan.layout.map((layout) => ({
      layout,
      handle: undefined,
      role: roleOf(plan.spec, layout),
      ready: undefined,
      sent: undefined,
      received: undefined,
      measured: undefined,
    }));
  }

  /** Connects every stream. */
  open(): void {
    const { spec, token, socket, layout } = this.#plan;
    const board = TestBoard.forStreams(layout.length).memory;
    for (const slot of this.#slots) {
      const { stream, direction, rateBps, bytes } = slot.layout;
      const plan = {
        stream,
        direction,
        role: slot.role,
        spec,
        token,
        board,
        rateBps,
        bytes,
        heldBps: null,
        trace: null,
        socket,
      };
      slot.handle = this.#pool.open(plan, (report) => this.#handle(stream, report));
    }
  }

  /** Whether all streams are connected. */
  get allReady(): boolean {
    return this.#slots.every((slot) => slot.ready);
  }

  /** Whether this end's senders and probers have finished. */
  get sendingDone(): boolean {
    return this.#slots.every((slot) => slot.role === 'receive' || slot.sent || slot.measured);
  }

  /** Whether this end's receivers have finished. */
  get receivingDone(): boolean {
    return this.#slots.every((slot) => slot.role !== 'receive' || slot.received);
  }

  get sent(): readonly SenderReport[] {
    return this.#slots.flatMap((slot) => slot.sent ?? []);
  }

  get received(): readonly ReceiverReport[] {
    return this.#slots.flatMap((slot) => slot.received ?? []);
  }

  get measured(): Measured | undefined {
    return this.#slots.find((slot) => slot.measured)?.measured;
  }

  get endpoints(): readonly {
    readonly stream: number;
    readonly local: StreamAddress;
    readonly remote: StreamAddress;
  }[] {
    return this.#slots.flatMap(({ layout, ready }) => (ready ? [{ stream: layout.stream, ...ready }] : []));
  }

  /** Starts all streams. */
  start(): void {
    for (const slot of this.#slots) slot.handle?.start();
  }

  /** Tells receivers that the server's senders have finished, and how much they sent. */
  drain(serverSent: readonly SenderReport[]): void {
    for (const slot of this.#slots) {
      if (slot.role !== 'receive') continue;
      const sent = serverSent.find((one) => one.stream === slot.layout.stream);
      slot.handle?.stop(sent?.packets ?? null, false);
    }
  }

  /** Stops all streams immediately; their reports follow. */
  abort(): void {
    for (const slot of this.#slots) slot.handle?.stop(null, true);
  }

  /**
   * Ends all streams without reports.
   *
   * @param reset - whether their connections are reset, because the server was given up
   */
  close(reset: boolean): void {
    for (const slot of this.#slots) slot.handle?.close(reset);
  }

  #handle(stream: number, report: StreamReport): void {
    const slot = this.#slots.find((one) => one.layout.stream === stream);
    if (!slot) return;
    switch (report.tag) {
      case 'ready':
        slot.ready = { local: report.local, remote: report.remote };
        break;
      case 'flowing':
        this.flowingAt = Math.min(this.flowingAt ?? report.at, report.at);
        break;
      case 'received':
        this.#handlers.onRows(report.rows);
        break;
      case 'sampled':
        this.#handlers.onSample(stream, report.sample);
        break;
      case 'probed':
        this.#handlers.onProbed(report.row);
        break;
      case 'sent':
        slot.sent = report.report;
        break;
      case 'drained':
        slot.received = report.report;
        this.#handlers.onDrained(stream);
        break;
      case 'measured':
        slot.measured = report;
        break;
      case 'connects':
        this.#handlers.onConnects(report.rows);
        break;
      case 'connected':
        slot.sent = connectSent(report.connections, report.use);
        this.connections = report.connections;
        break;
      case 'accepted':
      case 'traced':
      case 'short':
      case 'stranger':
      case 'exceeded':
        break;
      case 'failed':
        this.failure ??= new NetError(report.code, report.message);
        break;
      default:
        report satisfies never;
    }
    this.#handlers.onProgress();
  }
}

/** The report of a sender, whose packets are the connections: so the server knows how many to wait for. */
function connectSent({ opened, elapsed_ns }: ConnectReport, use: ThreadShares): SenderReport {
  return {
    stream: 0,
    bytes: 0,
    packets: opened,
    warmup_bytes: 0,
    elapsed_ns,
    tcp: null,
    ...use,
    blocked_ratio: null,
    slice_ns: null,
    slices: null,
  };
}

function roleOf(spec: TestSpec, layout: StreamLayout): StreamRole {
  if (spec.test === 'latency') return 'probe';
  if (spec.test === 'connections') return 'connect';
  return layout.direction === 'upload' ? 'send' : 'receive';
}
