/**
 * Rates of a running test over short intervals, for the console of a server.
 *
 * @module
 */
import type { TestSpec } from '../../core/shapes/spec.ts';
import type { Instant, Nanos } from '../../core/time.ts';
import { layoutOf, streamsOf } from '../stream-layout.ts';
import type { Passed, TestBoard } from '../test-board.ts';
import { rate } from './flow-result.ts';

/** Rates over one interval, including the warm-up; `null` for what the test does not have. */
export interface ProgressRow {
  /** Time since the test started. */
  readonly start_ns: Nanos;
  readonly end_ns: Nanos;
  /** Received payload. */
  readonly received_bps: number | null;
  /** Payload that the kernel took to send. */
  readonly sent_bps: number | null;
  /** Datagrams received and sent. */
  readonly packets_per_s: number | null;
  /** Probes of a latency test that were reflected. */
  readonly echoes_per_s: number | null;
  /** Connections accepted in a test of connections. */
  readonly connections_per_s: number | null;
}

const NOTHING: Passed = { bytes: 0, packets: 0 };

/** Whether anything was received or sent in the interval. */
export function hasPassed(row: ProgressRow): boolean {
  const rates = [row.received_bps, row.sent_bps, row.packets_per_s, row.echoes_per_s, row.connections_per_s];
  return rates.some((rate) => rate !== null && rate > 0);
}

/** Computes the rates from the counters of a test. */
export class Progress {
  readonly #spec: TestSpec;
  readonly #board: TestBoard;
  readonly #startedAt: Instant;
  /** Streams on which this end receives and sends; `null` where the test has none. */
  readonly #receiving: readonly number[] | null;
  readonly #sending: readonly number[] | null;
  #lookedAt: Instant;
  #received = NOTHING;
  #sent = NOTHING;

  /** For the server, which receives uploads, sends downloads and reflects probes. */
  constructor(spec: TestSpec, board: TestBoard, now: Instant) {
    this.#spec = spec;
    this.#board = board;
    this.#startedAt = now;
    this.#lookedAt = now;
    const layout = layoutOf(spec);
    const some = (streams: readonly number[]) => (streams.length > 0 ? streams : null);
    this.#receiving = some(streamsOf(layout, 'upload'));
    this.#sending = some(streamsOf(layout, 'download'));
  }

  /** The rates since the last call; `now` must be later than that. */
  take(now: Instant): ProgressRow {
    const elapsed = now - this.#lookedAt;
    const times = { start_ns: this.#lookedAt - this.#startedAt, end_ns: now - this.#startedAt };
    const received = this.#board.passed(this.#receiving ?? []);
    const sent = this.#board.passed(this.#sending ?? []);
    const perSecond = (count: number): number => (rate(count, elapsed) ?? 0) / 8;
    const packets = perSecond(received.packets - this.#received.packets + sent.packets - this.#sent.packets);
    const { test, protocol } = this.#spec;
    const isBandwidth = test === 'bandwidth';
    const row: ProgressRow = {
      ...times,
      received_bps: isBandwidth && this.#receiving ? 8 * perSecond(received.bytes - this.#received.bytes) : null,
      sent_bps: isBandwidth && this.#sending ? 8 * perSecond(sent.bytes - this.#sent.bytes) : null,
      packets_per_s: isBandwidth && protocol === 'udp' ? packets : null,
      echoes_per_s: test === 'latency' ? packets : null,
      connections_per_s: test === 'connections' ? packets : null,
    };
    this.#lookedAt = now;
    this.#received = received;
    this.#sent = sent;
    return row;
  }
}
