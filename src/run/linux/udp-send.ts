/**
 * Sends numbered datagrams on Linux, many with one system call.
 *
 * @module
 */
import { NetError } from '../../core/errors.ts';
import type { Instant, Nanos } from '../../core/time.ts';
import { DatagramTrain } from '../../measure/datagram-train.ts';
import { Pacer, QUANTUM } from '../../measure/pacer.ts';
import { TestBoard } from '../../measure/test-board.ts';
import { POLL } from '../../native/constants.ts';
import { REFUSED, UdpSender } from '../../native/udp/udp-sender.ts';
import { DATAGRAM_TYPE } from '../../wire/datagram.ts';
import { monotonicNow } from '../monotonic.ts';
import { SenderClock } from '../streams/sender-clock.ts';
import { udpSenderReport } from '../streams/stream-reports.ts';
import { ReceiverKeepalives } from './receiver-keepalives.ts';
import { type LinuxStream, type LinuxStreamDeps, NEVER } from './stream.ts';
import { ThreadShare } from './thread-share.ts';

/** The sender of a UDP stream. */
export class LinuxUdpSend implements LinuxStream {
  readonly fd: number;
  readonly #deps: LinuxStreamDeps;
  readonly #sender: UdpSender;
  readonly #train: DatagramTrain;
  readonly #board: TestBoard;
  readonly #share: ThreadShare;
  readonly #maxPackets: number;
  readonly #keepalives: ReceiverKeepalives;
  #clock: SenderClock | undefined;
  #pacer: Pacer | undefined;
  #wakeAt: Instant = NEVER;
  #blocked = false;
  /** Since when the socket is full, and for how long it has been full in total. */
  #blockedAt: Instant = NEVER;
  #blockedNs: Nanos = 0;
  /** Next sequence numbers of warm-up and of payload. */
  #warmup = 0;
  #sequence = 0;
  #flowing = false;
  #done = false;

  constructor(deps: LinuxStreamDeps) {
    this.#deps = deps;
    this.fd = deps.socket.fd;
    const { spec, stream, token, bytes } = deps.plan;
    this.#sender = new UdpSender(deps.thread.libc, deps.socket, spec.length_bytes);
    const { batch, view } = this.#sender;
    this.#train = new DatagramTrain(view, { datagramBytes: spec.length_bytes, batch, stream, token });
    this.#board = new TestBoard(deps.plan.board);
    this.#share = new ThreadShare(deps.thread);
    this.#keepalives = new ReceiverKeepalives(deps);
    this.#maxPackets = bytes === null ? Number.POSITIVE_INFINITY : Math.ceil(bytes / spec.length_bytes);
  }

  interest(): number {
    return this.#blocked ? POLL.out : 0;
  }

  wakeAt(): Instant {
    return this.#done ? NEVER : this.#wakeAt;
  }

  start(now: Instant): void {
    const { spec, rateBps } = this.#deps.plan;
    this.#clock = new SenderClock(this.#deps.plan, now);
    if (rateBps !== null) this.#pacer = new Pacer(rateBps / 8 / spec.length_bytes, now);
    this.#wakeAt = now;
    this.#keepalives.begin(now);
    this.#share.begin();
  }

  step(_ready: number, now: Instant, until: Instant): void {
    const clock = this.#clock;
    if (!clock || this.#done) return;
    this.#blocked = false;
    if (now > this.#blockedAt) this.#blockedNs += now - this.#blockedAt;
    this.#blockedAt = NEVER;
    this.#sample(clock, now);
    try {
      for (let at = now; ; at = monotonicNow()) {
        if (at >= clock.endsAt || this.#sequence >= this.#maxPackets) return this.#finish(at);
        if (this.#keepalives.isQuiet(at)) {
          this.#wakeAt = Math.min(this.#keepalives.nextReadAt, clock.endsAt);
          return;
        }
        const due = this.#pacer ? this.#pacer.due(at) : this.#sender.batch;
        if (due <= 0) return this.#sleep(at);
        if (at >= until && at > now) {
          this.#wakeAt = at;
          return;
        }
        const sent = this.#sendSome(due, at, clock);
        if (sent <= 0) return this.#block(at, sent !== REFUSED);
      }
    } catch (error) {
      if (!(error instanceof NetError)) throw error;
      const { code, message } = error;
      // Reported before `sent`, because the test may end normally on `sent`.
      this.#deps.thread.report({ tag: 'failed', id: this.#deps.plan.id, code, message });
      this.#finish(now);
    }
  }

  stop(now: Instant): void {
    this.#finish(now);
  }

  close(): void {
    this.#sender.free();
    this.#deps.socket.close();
  }

  #sendSome(due: number, now: Instant, clock: SenderClock): number {
    const warm = now < clock.countsFrom;
    const first = warm ? this.#warmup : this.#sequence;
    const want = Math.min(due, this.#sender.batch, warm ? due : this.#maxPackets - this.#sequence);
    this.#train.number(want, first, warm ? DATAGRAM_TYPE.warmup : DATAGRAM_TYPE.data, now);
    const sent = this.#sender.send(want);
    if (sent <= 0) return sent;
    if (warm) this.#warmup += sent;
    else this.#sequence += sent;
    this.#pacer?.take(sent);
    const { stream, spec } = this.#deps.plan;
    this.#board.count(stream, sent * spec.length_bytes, sent);
    if (!this.#flowing) {
      this.#flowing = true;
      this.#deps.thread.report({ tag: 'flowing', id: this.#deps.plan.id, at: now });
    }
    return sent;
  }

  #sample(clock: SenderClock, now: Instant): void {
    const index = clock.takeSample(now);
    if (index < 0) return;
    const { plan, thread } = this.#deps;
    const bytes = this.#sequence * plan.spec.length_bytes;
    thread.report({ tag: 'sampled', id: plan.id, sample: { index, bytes, tcp: null } });
  }

  #sleep(now: Instant): void {
    const endsAt = this.#clock?.endsAt ?? NEVER;
    this.#wakeAt = Math.min(Math.max(this.#pacer?.nextAt() ?? now, now + QUANTUM), endsAt);
  }

  /**
   * The kernel accepted nothing. Waits until the socket is writable, if the kernel reports that, and tries again after
   * a short time in any case.
   */
  #block(now: Instant, tells: boolean): void {
    this.#blocked = tells;
    if (tells) this.#blockedAt = now;
    this.#wakeAt = now + QUANTUM;
  }

  #finish(now: Instant): void {
    if (this.#done) return;
    this.#done = true;
    this.#blocked = false;
    const { plan, thread } = this.#deps;
    const report = udpSenderReport(plan, {
      packets: this.#sequence,
      warmupPackets: this.#warmup,
      elapsedNs: this.#clock?.elapsed(now, this.#pacer?.nextAt()) ?? 0,
      blockedNs: this.#blockedNs,
      use: this.#share.use(),
    });
    thread.report({ tag: 'sent', id: plan.id, report });
  }
}
