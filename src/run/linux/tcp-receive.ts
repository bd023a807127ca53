/**
 * Receives bulk data over TCP on Linux.
 *
 * The kernel discards the payload (MSG_TRUNC on a stream socket, tcp(7)) unless the test asks for copying it. So the
 * path is measured, not the memory of this host.
 *
 * @module
 */
import { type Instant, NS_PER_S } from '../../core/time.ts';
import { readPacer } from '../../measure/flow/rate-guard.ts';
import { ReceiverMeter } from '../../measure/flow/receiver-meter.ts';
import { type Pacer, QUANTUM } from '../../measure/pacer.ts';
import { TestBoard } from '../../measure/test-board.ts';
import { MSG, POLL } from '../../native/constants.ts';
import { monotonicNow } from '../monotonic.ts';
import { meterPlanOf, receiverRow, tcpReceiverReport } from '../streams/stream-reports.ts';
import { SegmentCount } from './segment-count.ts';
import { type LinuxStream, type LinuxStreamDeps, NEVER } from './stream.ts';
import { ThreadShare } from './thread-share.ts';

/** Longest wait, after the test was stopped, for octets that are still in flight. */
const DRAIN_LIMIT = 2 * NS_PER_S;

/** The receiver of a TCP stream. */
export class LinuxTcpReceive implements LinuxStream {
  readonly fd: number;
  readonly #deps: LinuxStreamDeps;
  readonly #meter: ReceiverMeter;
  readonly #board: TestBoard;
  readonly #share: ThreadShare;
  readonly #flags: number;
  /** In a test of packets. */
  readonly #segments: SegmentCount | null;
  /** Limits reading to the granted rate, once the test has started, if this end enforces it. */
  #pacer: Pacer | undefined;
  #heldUntil: Instant = NEVER;
  #drainUntil: Instant = NEVER;
  #ended = false;
  #reported = false;

  constructor(deps: LinuxStreamDeps) {
    this.#deps = deps;
    this.fd = deps.socket.fd;
    this.#meter = new ReceiverMeter(meterPlanOf(deps.plan));
    this.#board = new TestBoard(deps.plan.board);
    this.#share = new ThreadShare(deps.thread);
    this.#flags = deps.plan.spec.rx_copy ? MSG.dontwait : MSG.dontwait | MSG.trunc;
    this.#segments = deps.plan.spec.figure === 'packets' ? new SegmentCount(deps.socket) : null;
  }

  interest(): number {
    return this.#ended || this.#isHeld ? 0 : POLL.in;
  }

  wakeAt(): Instant {
    const held = this.#ended ? NEVER : this.#heldUntil;
    return this.#reported ? held : Math.min(this.#meter.nextBoundary, this.#drainUntil, held);
  }

  start(now: Instant): void {
    const { heldBps } = this.#deps.plan;
    if (heldBps !== null) this.#pacer = readPacer(heldBps, now);
    this.#share.begin();
    this.#meter.start(now);
  }

  step(ready: number, now: Instant, until: Instant): void {
    const isDue = now >= this.#heldUntil;
    if (isDue) this.#heldUntil = NEVER;
    if ((ready !== 0 || isDue) && !this.#ended && !this.#isHeld) this.#read(now, until);
    this.#meter.tick(now);
    if (now >= this.#drainUntil) this.#meter.end(now, false);
    this.#flush(now);
  }

  stop(now: Instant, _packets: number | null, aborted: boolean): void {
    this.#drainUntil = aborted ? now : now + DRAIN_LIMIT;
    this.step(0, now, now);
  }

  close(reset: boolean): void {
    if (reset) this.#deps.socket.reset();
    else this.#deps.socket.close();
  }

  /** Before the test has started, and while no more may be read, data waits in the kernel. */
  get #isHeld(): boolean {
    return this.#heldUntil !== NEVER || (this.#deps.plan.heldBps !== null && this.#pacer === undefined);
  }

  #read(now: Instant, until: Instant): void {
    const { thread, plan } = this.#deps;
    const { libc, bulk } = thread;
    for (let at = now; at < until; at = monotonicNow()) {
      const size = Math.min(bulk.bytes.length, this.#pacer?.due(at) ?? bulk.bytes.length);
      if (size <= 0) {
        this.#heldUntil = Math.max(this.#pacer?.nextAt() ?? at, at + QUANTUM);
        return;
      }
      const got = libc.recv(this.fd, bulk.address, size, this.#flags);
      if (got < 0 && libc.wouldBlock()) return;
      if (got <= 0) {
        // The end of the stream, or a reset: a sender that is aborted resets the connection.
        this.#ended = true;
        this.#meter.end(at, true);
        return;
      }
      this.#pacer?.take(got);
      if (!this.#meter.hasReceived) {
        this.#meter.handleSilence(thread.lastWaitAt);
        thread.report({ tag: 'flowing', id: plan.id, at });
      }
      this.#meter.add(got, at);
      this.#board.count(plan.stream, got, 0);
    }
  }

  #flush(now: Instant): void {
    const { plan, thread } = this.#deps;
    const rows = [];
    for (let row = this.#meter.pollInterval(); row; row = this.#meter.pollInterval()) {
      rows.push(receiverRow(plan.stream, row));
    }
    const last = rows.pop();
    if (last) {
      // Several rows are due only if the thread was delayed: which segments were of which row is not known then.
      const packets = this.#segments?.take(last.omitted) ?? null;
      const earlier = rows.map((row) => ({ ...row, packets: packets === null ? null : 0 }));
      thread.report({ tag: 'received', id: plan.id, rows: [...earlier, { ...last, packets }] });
    }
    const over = this.#meter.closed || this.#ended || now >= this.#drainUntil;
    if (!over || this.#reported) return;
    this.#reported = true;
    const report = tcpReceiverReport(plan.stream, this.#meter, this.#share.use());
    thread.report({ tag: 'drained', id: plan.id, report: { ...report, packets: this.#segments?.measured ?? null } });
  }
}
