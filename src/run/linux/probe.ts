/**
 * The prober of a latency test on Linux: one thread, absolute deadlines, no event loop in between.
 *
 * The thread sleeps in ppoll() until shortly before the next probe is due and then spins on the clock, because a sleep
 * ends tens of microseconds late. UDP answers are stamped by the kernel, so that the time for waking up this thread
 * does not count as network delay.
 *
 * @module
 */
import { NetError } from '../../core/errors.ts';
import { type Instant, NS_PER_US } from '../../core/time.ts';
import { MSG, POLL } from '../../native/constants.ts';
import type { Memory } from '../../native/memory/memory.ts';
import { UdpReceiver } from '../../native/udp/udp-receiver.ts';
import { monotonicNow } from '../monotonic.ts';
import { MessageStream } from '../streams/message-stream.ts';
import { ProbeSession } from '../streams/probe-session.ts';
import { type LinuxStream, type LinuxStreamDeps, NEVER } from './stream.ts';
import { ThreadShare } from './thread-share.ts';

/** How long before a deadline the thread stops sleeping and spins. */
const SPIN = 80 * NS_PER_US;

/** The prober of a latency test, at the client. */
export class LinuxProbe implements LinuxStream {
  readonly fd: number;
  readonly #deps: LinuxStreamDeps;
  readonly #probe: Memory;
  readonly #stamped: boolean;
  readonly #messages: MessageStream;
  readonly #share: ThreadShare;
  #session: ProbeSession | undefined;
  #broken = false;
  #done = false;

  constructor(deps: LinuxStreamDeps) {
    this.#deps = deps;
    this.fd = deps.socket.fd;
    const { spec } = deps.plan;
    this.#probe = deps.thread.libc.allocate(spec.length_bytes);
    this.#stamped = spec.protocol === 'udp' && UdpReceiver.stamp(deps.socket);
    this.#messages = new MessageStream(spec.length_bytes);
    this.#share = new ThreadShare(deps.thread);
  }

  interest(): number {
    return this.#done || this.#broken ? 0 : POLL.in;
  }

  wakeAt(): Instant {
    const session = this.#session;
    return !session || this.#done ? NEVER : Math.min(session.dueAt - SPIN, session.wakeAt);
  }

  start(now: Instant): void {
    const { plan, thread } = this.#deps;
    this.#session = new ProbeSession(plan, now, thread.report);
    this.#share.begin();
  }

  step(ready: number, now: Instant, until: Instant): void {
    const session = this.#session;
    if (!session || this.#done) return;
    if (ready !== 0) this.#read(session, until);
    if (session.dueAt - now <= SPIN) this.#send(session);
    const at = monotonicNow();
    this.#done = session.tick(at, this.#stamped ? 'kernel' : 'user', () => this.#share.use().thread_ratio);
  }

  stop(now: Instant): void {
    this.#session?.stop(now);
    this.step(0, now, now);
  }

  close(reset: boolean): void {
    this.#deps.thread.libc.free(this.#probe);
    if (reset) this.#deps.socket.reset();
    else this.#deps.socket.close();
  }

  /** Spins until the probe is due and sends it. A late probe is sent immediately. */
  #send(session: ProbeSession): void {
    const due = session.dueAt;
    let now = monotonicNow();
    while (now < due) now = monotonicNow();
    session.writeProbe(this.#probe.view, 0, now);
    const { libc } = this.#deps.thread;
    // A probe that the kernel refuses (a link that is down, a full buffer) is a lost probe.
    const sent = libc.send(this.fd, this.#probe.address, this.#probe.bytes.length, MSG.nosignal);
    session.handleSent(now);
    if (this.#deps.plan.spec.protocol === 'tcp' && sent !== this.#probe.bytes.length) {
      this.#fail(sent < 0 ? `cannot send: ${libc.errno()}` : 'the connection is stalled, a probe left in part');
    }
  }

  #read(session: ProbeSession, until: Instant): void {
    if (this.#deps.plan.spec.protocol === 'tcp') return this.#readStream(session);
    const { datagrams } = this.#deps.thread;
    for (let at = monotonicNow(); ; at = monotonicNow()) {
      const messages = datagrams.receive(this.fd);
      if (messages === 0) return;
      const now = this.#stamped ? datagrams.readClock(monotonicNow) : monotonicNow();
      for (let i = 0; i < messages; i++) {
        const received = now - this.#ageOf(datagrams, i);
        session.handleBytes(datagrams.view, datagrams.offset(i), datagrams.length(i), received);
      }
      if (at >= until) return;
    }
  }

  /** Time since the kernel received message `i`; 0 without a stamp, or if the wall clock was set in the meantime. */
  #ageOf(datagrams: UdpReceiver, i: number): number {
    const age = this.#stamped ? datagrams.ageNs(i) : 0;
    return age > 0 && age < this.#deps.plan.spec.gap_ns + 1e9 ? age : 0;
  }

  #readStream(session: ProbeSession): void {
    const { libc, bulk } = this.#deps.thread;
    const got = libc.recv(this.fd, bulk.address, bulk.bytes.length, MSG.dontwait);
    if (got < 0 && libc.wouldBlock()) return;
    if (got <= 0) return this.#fail('the server closed the connection');
    const now = monotonicNow();
    this.#messages.push(bulk.bytes.subarray(0, got), (view, at, length) => {
      session.handleBytes(view, at, length, now);
    });
  }

  #fail(reason: string): void {
    const { plan, thread } = this.#deps;
    this.#broken = true;
    this.#session?.stop(0);
    const { code, message } = new NetError('ERR_PEER_LOST', `latency test: ${reason}`);
    thread.report({ tag: 'failed', id: plan.id, code, message });
  }
}
