/**
 * Receives numbered datagrams with node:dgram, one event for each.
 *
 * @module
 */
import type { Instant } from '../../core/time.ts';
import { type RateGuard, rateGuardOf } from '../../measure/flow/rate-guard.ts';
import { ReceiverMeter } from '../../measure/flow/receiver-meter.ts';
import { UdpReceiverEngine } from '../../measure/flow/udp-receiver.ts';
import { Keepalives } from '../../measure/keepalive.ts';
import { TestBoard } from '../../measure/test-board.ts';
import { StreamKey } from '../../wire/datagram.ts';
import { monotonicNow } from '../monotonic.ts';
import { Drain } from '../streams/drain.ts';
import { meterPlanOf, NOT_MEASURED, receiverRow, udpReceiverReport } from '../streams/stream-reports.ts';
import type { DatagramChannel, PortableDeps, PortableStream } from './stream.ts';

/** The receiver of a UDP stream. */
export class PortableUdpReceive implements PortableStream {
  readonly #deps: PortableDeps;
  readonly #port: DatagramChannel;
  readonly #engine: UdpReceiverEngine;
  readonly #keepalives: Keepalives;
  readonly #guard: RateGuard | null;
  #drain: Drain | undefined;
  #aborted = false;
  #reported = false;

  constructor(deps: PortableDeps, port: DatagramChannel) {
    this.#deps = deps;
    this.#port = port;
    const { token, stream } = deps.plan;
    const board = new TestBoard(deps.plan.board);
    const meter = new ReceiverMeter(meterPlanOf(deps.plan));
    this.#engine = new UdpReceiverEngine(new StreamKey(token, stream), meter, (bytes, packets) =>
      board.count(stream, bytes, packets),
    );
    this.#keepalives = new Keepalives(deps.plan);
    this.#guard = rateGuardOf(deps.plan);
    port.onDatagram = deps.boundary.wrap((bytes: Uint8Array) => {
      const now = monotonicNow();
      if (this.#guard?.exceeds(bytes.length, now)) return this.#exceed();
      this.#drain?.handleArrival(now);
      if (!this.#engine.meter.hasReceived) {
        this.#engine.meter.handleSilence(deps.lastTurnAt());
        deps.report({ tag: 'flowing', id: deps.plan.id, at: now });
      }
      this.#engine.handleDatagram(bytes, now);
    });
  }

  start(now: Instant): void {
    this.#engine.meter.start(now);
    this.#keepalives.begin(now);
    this.#guard?.begin(now);
  }

  tick(now: Instant): void {
    const keepalive = this.#keepalives.take(now);
    // Node may send it later, so it is copied.
    if (keepalive) this.#port.send(keepalive.slice());
    const over = this.#drain?.isOver(now, this.#engine.packets) ?? false;
    if (over) this.#engine.end(now, !this.#aborted);
    else this.#engine.tick(now);
    this.#flush(over);
  }

  stop(now: Instant, packets: number | null, aborted: boolean): void {
    this.#aborted = aborted;
    this.#drain = new Drain(now, packets, aborted);
    this.tick(now);
  }

  close(): void {
    this.#port.close();
  }

  #exceed(): void {
    this.#port.onDatagram = () => {};
    this.#deps.report({ tag: 'exceeded', id: this.#deps.plan.id });
  }

  #flush(over: boolean): void {
    const { plan, report } = this.#deps;
    const rows = [];
    for (let row = this.#engine.pollInterval(); row; row = this.#engine.pollInterval()) {
      rows.push(receiverRow(plan.stream, row));
    }
    if (rows.length > 0) report({ tag: 'received', id: plan.id, rows });
    if (!over || this.#reported) return;
    this.#reported = true;
    report({ tag: 'drained', id: plan.id, report: udpReceiverReport(plan.stream, this.#engine, NOT_MEASURED) });
  }
}
