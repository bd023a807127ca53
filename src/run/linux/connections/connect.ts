/**
 * Opens the connections of a test on Linux: as many at a time as there are workers, each closed as soon as it stands, or
 * kept.
 *
 * A connection is closed with a reset (SO_LINGER of 0 s): an orderly close would leave its port in TIME_WAIT for a minute,
 * and all 28,000 of them would be used up after a second. On loopback connect() completes before it returns, so that the
 * token can be sent at once; over a line the set of descriptors tells when.
 *
 * @module
 */
import type { Instant } from '../../../core/time.ts';
import { NS_PER_MS } from '../../../core/time.ts';
import { CONNECTION_MARK } from '../../../measure/connections/accept-count.ts';
import { ConnectMeter } from '../../../measure/connections/connect-meter.ts';
import { EPOLL, POLL } from '../../../native/constants.ts';
import { Epoll } from '../../../native/epoll.ts';
import { monotonicNow } from '../../monotonic.ts';
import { DescriptorReserve } from '../../streams/descriptor-reserve.ts';
import type { SocketPlan, StreamPlan } from '../../streams/stream-plan.ts';
import { type LinuxStream, type LinuxThread, NEVER } from '../stream.ts';
import { ThreadShare } from '../thread-share.ts';
import { Opener } from './opener.ts';

/** Pause of a worker after a failure: at once again would be a busy loop, since many failures cost no time. */
const PAUSE = NS_PER_MS;
/** Interval at which connections without an answer are looked for. */
const LOOK = 100 * NS_PER_MS;

/** A connection that is being connected. */
interface Pending {
  readonly begunAt: Instant;
  readonly warmup: boolean;
}

/** The client's end of a test of connections. */
export class LinuxConnect implements LinuxStream {
  readonly fd: number;
  readonly #thread: LinuxThread;
  readonly #plan: StreamPlan;
  readonly #limitNs: number;
  readonly #epoll: Epoll;
  readonly #opener: Opener;
  readonly #reserve = new DescriptorReserve();
  readonly #share: ThreadShare;
  readonly #opened = { fd: -1, error: '' };
  readonly #pending = new Map<number, Pending>();
  readonly #held = new Set<number>();
  #meter: ConnectMeter | undefined;
  /** Workers without a connection, and until when those that failed pause. */
  #idle: number;
  #pauses: Instant[] = [];
  /** Attempts that a test of held connections has left; infinite otherwise. */
  #left: number;
  #tried: Instant | null = null;
  #lookAt: Instant = NEVER;
  #flowing = false;
  #done = false;

  constructor(thread: LinuxThread, plan: StreamPlan, socket: Extract<SocketPlan, { how: 'connect' }>) {
    this.#thread = thread;
    this.#plan = plan;
    this.#limitNs = socket.limitNs;
    this.#epoll = new Epoll(thread.libc);
    this.#opener = new Opener(thread.libc, plan, socket);
    this.#share = new ThreadShare(thread);
    this.fd = this.#epoll.fd;
    this.#idle = plan.spec.streams;
    this.#left = plan.spec.hold_connections ?? Number.POSITIVE_INFINITY;
  }

  interest(): number {
    return this.#pending.size + this.#held.size > 0 ? POLL.in : 0;
  }

  wakeAt(): Instant {
    const meter = this.#meter;
    if (!meter || this.#done) return NEVER;
    const next = Math.min(meter.nextBoundary, this.#pauses[0] ?? NEVER, this.#pending.size > 0 ? this.#lookAt : NEVER);
    return this.#idle > 0 && this.#left > 0 ? 0 : next;
  }

  start(now: Instant): void {
    const { spec } = this.#plan;
    // Connections that are held all count.
    this.#meter = new ConnectMeter(spec.hold_connections === null ? spec : { ...spec, warmup_ns: 0 }, now);
    this.#lookAt = now + LOOK;
    this.#share.begin();
  }

  step(_ready: number, now: Instant, until: Instant): void {
    const meter = this.#meter;
    if (!meter) return;
    this.#resume(now);
    // What was opened by others of the test while this thread was busy comes first: it has waited.
    for (let at = now; ; at = monotonicNow()) {
      this.#takeReady(meter);
      if (at >= this.#lookAt) this.#giveUp(meter, at);
      if (at >= meter.endsAt) this.#finish(at);
      if (this.#done || !this.#beginAll(meter, until)) break;
      if (at >= until) break;
    }
    this.#flush(meter, monotonicNow());
  }

  stop(now: Instant): void {
    this.#finish(now);
  }

  close(): void {
    this.#done = true;
    this.#reserve.release();
    const { libc } = this.#thread;
    for (const fd of [...this.#pending.keys(), ...this.#held]) libc.close(fd);
    this.#pending.clear();
    this.#held.clear();
    this.#epoll.close();
    this.#opener.free();
  }

  /** Begins connections while there is a worker for them. Returns whether some completed, so that workers are free. */
  #beginAll(meter: ConnectMeter, until: Instant): boolean {
    let completed = false;
    while (this.#idle > 0 && this.#left > 0) {
      const at = monotonicNow();
      if (at >= until || at >= meter.endsAt) return false;
      completed = this.#begin(meter, at) || completed;
    }
    return completed;
  }

  #begin(meter: ConnectMeter, at: Instant): boolean {
    const warmup = meter.isWarmup(at);
    this.#idle--;
    this.#left--;
    this.#opener.begin(this.#opened);
    const { fd, error } = this.#opened;
    if (fd < 0) {
      this.#failed(meter, error, at, at);
      return false;
    }
    const sent = this.#opener.sendToken(fd, warmup ? CONNECTION_MARK.warmup : CONNECTION_MARK.counted);
    if (sent > 0) {
      this.#stands(meter, fd, at);
      return true;
    }
    if (sent < 0) this.#lose(meter, fd, this.#thread.libc.errno(), at);
    else if (this.#epoll.add(fd, EPOLL.out)) this.#pending.set(fd, { begunAt: at, warmup });
    else this.#lose(meter, fd, this.#thread.libc.errno(), at);
    return false;
  }

  #takeReady(meter: ConnectMeter): void {
    if (this.#pending.size + this.#held.size === 0) return;
    const ready = this.#epoll.take();
    for (let i = 0; i < ready; i++) {
      const fd = this.#epoll.descriptor(i);
      const pending = this.#pending.get(fd);
      if (pending) this.#connected(meter, fd, pending);
      else if (this.#held.has(fd)) this.#checkHeld(fd, this.#epoll.events(i));
    }
  }

  #connected(meter: ConnectMeter, fd: number, { begunAt, warmup }: Pending): void {
    const error = this.#opener.errorOf(fd);
    const { libc } = this.#thread;
    if (error !== 0) return this.#lose(meter, fd, libc.errorName(error), begunAt);
    const sent = this.#opener.sendToken(fd, warmup ? CONNECTION_MARK.warmup : CONNECTION_MARK.counted);
    if (sent < 0) return this.#lose(meter, fd, libc.errno(), begunAt);
    if (sent === 0) return;
    this.#pending.delete(fd);
    this.#stands(meter, fd, begunAt);
  }

  /** A connection stands: it is closed at once, or kept. */
  #stands(meter: ConnectMeter, fd: number, begunAt: Instant): void {
    const now = monotonicNow();
    meter.addOpened(begunAt, now);
    this.#idle++;
    if (!this.#flowing) {
      this.#flowing = true;
      this.#thread.report({ tag: 'flowing', id: this.#plan.id, at: begunAt });
    }
    if (this.#plan.spec.hold_connections === null) {
      this.#thread.libc.close(fd);
      return;
    }
    this.#held.add(fd);
    // The set has it already if it had to wait.
    if (!this.#epoll.modify(fd, EPOLL.rdhup)) this.#epoll.add(fd, EPOLL.rdhup);
    this.#checkTried(now);
  }

  /** A held connection reports only that its other end, or its path, is gone. */
  #checkHeld(fd: number, events: number): void {
    if ((events & (EPOLL.rdhup | EPOLL.hup | EPOLL.err)) === 0) return;
    this.#held.delete(fd);
    this.#thread.libc.close(fd);
  }

  #lose(meter: ConnectMeter, fd: number, error: string, begunAt: Instant): void {
    this.#pending.delete(fd);
    this.#thread.libc.close(fd);
    this.#failed(meter, error, begunAt, monotonicNow());
  }

  #failed(meter: ConnectMeter, error: string, begunAt: Instant, now: Instant): void {
    meter.addFailed(error, begunAt, now);
    if (this.#left === Number.POSITIVE_INFINITY) this.#pauses.push(now + PAUSE);
    // Each held connection is tried once, so that there is an end.
    else this.#idle++;
    this.#checkTried(now);
  }

  #checkTried(now: Instant): void {
    if (this.#left <= 0 && this.#pending.size === 0) this.#tried ??= now;
  }

  #resume(now: Instant): void {
    while ((this.#pauses[0] ?? NEVER) <= now) {
      this.#pauses.shift();
      this.#idle++;
    }
  }

  /** Connections without an answer for longer than the timeout have failed. */
  #giveUp(meter: ConnectMeter, now: Instant): void {
    this.#lookAt = now + LOOK;
    for (const [fd, { begunAt }] of this.#pending) {
      if (now - begunAt < this.#limitNs) break;
      this.#lose(meter, fd, 'ETIMEDOUT', begunAt);
    }
  }

  #flush(meter: ConnectMeter, now: Instant): void {
    if (!this.#done) meter.tick(now);
    const rows = [];
    for (let row = meter.pollInterval(); row; row = meter.pollInterval()) rows.push(row);
    if (rows.length > 0) this.#thread.report({ tag: 'connects', id: this.#plan.id, rows });
  }

  #finish(now: Instant): void {
    const meter = this.#meter;
    if (this.#done || !meter) return;
    this.#done = true;
    this.#reserve.release();
    this.#takeReady(meter);
    meter.end(now);
    this.#flush(meter, now);
    const isHeld = this.#plan.spec.hold_connections !== null;
    const held = isHeld ? { open: this.#held.size, opening_ns: this.#opening(meter) } : null;
    this.#thread.report({
      tag: 'connected',
      id: this.#plan.id,
      connections: meter.report(now, held),
      use: this.#share.use(),
    });
  }

  #opening(meter: ConnectMeter): number | null {
    return this.#tried === null ? null : Math.max(0, this.#tried - meter.countsFrom);
  }
}
