/**
 * Sends bulk data over TCP with node:net.
 *
 * Node calls the callback of a write before the next turn of the event loop if the kernel accepted all of it, or if the
 * connection is broken. So callbacks do not write: they schedule a turn of the loop, in which writing is limited.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { type Instant, NS_PER_MS, NS_PER_S } from '../../core/time.ts';
import { Pacer } from '../../measure/pacer.ts';
import { TestBoard } from '../../measure/test-board.ts';
import { monotonicNow } from '../monotonic.ts';
import { resetConnection } from '../reset-connection.ts';
import { SenderClock } from '../streams/sender-clock.ts';
import { failureOf } from './open.ts';
import type { PortableDeps, PortableStream } from './stream.ts';

/** Most writes in Node's queue: it joins them into one writev(). */
const WRITES_AHEAD = 8;
/** Longest time without a turn of the event loop. */
const TURN = 2 * NS_PER_MS;

/** The sender of a TCP stream. */
export class PortableTcpSend implements PortableStream {
  readonly #deps: PortableDeps;
  readonly #socket: Socket;
  readonly #payload: Uint8Array;
  readonly #board: TestBoard;
  #clock: SenderClock | undefined;
  #pacer: Pacer | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #counted = 0;
  #warmup = 0;
  #flowing = false;
  #done = false;

  constructor(deps: PortableDeps, socket: Socket) {
    this.#deps = deps;
    this.#socket = socket;
    this.#board = new TestBoard(deps.plan.board);
    const { spec, rateBps } = deps.plan;
    const paced = rateBps === null ? Number.POSITIVE_INFINITY : (rateBps / 8) * (NS_PER_MS / NS_PER_S);
    this.#payload = deps.bulk.subarray(0, Math.max(1, Math.min(spec.length_bytes, Math.ceil(paced))));
    const fail = deps.boundary.wrap((reason: string) => this.#fail(reason));
    socket.on('error', (error) => fail(failureOf(error)));
    socket.on('close', () => fail('the connection broke'));
    // The other end sends nothing, but the end of its stream is reported only if the socket is read.
    socket.resume();
  }

  start(now: Instant): void {
    const { rateBps } = this.#deps.plan;
    this.#clock = new SenderClock(this.#deps.plan, now);
    if (rateBps !== null) this.#pacer = new Pacer(rateBps / 8, now);
    this.#pump();
  }

  tick(now: Instant): void {
    const clock = this.#clock;
    if (!clock || this.#done) return;
    const index = clock.takeSample(now);
    if (index >= 0) {
      const sample = { index, bytes: this.#counted, tcp: null };
      this.#deps.report({ tag: 'sampled', id: this.#deps.plan.id, sample });
    }
    if (now >= clock.endsAt) this.#finish(now);
    else if (this.#pacer && !this.#immediate) this.#pump();
  }

  stop(now: Instant): void {
    this.#finish(now);
  }

  close(): void {
    this.#done = true;
    clearImmediate(this.#immediate);
    resetConnection(this.#socket);
  }

  /** Writes until Node's queue is full, nothing more is due, the test ends, or other streams should run. */
  #pump(): void {
    const clock = this.#clock;
    if (!clock || this.#done) return;
    const { bytes } = this.#deps.plan;
    const giveWayAt = monotonicNow() + TURN;
    for (let now = monotonicNow(); now < giveWayAt; now = monotonicNow()) {
      if (now >= clock.endsAt) return this.#finish(now);
      const left = bytes === null ? this.#payload.length : Math.min(this.#payload.length, bytes - this.#counted);
      if (left <= 0) return this.#finish(now);
      // The callback of a write schedules the next turn. A broken connection reports its error separately.
      if (this.#waiting >= WRITES_AHEAD || !this.#socket.writable) return;
      // Nothing is due: the host's tick checks again every millisecond.
      if (this.#pacer && this.#pacer.due(now) <= 0) return;
      this.#write(left, now, clock);
    }
    this.#pumpNextTurn();
  }

  /** Number of writes that the kernel has not accepted yet. */
  get #waiting(): number {
    return this.#socket.writableLength / this.#payload.length;
  }

  #pumpNextTurn(): void {
    if (this.#done) return;
    this.#immediate ??= setImmediate(
      this.#deps.boundary.wrap(() => {
        this.#immediate = undefined;
        this.#pump();
      }),
    );
  }

  #write(length: number, now: Instant, clock: SenderClock): void {
    if (!this.#flowing) {
      this.#flowing = true;
      this.#deps.report({ tag: 'flowing', id: this.#deps.plan.id, at: now });
    }
    this.#pacer?.take(length);
    if (now >= clock.countsFrom) this.#counted += length;
    else this.#warmup += length;
    const written = this.#deps.boundary.wrap((error: unknown) => {
      if (!error) this.#board.count(this.#deps.plan.stream, length, 0);
      // The queue is refilled when half of it is sent, so that each writev() stays large.
      if (!error && this.#waiting <= WRITES_AHEAD / 2) this.#pumpNextTurn();
    });
    this.#socket.write(length === this.#payload.length ? this.#payload : this.#payload.subarray(0, length), written);
  }

  #finish(now: Instant): void {
    if (this.#done) return;
    this.#done = true;
    this.#socket.end();
    const { plan, report } = this.#deps;
    report({
      tag: 'sent',
      id: plan.id,
      report: {
        stream: plan.stream,
        bytes: this.#counted,
        packets: null,
        warmup_bytes: this.#warmup,
        elapsed_ns: this.#clock?.elapsed(now, this.#pacer?.nextAt()) ?? 0,
        tcp: null,
        thread_ratio: null,
        wait_ratio: null,
        blocked_ratio: null,
        slice_ns: null,
        slices: null,
      },
    });
  }

  #fail(reason: string): void {
    if (this.#done) return;
    const { plan, report } = this.#deps;
    // Reported before `sent`, because the test may end normally on `sent`.
    report({ tag: 'failed', id: plan.id, code: 'ERR_PEER_LOST', message: `stream ${plan.stream}: ${reason}` });
    this.#finish(monotonicNow());
  }
}
