/**
 * Sends bulk data over TCP on Linux.
 *
 * @module
 */
import { NetError } from '../../core/errors.ts';
import type { TcpFacts } from '../../core/shapes/flow.ts';
import { type Instant, NS_PER_MS, NS_PER_S } from '../../core/time.ts';
import { Pacer } from '../../measure/pacer.ts';
import { TestBoard } from '../../measure/test-board.ts';
import { MSG, POLL, SOL, TCP } from '../../native/constants.ts';
import { readTcpInfo, type TcpInfo } from '../../native/tcp-info.ts';
import { monotonicNow } from '../monotonic.ts';
import { SenderClock } from '../streams/sender-clock.ts';
import { DeliveredSlices } from './delivered-slices.ts';
import { type LinuxStream, type LinuxStreamDeps, NEVER } from './stream.ts';
import { ThreadShare } from './thread-share.ts';

/** Longest burst of a paced stream: a write is at most what is due in this time. */
const PACED_WRITE_NS = NS_PER_MS;

/** The sender of a TCP stream. */
export class LinuxTcpSend implements LinuxStream {
  readonly fd: number;
  readonly #deps: LinuxStreamDeps;
  readonly #chunk: number;
  readonly #board: TestBoard;
  /** With MSG_EOR the kernel never joins two writes in one segment (tcp_skb_can_collapse_to()). */
  readonly #flags: number;
  #clock: SenderClock | undefined;
  #pacer: Pacer | undefined;
  #share: ThreadShare;
  #counted = 0;
  #warmup = 0;
  /** TCP_INFO at the end of the warm-up; `undefined` before, `null` where the kernel reported none. */
  #baseline: TcpInfo | null | undefined;
  #delivered: DeliveredSlices | undefined;
  #flowing = false;
  #done = false;

  constructor(deps: LinuxStreamDeps) {
    this.#deps = deps;
    this.fd = deps.socket.fd;
    const { rateBps, spec } = deps.plan;
    const paced = rateBps === null ? Number.POSITIVE_INFINITY : (rateBps / 8) * (PACED_WRITE_NS / NS_PER_S);
    this.#chunk = Math.max(1, Math.min(spec.length_bytes, deps.thread.bulk.bytes.length, Math.ceil(paced)));
    this.#flags = spec.figure === 'packets' ? MSG.nosignal | MSG.eor : MSG.nosignal;
    this.#board = new TestBoard(deps.plan.board);
    this.#share = new ThreadShare(deps.thread);
  }

  interest(): number {
    if (!this.#clock || this.#done) return 0;
    return this.#pacer && this.#pacer.nextAt() > monotonicNow() ? 0 : POLL.out;
  }

  wakeAt(): Instant {
    const clock = this.#clock;
    if (!clock || this.#done) return NEVER;
    const sample = Math.min(clock.nextSampleAt, clock.endsAt, this.#delivered?.nextAt ?? clock.countsFrom);
    return this.#pacer ? Math.min(sample, Math.max(this.#pacer.nextAt(), monotonicNow())) : sample;
  }

  start(now: Instant): void {
    const { rateBps } = this.#deps.plan;
    this.#clock = new SenderClock(this.#deps.plan, now);
    if (rateBps !== null) this.#pacer = new Pacer(rateBps / 8, now);
    this.#share.begin();
  }

  step(ready: number, now: Instant, until: Instant): void {
    const clock = this.#clock;
    if (!clock || this.#done) return;
    this.#sample(clock, now);
    if (now >= clock.endsAt || this.#isComplete()) return this.#finish(now);
    const { libc, bulk } = this.#deps.thread;
    if ((ready & (POLL.err | POLL.hup)) !== 0) {
      return this.#fail(now, `the connection broke: ${libc.errorName(this.#deps.socket.pendingError())}`);
    }
    for (let at = now; at < until && at < clock.endsAt; at = monotonicNow()) {
      const want = this.#want(at);
      if (want <= 0) return;
      const sent = libc.send(this.fd, bulk.address, want, this.#flags);
      if (sent < 0) {
        if (!libc.wouldBlock()) this.#fail(at, `cannot send: ${libc.errno()}`);
        return;
      }
      this.#count(sent, at, clock);
      if (this.#isComplete()) return this.#finish(at);
    }
  }

  stop(now: Instant): void {
    this.#finish(now);
  }

  close(reset: boolean): void {
    if (this.#done && !reset) this.#deps.socket.close();
    else this.#deps.socket.reset();
  }

  /** Whether all requested octets were sent. If few were requested, the share of this stream may be none. */
  #isComplete(): boolean {
    const { bytes } = this.#deps.plan;
    return bytes !== null && this.#counted >= bytes;
  }

  /** Octets that may be written now. */
  #want(now: Instant): number {
    const { bytes } = this.#deps.plan;
    const left = bytes === null ? this.#chunk : Math.min(this.#chunk, bytes - this.#counted);
    if (!this.#pacer) return left;
    return this.#pacer.due(now) > 0 ? left : 0;
  }

  #count(sent: number, now: Instant, clock: SenderClock): void {
    this.#pacer?.take(sent);
    this.#board.count(this.#deps.plan.stream, sent, 0);
    if (now >= clock.countsFrom) this.#counted += sent;
    else this.#warmup += sent;
    if (this.#flowing) return;
    this.#flowing = true;
    // A paced write rarely ends at the end of a segment. With TCP_CORK the kernel holds the rest until the next write
    // (200 ms at most), so that segments are full as in a stream that is not paced. The first write is not corked: the
    // receiver's measuring window begins with it, and would be too short if the kernel held it.
    const { spec } = this.#deps.plan;
    if (this.#pacer && !spec.no_delay) this.#deps.socket.trySetInt(SOL.tcp, TCP.cork, 1);
    this.#deps.thread.report({ tag: 'flowing', id: this.#deps.plan.id, at: now });
  }

  #sample(clock: SenderClock, now: Instant): void {
    if (this.#baseline === undefined && now >= clock.countsFrom) {
      this.#baseline = this.#readInfo();
      this.#delivered = new DeliveredSlices(this.#baseline, now);
      this.#share.begin();
    }
    if (this.#delivered && now >= this.#delivered.nextAt) this.#delivered.take(this.#readInfo(), now);
    const index = clock.takeSample(now);
    if (index < 0) return;
    const sample = { index, bytes: this.#counted, tcp: this.#facts(clock, now) };
    this.#deps.thread.report({ tag: 'sampled', id: this.#deps.plan.id, sample });
  }

  /** TCP_INFO of the measured part: counts and times since the warm-up, gauges as they are. */
  #facts(clock: SenderClock, now: Instant): TcpFacts | null {
    const info = this.#readInfo();
    if (!info) return null;
    const since = this.#baseline;
    const elapsed = clock.elapsed(now);
    const count = (now: number | null, before: number | null = since === null ? null : 0): number | null =>
      now === null || before === null ? null : Math.max(0, now - before);
    const share = (ns: number | null, before?: number | null): number | null => {
      const limited = count(ns, before);
      return limited === null || elapsed <= 0 ? null : Math.min(1, limited / elapsed);
    };
    return {
      retransmits: count(info.retransmits, since?.retransmits),
      bytes_transmitted: count(info.bytesTransmitted, since?.bytesTransmitted),
      bytes_retransmitted: count(info.bytesRetransmitted, since?.bytesRetransmitted),
      spurious_retransmits: count(info.duplicateReports, since?.duplicateReports),
      timeouts: count(info.timeouts, since?.timeouts),
      timeout_ratio: share(info.timeoutNs, since?.timeoutNs),
      rtt_ns: info.rttNs,
      rtt_var_ns: info.rttVarNs,
      min_rtt_ns: info.minRttNs,
      snd_cwnd_bytes: info.cwndBytes,
      pmtu_bytes: info.pmtuBytes,
      mss_bytes: info.mssBytes,
      congestion_control: this.#deps.socket.congestionControl(),
      busy_ratio: share(info.busyNs, since?.busyNs),
      receive_window_limited_ratio: share(info.receiveWindowLimitedNs, since?.receiveWindowLimitedNs),
      send_buffer_limited_ratio: share(info.sendBufferLimitedNs, since?.sendBufferLimitedNs),
    };
  }

  /** In a test of packets, the segments with payload since the warm-up, retransmissions included. */
  #segments(): number | null {
    if (this.#deps.plan.spec.figure !== 'packets') return null;
    const sent = this.#readInfo()?.dataSegmentsOut ?? null;
    const before = this.#baseline?.dataSegmentsOut ?? null;
    return sent === null || before === null ? null : (sent - before + 2 ** 32) % 2 ** 32;
  }

  #readInfo(): TcpInfo | null {
    const view = this.#deps.socket.tcpInfo();
    return view && readTcpInfo(view);
  }

  #finish(now: Instant): void {
    if (this.#done) return;
    this.#done = true;
    const { socket, plan, thread } = this.#deps;
    const tcp = this.#clock ? this.#facts(this.#clock, now) : null;
    socket.finish();
    thread.report({
      tag: 'sent',
      id: plan.id,
      report: {
        stream: plan.stream,
        bytes: this.#counted,
        packets: this.#segments(),
        warmup_bytes: this.#warmup,
        elapsed_ns: this.#clock?.elapsed(now, this.#pacer?.nextAt()) ?? 0,
        tcp,
        ...this.#share.use(),
        blocked_ratio: null,
        ...(this.#delivered?.report ?? { slice_ns: null, slices: null }),
      },
    });
  }

  #fail(now: Instant, reason: string): void {
    const { plan, thread } = this.#deps;
    const { code, message } = new NetError('ERR_PEER_LOST', `stream ${plan.stream}: ${reason}`);
    // Reported before `sent`, because the test may end normally on `sent`.
    thread.report({ tag: 'failed', id: plan.id, code, message });
    this.#finish(now);
  }
}
