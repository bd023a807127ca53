/**
 * Sends numbered datagrams with node:dgram, one system call for each.
 *
 * @module
 */
import { type Instant, NS_PER_MS } from '../../core/time.ts';
import { DatagramTrain } from '../../measure/datagram-train.ts';
import { PeerWatch } from '../../measure/keepalive.ts';
import { Pacer } from '../../measure/pacer.ts';
import { TestBoard } from '../../measure/test-board.ts';
import { DATAGRAM_TYPE, StreamKey } from '../../wire/datagram.ts';
import { monotonicNow } from '../monotonic.ts';
import { SenderClock } from '../streams/sender-clock.ts';
import { NOT_MEASURED, udpSenderReport } from '../streams/stream-reports.ts';
import type { DatagramChannel, PortableDeps, PortableStream } from './stream.ts';

/** Datagrams that are numbered and passed to Node together. */
const BATCH = 64;
/** Longest time without a turn of the event loop, which sends what was queued. */
const TURN = 2 * NS_PER_MS;
const NOTHING = new Uint8Array(0);

/** The sender of a UDP stream. */
export class PortableUdpSend implements PortableStream {
  readonly #deps: PortableDeps;
  readonly #port: DatagramChannel;
  readonly #train: DatagramTrain;
  readonly #board: TestBoard;
  readonly #datagrams: readonly Uint8Array[];
  readonly #maxPackets: number;
  #clock: SenderClock | undefined;
  #pacer: Pacer | undefined;
  #watch: PeerWatch | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #warmup = 0;
  #sequence = 0;
  #flowing = false;
  #done = false;

  constructor(deps: PortableDeps, port: DatagramChannel) {
    this.#deps = deps;
    this.#port = port;
    this.#board = new TestBoard(deps.plan.board);
    const { spec, stream, token, bytes } = deps.plan;
    const size = spec.length_bytes;
    const buffer = new Uint8Array(size * BATCH);
    this.#train = new DatagramTrain(new DataView(buffer.buffer), { datagramBytes: size, batch: BATCH, stream, token });
    this.#datagrams = Array.from({ length: BATCH }, (_, i) => buffer.subarray(i * size, (i + 1) * size));
    const key = new StreamKey(token, stream);
    port.onDatagram = deps.boundary.wrap((datagram: Uint8Array) => {
      if (key.typeOfDatagram(datagram) !== 0) this.#watch?.hear(monotonicNow());
    });
    this.#maxPackets = bytes === null ? Number.POSITIVE_INFINITY : Math.ceil(bytes / size);
  }

  start(now: Instant): void {
    const { spec, rateBps } = this.#deps.plan;
    this.#clock = new SenderClock(this.#deps.plan, now);
    this.#watch = new PeerWatch(now);
    if (rateBps !== null) this.#pacer = new Pacer(rateBps / 8 / spec.length_bytes, now);
    this.#pump();
  }

  tick(now: Instant): void {
    if (!this.#clock || this.#done) return;
    const index = this.#clock.takeSample(now);
    if (index >= 0) {
      const { plan, report } = this.#deps;
      const bytes = this.#sequence * plan.spec.length_bytes;
      report({ tag: 'sampled', id: plan.id, sample: { index, bytes, tcp: null } });
    }
    if (now >= this.#clock.endsAt) this.#finish(now);
    else if (!this.#immediate) this.#pump();
  }

  stop(now: Instant): void {
    this.#finish(now);
  }

  close(): void {
    this.#done = true;
    clearImmediate(this.#immediate);
    this.#port.close();
  }

  /** Sends until Node's queue is in use, nothing more is due, the test ends, or other streams should run. */
  #pump(): void {
    const clock = this.#clock;
    if (!clock || this.#done) return;
    const giveWayAt = monotonicNow() + TURN;
    for (let now = monotonicNow(); now < giveWayAt; now = monotonicNow()) {
      if (now >= clock.endsAt || this.#sequence >= this.#maxPackets) return this.#finish(now);
      // The receiver has not been heard from. The host's tick checks again.
      if (this.#watch?.isQuiet(now)) return;
      // The buffers are reused for each batch, so none may still be in the queue.
      if (this.#port.queued() > 0) break;
      const count = this.#due(now, now < clock.countsFrom);
      // Nothing is due: the host's tick checks again every millisecond.
      if (count <= 0) return;
      this.#send(count, now < clock.countsFrom, now);
    }
    this.#immediate ??= setImmediate(
      this.#deps.boundary.wrap(() => {
        this.#immediate = undefined;
        this.#pump();
      }),
    );
  }

  #due(now: Instant, warm: boolean): number {
    const due = this.#pacer ? this.#pacer.due(now) : BATCH;
    return Math.min(due, BATCH, warm ? BATCH : this.#maxPackets - this.#sequence);
  }

  #send(count: number, warm: boolean, now: Instant): void {
    if (!this.#flowing) {
      this.#flowing = true;
      this.#deps.report({ tag: 'flowing', id: this.#deps.plan.id, at: now });
    }
    const first = warm ? this.#warmup : this.#sequence;
    this.#train.number(count, first, warm ? DATAGRAM_TYPE.warmup : DATAGRAM_TYPE.data, now);
    for (let i = 0; i < count; i++) this.#port.send(this.#datagrams[i] ?? NOTHING);
    this.#pacer?.take(count);
    this.#board.count(this.#deps.plan.stream, count * this.#deps.plan.spec.length_bytes, count);
    // Datagrams that the kernel refuses were numbered already: they count as sent, and as lost.
    if (warm) this.#warmup += count;
    else this.#sequence += count;
  }

  #finish(now: Instant): void {
    if (this.#done) return;
    this.#done = true;
    const { plan } = this.#deps;
    const elapsed = this.#clock?.elapsed(now, this.#pacer?.nextAt()) ?? 0;
    const counts = { packets: this.#sequence, warmupPackets: this.#warmup, elapsedNs: elapsed, blockedNs: null };
    const report = udpSenderReport(plan, { ...counts, use: NOT_MEASURED });
    this.#deps.report({ tag: 'sent', id: plan.id, report });
  }
}
