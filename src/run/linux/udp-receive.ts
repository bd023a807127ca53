/**
 * Receives numbered datagrams on Linux, many with one system call.
 *
 * @module
 */
import type { Instant } from '../../core/time.ts';
import { type RateGuard, rateGuardOf } from '../../measure/flow/rate-guard.ts';
import { ReceiverMeter } from '../../measure/flow/receiver-meter.ts';
import { UdpReceiverEngine } from '../../measure/flow/udp-receiver.ts';
import { Keepalives } from '../../measure/keepalive.ts';
import { TestBoard } from '../../measure/test-board.ts';
import { POLL } from '../../native/constants.ts';
import { UdpReceiver } from '../../native/udp/udp-receiver.ts';
import { StreamKey } from '../../wire/datagram.ts';
import { monotonicNow } from '../monotonic.ts';
import { Drain } from '../streams/drain.ts';
import { meterPlanOf, receiverRow, type ThreadUse, udpReceiverReport } from '../streams/stream-reports.ts';
import { type LinuxStream, type LinuxStreamDeps, NEVER, sendKeepalive } from './stream.ts';
import { ThreadShare } from './thread-share.ts';

/** The receiver of a UDP stream. */
export class LinuxUdpReceive implements LinuxStream {
  readonly fd: number;
  readonly #deps: LinuxStreamDeps;
  readonly #engine: UdpReceiverEngine;
  readonly #share: ThreadShare;
  readonly #keepalives: Keepalives;
  readonly #guard: RateGuard | null;
  #exceeded = false;
  #use: ThreadUse | undefined;
  #drain: Drain | undefined;
  #aborted = false;
  #reported = false;

  constructor(deps: LinuxStreamDeps) {
    this.#deps = deps;
    this.fd = deps.socket.fd;
    UdpReceiver.join(deps.socket);
    const { token, stream } = deps.plan;
    const board = new TestBoard(deps.plan.board);
    const meter = new ReceiverMeter(meterPlanOf(deps.plan));
    this.#engine = new UdpReceiverEngine(new StreamKey(token, stream), meter, (bytes, packets) =>
      board.count(stream, bytes, packets),
    );
    this.#share = new ThreadShare(deps.thread);
    this.#keepalives = new Keepalives(deps.plan);
    this.#guard = rateGuardOf(deps.plan);
  }

  interest(): number {
    return this.#exceeded ? 0 : POLL.in;
  }

  wakeAt(): Instant {
    if (this.#reported) return NEVER;
    const boundary = Math.min(this.#engine.meter.nextBoundary, this.#drain?.wakeAt() ?? NEVER);
    return Math.min(boundary, this.#keepalives.nextAt);
  }

  start(now: Instant): void {
    this.#keepalives.begin(now);
    this.#guard?.begin(now);
    this.#share.begin();
    this.#engine.meter.start(now);
  }

  step(ready: number, now: Instant, until: Instant): void {
    if (ready !== 0) this.#read(now, until);
    sendKeepalive(this.#deps, this.#keepalives.take(now));
    const over = this.#drain?.isOver(now, this.#engine.packets) ?? false;
    if (over) this.#engine.end(now, !this.#aborted);
    else this.#engine.tick(now);
    this.#flush(over);
  }

  stop(now: Instant, packets: number | null, aborted: boolean): void {
    // The wait for datagrams in flight is not part of the test.
    this.#use ??= this.#share.use();
    this.#aborted = aborted;
    this.#drain = new Drain(now, packets, aborted);
    this.step(0, now, now);
  }

  close(): void {
    this.#deps.socket.close();
  }

  #read(now: Instant, until: Instant): void {
    const { plan, thread } = this.#deps;
    const { datagrams } = thread;
    for (let at = now; at < until; at = monotonicNow()) {
      const messages = datagrams.receive(this.fd);
      if (messages === 0) return;
      this.#drain?.handleArrival(at);
      if (!this.#engine.meter.hasReceived) {
        this.#engine.meter.handleSilence(thread.lastWaitAt);
        thread.report({ tag: 'flowing', id: plan.id, at });
      }
      let bytes = 0;
      for (let i = 0; i < messages; i++) {
        bytes += datagrams.length(i);
        this.#engine.handleMessage(
          datagrams.view,
          datagrams.offset(i),
          datagrams.length(i),
          datagrams.segmentBytes(i),
          at,
        );
      }
      if (this.#guard?.exceeds(bytes, at)) return this.#exceed();
    }
  }

  #exceed(): void {
    this.#exceeded = true;
    this.#deps.thread.report({ tag: 'exceeded', id: this.#deps.plan.id });
  }

  #flush(over: boolean): void {
    const { plan, thread } = this.#deps;
    const rows = [];
    for (let row = this.#engine.pollInterval(); row; row = this.#engine.pollInterval()) {
      rows.push(receiverRow(plan.stream, row));
    }
    if (rows.length > 0) thread.report({ tag: 'received', id: plan.id, rows });
    if (!over || this.#reported) return;
    this.#reported = true;
    const report = udpReceiverReport(plan.stream, this.#engine, this.#use ?? this.#share.use());
    thread.report({ tag: 'drained', id: plan.id, report });
  }
}
