/**
 * The client's streams of one test: opened together, started together, their reports collected.
 *
 * @module
 */
import { NetError } from '../../core/errors.ts';
import type { LatencyInterval } from '../../core/shapes/result.ts';
import type { TestSpec } from '../../core/shapes/spec.ts';
import type { ReceiverInterval, ReceiverReport, SenderReport } from '../../core/shapes/stream-report.ts';
import type { Instant } from '../../core/time.ts';
import type { LatencyReport } from '../../measure/latency-recorder.ts';
import type { StreamLayout } from '../../measure/stream-layout.ts';
import { TestBoard } from '../../measure/test-board.ts';
import type { Endpoint, SenderSample, SocketPlan, StreamReport, StreamRole } from '../streams/stream-plan.ts';
import type { StreamHandle, StreamPool } from '../streams/stream-pool.ts';

export interface ClientStreamsPlan {
  readonly spec: TestSpec;
  readonly token: Uint8Array;
  readonly layout: readonly StreamLayout[];
  readonly socket: Extract<SocketPlan, { how: 'connect' }>;
}

export interface ClientStreamsHandlers {
  readonly onRows: (rows: readonly ReceiverInterval[]) => void;
  /** A receiver reports no more intervals. */
  readonly onDrained: (stream: number) => void;
  readonly onSample: (stream: number, sample: SenderSample) => void;
  readonly onProbed: (row: LatencyInterval) => void;
  /** Any report came: the test is alive, and may be done. */
  readonly onProgress: () => void;
}

/** What a prober measured. */
export interface Measured {
  readonly report: LatencyReport;
  readonly timestamps: 'kernel' | 'user';
  readonly threadRatio: number | null;
}

interface Slot {
  readonly layout: StreamLayout;
  /** `undefined` before it is opened. */
  handle: StreamHandle | undefined;
  readonly role: StreamRole;
  ready: { readonly local: Endpoint; readonly remote: Endpoint } | undefined;
  sent: SenderReport | undefined;
  received: ReceiverReport | undefined;
  measured: Measured | undefined;
}

export class ClientStreams {
  /** When the first octet of data left or came; `null` before. */
  flowingAt: Instant | null = null;
  /** The first thing that went wrong. */
  failure: NetError | undefined;
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
      const wish = { stream, direction, role: slot.role, spec, token, board, rateBps, bytes, heldBps: null, socket };
      slot.handle = this.#pool.open(wish, (report) => this.#handle(stream, report));
    }
  }

  get allReady(): boolean {
    return this.#slots.every((slot) => slot.ready);
  }

  /** This end's senders and probers are done. */
  get sendingDone(): boolean {
    return this.#slots.every((slot) => slot.role === 'receive' || slot.sent || slot.measured);
  }

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

  get endpoints(): readonly { readonly stream: number; readonly local: Endpoint; readonly remote: Endpoint }[] {
    return this.#slots.flatMap(({ layout, ready }) => (ready ? [{ stream: layout.stream, ...ready }] : []));
  }

  start(): void {
    for (const slot of this.#slots) slot.handle?.start();
  }

  /** Tells receivers that nothing more will be sent. */
  drain(serverSent: readonly SenderReport[]): void {
    for (const slot of this.#slots) {
      if (slot.role !== 'receive') continue;
      const sent = serverSent.find((one) => one.stream === slot.layout.stream);
      slot.handle?.stop(sent?.packets ?? null, false);
    }
  }

  /** Ends everything at once; the reports follow. */
  abort(): void {
    for (const slot of this.#slots) slot.handle?.stop(null, true);
  }

  close(): void {
    for (const slot of this.#slots) slot.handle?.close();
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

function roleOf(spec: TestSpec, layout: StreamLayout): StreamRole {
  if (spec.test === 'latency') return 'probe';
  return layout.direction === 'upload' ? 'send' : 'receive';
}
