/**
 * Accepts the connections of a test on Linux, in a thread of its own, from the listening socket that all clients share.
 *
 * A connection is of this test if it begins with the test's token. Several tests in one thread share the listening sockets:
 * whoever accepts a connection of another one of them passes it on. All others are handed to the main thread with what they
 * sent unread, so that other clients get in as ever. A connection of the test is closed as soon as it is counted, or is
 * answered and kept.
 *
 * @module
 */
import { type Instant, NS_PER_MS, NS_PER_S } from '../../../core/time.ts';
import { AcceptCount } from '../../../measure/connections/accept-count.ts';
import { FailureCounts } from '../../../measure/connections/failure-counts.ts';
import { ReceiverMeter } from '../../../measure/flow/receiver-meter.ts';
import { TestBoard } from '../../../measure/test-board.ts';
import { EPOLL, MSG, POLL, SOCK } from '../../../native/constants.ts';
import { Epoll } from '../../../native/epoll.ts';
import { DATA_PREAMBLE_BYTES, DATA_READY, decodePreamble } from '../../../wire/preamble.ts';
import { monotonicNow } from '../../monotonic.ts';
import { DescriptorReserve } from '../../streams/descriptor-reserve.ts';
import { CONNECTIONS_LIMIT, Drain } from '../../streams/drain.ts';
import type { StreamPlan } from '../../streams/stream-plan.ts';
import { meterPlanOf, type ThreadUse } from '../../streams/stream-reports.ts';
import { type LinuxStream, type LinuxThread, NEVER } from '../stream.ts';
import { ThreadShare } from '../thread-share.ts';

/** Pause after accept() failed for want of descriptors or memory: the connection waits, and would be ready at once again. */
const PAUSE = 10 * NS_PER_MS;
/** Longest wait of a connection for its token; then the main thread has it, which waits 10 s. */
const TOKEN_LIMIT = NS_PER_S;
/** Most connections that wait for their token here; more are handed to the main thread. */
const MOST_WAITING = 1024;
/** Accepted between two looks at the clock. */
const BATCH = 32;

/** The server's end of a test of connections. */
export class LinuxAccept implements LinuxStream {
  readonly fd: number;
  readonly #thread: LinuxThread;
  readonly #plan: StreamPlan;
  readonly #listeners: ReadonlySet<number>;
  readonly #acceptors: Map<number, LinuxAccept>;
  readonly #epoll: Epoll;
  readonly #count: AcceptCount;
  readonly #failures = new FailureCounts();
  readonly #board: TestBoard;
  readonly #share: ThreadShare;
  /** Connections without a token yet, with the time until which they may wait. */
  readonly #waiting = new Map<number, Instant>();
  readonly #held = new Set<number>();
  readonly #mostHeld: number;
  readonly #reserve = new DescriptorReserve();
  /** Why no more connections are held; `null` while there are descriptors. */
  #shortOf: string | null = null;
  #pausedUntil: Instant = NEVER;
  #started = false;
  #use: ThreadUse | undefined;
  #drain: Drain | undefined;
  #aborted = false;
  #reported = false;
  #closed = false;

  /**
   * @param listeners - descriptors of listening sockets, which this stream owns from now on
   * @param acceptors - the tests of connections of this thread, by their ids; this one is added, until it is closed
   */
  constructor(
    thread: LinuxThread,
    plan: StreamPlan,
    listeners: readonly number[],
    acceptors: Map<number, LinuxAccept>,
  ) {
    this.#thread = thread;
    this.#plan = plan;
    this.#acceptors = acceptors;
    this.#listeners = new Set(listeners);
    this.#epoll = new Epoll(thread.libc);
    this.#count = new AcceptCount(new ReceiverMeter(meterPlanOf(plan)));
    this.#board = new TestBoard(plan.board);
    this.#share = new ThreadShare(thread);
    this.#mostHeld = plan.spec.hold_connections ?? 0;
    this.fd = this.#epoll.fd;
    for (const listener of listeners) this.#epoll.add(listener, EPOLL.in);
    acceptors.set(plan.id, this);
  }

  interest(): number {
    return POLL.in;
  }

  wakeAt(): Instant {
    const [first] = this.#waiting.values();
    const own = Math.min(this.#pausedUntil, first ?? NEVER);
    if (this.#reported) return own;
    return Math.min(own, this.#count.meter.nextBoundary, this.#drain?.wakeAt() ?? NEVER);
  }

  start(now: Instant): void {
    this.#started = true;
    this.#share.begin();
    this.#count.meter.start(now);
  }

  step(_ready: number, now: Instant, until: Instant): void {
    if (now >= this.#pausedUntil) this.#resume();
    for (let at = now; at < until; at = monotonicNow()) if (!this.#takeReady(at)) break;
    this.#handOverLate(now);
    const over = this.#drain?.isOver(now, this.#count.counted) ?? false;
    if (over) this.#count.meter.end(now, !this.#aborted);
    else this.#count.meter.tick(now);
    this.#flush(over);
  }

  stop(now: Instant, packets: number | null, aborted: boolean): void {
    this.#use ??= this.#share.use();
    this.#aborted = aborted;
    this.#drain = new Drain(now, packets, aborted, CONNECTIONS_LIMIT);
    this.step(0, now, now);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#acceptors.delete(this.#plan.id);
    this.#reserve.release();
    const { libc } = this.#thread;
    for (const fd of this.#waiting.keys()) this.#handOver(fd);
    for (const fd of [...this.#held, ...this.#listeners]) libc.close(fd);
    this.#waiting.clear();
    this.#held.clear();
    this.#epoll.close();
  }

  /**
   * Takes a connection of this test whose token was read elsewhere; the descriptor is owned by this stream from now on.
   *
   * @param isWatched - whether it is in the set of descriptors already
   */
  take(fd: number, mark: number, now: Instant, isWatched: boolean): void {
    // The command that starts the test comes from another thread, and may be later than the first connection.
    if (!this.#started) this.start(now);
    if (this.#reported || !this.#count.add(mark, now)) return this.#drop(fd);
    if (this.#count.counted === 1) this.#thread.report({ tag: 'flowing', id: this.#plan.id, at: now });
    this.#drain?.handleArrival(now);
    this.#board.count(this.#plan.stream, 0, 1);
    if (this.#held.size >= this.#mostHeld) return this.#drop(fd);
    if (this.#shortOf === null) return this.#hold(fd, isWatched);
    this.#failures.add(this.#shortOf);
    this.#drop(fd);
  }

  /** Handles what is ready; returns whether there was anything. */
  #takeReady(now: Instant): boolean {
    const ready = this.#epoll.take();
    for (let i = 0; i < ready; i++) {
      const fd = this.#epoll.descriptor(i);
      if (this.#listeners.has(fd)) this.#accept(fd, now);
      else if (this.#waiting.has(fd)) this.#read(fd, now, true);
      else if (this.#held.has(fd)) this.#checkHeld(fd, this.#epoll.events(i));
    }
    return ready > 0;
  }

  #accept(listener: number, now: Instant): void {
    const { libc } = this.#thread;
    for (let i = 0; i < BATCH; i++) {
      const fd = libc.accept4(listener, 0, 0, SOCK.nonblock | SOCK.cloexec);
      if (fd >= 0) this.#read(fd, now, false);
      else if (libc.wouldBlock()) return;
      else {
        const error = libc.errno();
        if (!this.#useReserve(error)) return this.#pause(error, now);
      }
    }
  }

  /**
   * Gives up the reserve, so that other clients still get in: then this test holds no more.
   *
   * @returns whether there was one to give up
   */
  #useReserve(error: string): boolean {
    if (this.#shortOf !== null || (error !== 'EMFILE' && error !== 'ENFILE')) return false;
    this.#shortOf = error;
    this.#reserve.release();
    this.#thread.report({ tag: 'short', id: this.#plan.id, error });
    return true;
  }

  /** Without a descriptor nothing can be accepted: connections wait in the kernel's queue meanwhile. */
  #pause(error: string, now: Instant): void {
    // The client gave up before it was accepted.
    if (error === 'ECONNABORTED') return;
    // While it is short, the connections wait, and those that are refused are counted one by one.
    if (this.#started && this.#shortOf === null) this.#failures.add(error);
    this.#pausedUntil = now + PAUSE;
    for (const listener of this.#listeners) this.#epoll.remove(listener);
  }

  #resume(): void {
    this.#pausedUntil = NEVER;
    for (const listener of this.#listeners) this.#epoll.add(listener, EPOLL.in);
  }

  /**
   * Reads the token without taking it from the socket. A connection that was reset after it has its token all the same.
   *
   * @param isWaiting - whether it waits in the set already
   */
  #read(fd: number, now: Instant, isWaiting: boolean): void {
    const { libc } = this.#thread;
    const { scratch } = libc;
    const length = libc.recv(fd, scratch.address, DATA_PREAMBLE_BYTES, MSG.dontwait | MSG.peek);
    if (length < 0 && libc.wouldBlock()) return this.#wait(fd, now, isWaiting);
    // The end of the stream, or a reset, without a token: nobody is there any more.
    if (length <= 0) return this.#drop(fd);
    const preamble = decodePreamble(scratch.bytes.subarray(0, length));
    if (preamble.tag === 'partial') return this.#wait(fd, now, isWaiting);
    const owner = preamble.tag === 'data' ? this.#ownerOf(preamble.token) : undefined;
    if (preamble.tag !== 'data' || !owner) return this.#handOver(fd);
    const isOwn = owner === this;
    if (this.#waiting.delete(fd) && !isOwn) this.#epoll.remove(fd);
    owner.take(fd, preamble.stream, now, isOwn && isWaiting);
  }

  /** The test of this thread that has the token. */
  #ownerOf(token: Uint8Array): LinuxAccept | undefined {
    if (isEqual(token, this.#plan.token)) return this;
    for (const other of this.#acceptors.values()) if (isEqual(token, other.#plan.token)) return other;
    return undefined;
  }

  #wait(fd: number, now: Instant, isWaiting: boolean): void {
    if (isWaiting) return;
    // What has come of a token stays in the socket, and must not be reported again and again.
    const events = EPOLL.in | EPOLL.rdhup | EPOLL.edge;
    if (this.#waiting.size >= MOST_WAITING || !this.#epoll.add(fd, events)) return this.#handOver(fd);
    this.#waiting.set(fd, now + TOKEN_LIMIT);
  }

  /** Answers a connection and keeps it. */
  #hold(fd: number, isWatched: boolean): void {
    const { libc } = this.#thread;
    const { scratch } = libc;
    libc.recv(fd, scratch.address, DATA_PREAMBLE_BYTES, MSG.dontwait);
    scratch.bytes[0] = DATA_READY;
    const told = libc.send(fd, scratch.address, 1, MSG.nosignal | MSG.dontwait) === 1;
    const watched = told && (isWatched ? this.#epoll.modify(fd, EPOLL.rdhup) : this.#epoll.add(fd, EPOLL.rdhup));
    if (!watched) return this.#drop(fd);
    this.#held.add(fd);
  }

  #checkHeld(fd: number, events: number): void {
    if ((events & (EPOLL.rdhup | EPOLL.hup | EPOLL.err)) === 0) return;
    this.#held.delete(fd);
    this.#thread.libc.close(fd);
  }

  #drop(fd: number): void {
    this.#waiting.delete(fd);
    this.#thread.libc.close(fd);
  }

  /** The main thread gets the descriptor, which is its own from now on. */
  #handOver(fd: number): void {
    if (this.#waiting.delete(fd)) this.#epoll.remove(fd);
    this.#thread.report({ tag: 'stranger', id: this.#plan.id, fd });
  }

  #handOverLate(now: Instant): void {
    for (const [fd, until] of this.#waiting) {
      if (until > now) return;
      this.#handOver(fd);
    }
  }

  #flush(over: boolean): void {
    const plan = this.#plan;
    const thread = this.#thread;
    const rows = this.#count.takeRows();
    if (rows.length > 0) thread.report({ tag: 'received', id: plan.id, rows });
    if (!over || this.#reported) return;
    this.#reported = true;
    const held = plan.spec.hold_connections === null ? null : this.#held.size;
    thread.report({ tag: 'accepted', id: plan.id, accepted: { held, failures: this.#failures.list } });
    thread.report({ tag: 'drained', id: plan.id, report: this.#count.report(this.#use ?? this.#share.use()) });
  }
}

/** Compares tokens. It takes the same time wherever they differ. */
function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}
