/**
 * Receives bulk data over TCP with node:net.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { type Instant, NS_PER_S } from '../../core/time.ts';
import { readPacer } from '../../measure/flow/rate-guard.ts';
import { ReceiverMeter } from '../../measure/flow/receiver-meter.ts';
import type { Pacer } from '../../measure/pacer.ts';
import { TestBoard } from '../../measure/test-board.ts';
import { monotonicNow } from '../monotonic.ts';
import { resetConnection } from '../reset-connection.ts';
import { meterPlanOf, NOT_MEASURED, receiverRow, tcpReceiverReport } from '../streams/stream-reports.ts';
import type { PortableDeps, PortableStream } from './stream.ts';

/** Longest wait, after the test was stopped, for octets that are still in flight. */
const DRAIN_LIMIT = 2 * NS_PER_S;

/** The receiver of a TCP stream. */
export class PortableTcpReceive implements PortableStream {
  readonly #deps: PortableDeps;
  readonly #socket: Socket;
  readonly #meter: ReceiverMeter;
  /** Limits reading to the granted rate, once the test has started, if this end enforces it. */
  #pacer: Pacer | undefined;
  #drainUntil: Instant = Number.POSITIVE_INFINITY;
  #ended = false;
  #reported = false;

  constructor(deps: PortableDeps, socket: Socket) {
    this.#deps = deps;
    this.#socket = socket;
    this.#meter = new ReceiverMeter(meterPlanOf(deps.plan));
    const board = new TestBoard(deps.plan.board);
    const receive = (chunk: Uint8Array): void => {
      const at = monotonicNow();
      if (!this.#meter.hasReceived) {
        this.#meter.handleSilence(deps.lastTurnAt());
        deps.report({ tag: 'flowing', id: deps.plan.id, at });
      }
      this.#meter.add(chunk.length, at);
      board.count(deps.plan.stream, chunk.length, 0);
      this.#pacer?.take(chunk.length);
      if (this.#pacer && this.#pacer.due(at) <= 0) socket.pause();
    };
    const { boundary } = deps;
    socket.on('data', boundary.wrap(receive));
    // A sender that is aborted resets the connection: for the receiver this is the end of the stream.
    socket.on(
      'error',
      boundary.wrap(() => this.#end()),
    );
    socket.on(
      'end',
      boundary.wrap(() => this.#end()),
    );
    // Before the test has started, and while no more may be read, data waits in the kernel.
    if (deps.plan.heldBps === null) socket.resume();
    else socket.pause();
  }

  start(now: Instant): void {
    this.#meter.start(now);
    const { heldBps } = this.#deps.plan;
    if (heldBps !== null) this.#pacer = readPacer(heldBps, now);
    this.#socket.resume();
  }

  tick(now: Instant): void {
    if (this.#pacer && this.#socket.isPaused() && this.#pacer.due(now) > 0) this.#socket.resume();
    this.#meter.tick(now);
    if (now >= this.#drainUntil) this.#meter.end(now, false);
    this.#flush(now);
  }

  stop(now: Instant, _packets: number | null, aborted: boolean): void {
    this.#drainUntil = aborted ? now : now + DRAIN_LIMIT;
    this.tick(now);
  }

  close(reset: boolean): void {
    if (reset) resetConnection(this.#socket);
    else this.#socket.destroy();
  }

  #end(): void {
    this.#ended = true;
    this.#meter.end(monotonicNow(), true);
    this.#flush(monotonicNow());
  }

  #flush(now: Instant): void {
    const { plan, report } = this.#deps;
    const rows = [];
    for (let row = this.#meter.pollInterval(); row; row = this.#meter.pollInterval()) {
      rows.push(receiverRow(plan.stream, row));
    }
    if (rows.length > 0) report({ tag: 'received', id: plan.id, rows });
    const over = this.#meter.closed || this.#ended || now >= this.#drainUntil;
    if (!over || this.#reported) return;
    this.#reported = true;
    report({ tag: 'drained', id: plan.id, report: tcpReceiverReport(plan.stream, this.#meter, NOT_MEASURED) });
  }
}
