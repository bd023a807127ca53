/**
 * The server's end of a latency test on Linux: each probe is returned to its sender.
 *
 * @module
 */
import type { Instant } from '../../core/time.ts';
import { type RateGuard, rateGuardOf } from '../../measure/flow/rate-guard.ts';
import { Keepalives } from '../../measure/keepalive.ts';
import { Reflector } from '../../measure/probe.ts';
import { TestBoard } from '../../measure/test-board.ts';
import { MSG, POLL } from '../../native/constants.ts';
import type { Memory } from '../../native/memory/memory.ts';
import { UdpReceiver } from '../../native/udp/udp-receiver.ts';
import { StreamKey } from '../../wire/datagram.ts';
import { monotonicNow } from '../monotonic.ts';
import { MessageStream } from '../streams/message-stream.ts';
import { reflectorReport } from '../streams/stream-reports.ts';
import { LinuxMtuAnswers } from './mtu-answers.ts';
import { type LinuxStream, type LinuxStreamDeps, sendKeepalive } from './stream.ts';
import { ThreadShare } from './thread-share.ts';

/** The reflector of a latency test. */
export class LinuxReflect implements LinuxStream {
  readonly fd: number;
  readonly #deps: LinuxStreamDeps;
  readonly #reflector: Reflector;
  readonly #board: TestBoard;
  readonly #messages: MessageStream;
  readonly #reply: Memory;
  readonly #share: ThreadShare;
  readonly #stamped: boolean;
  /** Used for UDP only: a TCP connection needs no keepalives. */
  readonly #keepalives: Keepalives;
  readonly #guard: RateGuard | null;
  readonly #mtu: LinuxMtuAnswers;
  #ended = false;

  constructor(deps: LinuxStreamDeps) {
    this.#deps = deps;
    this.fd = deps.socket.fd;
    const { token, stream, spec } = deps.plan;
    this.#reflector = new Reflector(new StreamKey(token, stream));
    this.#board = new TestBoard(deps.plan.board);
    this.#messages = new MessageStream(spec.length_bytes);
    this.#reply = deps.thread.libc.allocate(spec.length_bytes);
    this.#share = new ThreadShare(deps.thread);
    this.#keepalives = new Keepalives(deps.plan);
    this.#guard = rateGuardOf(deps.plan);
    this.#mtu = new LinuxMtuAnswers(deps, this.#reply);
    this.#stamped = spec.protocol === 'udp' && UdpReceiver.stamp(deps.socket);
  }

  interest(): number {
    return this.#ended ? 0 : POLL.in;
  }

  wakeAt(): Instant {
    return this.#keepalives.nextAt;
  }

  start(now: Instant): void {
    if (this.#deps.plan.spec.protocol === 'udp') this.#keepalives.begin(now);
    this.#guard?.begin(now);
    this.#share.begin();
  }

  step(ready: number, now: Instant, until: Instant): void {
    sendKeepalive(this.#deps, this.#keepalives.take(now));
    if (ready === 0 || this.#ended) return;
    if (this.#deps.plan.spec.protocol === 'tcp') this.#reflectStream();
    else this.#reflectDatagrams(until);
  }

  stop(): void {
    const { plan, thread } = this.#deps;
    const report = reflectorReport(plan, this.#reflector.received + this.#mtu.answered, this.#share.use());
    thread.report({ tag: 'drained', id: plan.id, report });
  }

  close(reset: boolean): void {
    this.#mtu.close();
    this.#deps.thread.libc.free(this.#reply);
    if (reset) this.#deps.socket.reset();
    else this.#deps.socket.close();
  }

  #reflectDatagrams(until: Instant): void {
    const { datagrams, libc } = this.#deps.thread;
    for (let now = monotonicNow(); now < until; now = monotonicNow()) {
      const messages = datagrams.receive(this.fd);
      if (messages === 0) return;
      now = this.#stamped ? datagrams.readClock(monotonicNow) : monotonicNow();
      for (let i = 0; i < messages; i++) {
        const at = datagrams.offset(i);
        const length = datagrams.length(i);
        if (this.#guard?.exceeds(length, now)) return this.#exceed();
        const age = this.#stamped ? datagrams.ageNs(i) : 0;
        // A stamp from before the wall clock was set is ignored.
        const received = age > 0 && age < 1e9 ? now - age : now;
        if (this.#reflector.reflect(datagrams.view, at, length, received, monotonicNow())) {
          libc.send(this.fd, datagrams.address + at, length, MSG.nosignal);
        } else if (!this.#mtu.answer(datagrams.view, at, length, datagrams.fragmentBytes(i), now)) continue;
        this.#board.count(this.#deps.plan.stream, length, 1);
      }
    }
  }

  #exceed(): void {
    this.#ended = true;
    this.#deps.thread.report({ tag: 'exceeded', id: this.#deps.plan.id });
  }

  #reflectStream(): void {
    const { libc, bulk } = this.#deps.thread;
    const got = libc.recv(this.fd, bulk.address, bulk.bytes.length, MSG.dontwait);
    if (got < 0 && libc.wouldBlock()) return;
    if (got <= 0) {
      this.#ended = true;
      return;
    }
    const now = monotonicNow();
    if (this.#guard?.exceeds(got, now)) return this.#exceed();
    this.#messages.push(bulk.bytes.subarray(0, got), (view, at, length) => {
      if (!this.#reflector.reflect(view, at, length, now, monotonicNow())) return;
      this.#reply.bytes.set(new Uint8Array(view.buffer, at, length));
      // Replies are dropped if a client does not read them and its window is full.
      libc.send(this.fd, this.#reply.address, length, MSG.nosignal);
      this.#board.count(this.#deps.plan.stream, length, 1);
    });
  }
}
