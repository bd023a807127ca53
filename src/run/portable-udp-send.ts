/**
 * Sending numbered datagrams with node:dgram, one system call each.
 *
 * @module
 */
import type { Instant } from '../core/time.ts';
import { DatagramTrain } from '../measure/datagram-train.ts';
import { Pacer } from '../measure/pacer.ts';
import { DATAGRAM_TYPE } from '../wire/datagram.ts';
import { monotonicNow } from './monotonic.ts';
import { failureOf } from './portable-open.ts';
import type { DatagramPort, PortableDeps, PortableStream } from './portable-stream.ts';
import { SenderClock } from './sender-clock.ts';

/** Datagrams handed to Node and not yet sent. A buffer is not written again before its callback. */
const BATCH = 64;

export class PortableUdpSend implements PortableStream {
  readonly #deps: PortableDeps;
  readonly #port: DatagramPort;
  readonly #train: DatagramTrain;
  readonly #datagrams: readonly Uint8Array[];
  readonly #maxPackets: number;
  #clock: SenderClock | undefined;
  #pacer: Pacer | undefined;
  #pending = 0;
  #sentOfBatch = 0;
  #warmup = 0;
  #sequence = 0;
  #flowing = false;
  #done = false;

  constructor(deps: PortableDeps, port: DatagramPort) {
    this.#deps = deps;
    this.#port = port;
    const { spec, stream, token, bytes } = deps.plan;
    const size = spec.length_bytes;
    const buffer = new Uint8Array(size * BATCH);
    this.#train = new DatagramTrain(new DataView(buffer.buffer), { datagramBytes: size, batch: BATCH, stream, token });
    this.#datagrams = Array.from({ length: BATCH }, (_, i) => buffer.subarray(i * size, (i + 1) * size));
    this.#maxPackets = bytes === null ? Number.POSITIVE_INFINITY : Math.ceil(bytes / size);
  }

  start(now: Instant): void {
    const { spec, rateBps } = this.#deps.plan;
    this.#clock = new SenderClock(spec, now);
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
    else if (this.#pending === 0) this.#pump();
  }

  stop(now: Instant): void {
    this.#finish(now);
  }

  close(): void {
    this.#done = true;
    this.#port.close();
  }

  #pump(): void {
    const clock = this.#clock;
    if (!clock || this.#done || this.#pending > 0) return;
    const now = monotonicNow();
    if (now >= clock.endsAt || this.#sequence >= this.#maxPackets) return this.#finish(now);
    const warm = now < clock.countsFrom;
    const due = this.#pacer ? this.#pacer.due(now) : BATCH;
    const count = Math.min(due, BATCH, warm ? BATCH : this.#maxPackets - this.#sequence);
    // Nothing is due: the host's tick, every millisecond, looks again.
    if (count <= 0) return;
    this.#train.number(
      count,
      warm ? this.#warmup : this.#sequence,
      warm ? DATAGRAM_TYPE.warmup : DATAGRAM_TYPE.data,
      now,
    );
    this.#send(count, warm, now);
  }

  #send(count: number, warm: boolean, now: Instant): void {
    if (!this.#flowing) {
      this.#flowing = true;
      this.#deps.report({ tag: 'flowing', id: this.#deps.plan.id, at: now });
    }
    this.#pending = count;
    this.#sentOfBatch = 0;
    this.#pacer?.take(count);
    // What Node's queue refuses was numbered all the same: it counts as sent, and as lost.
    if (warm) this.#warmup += count;
    else this.#sequence += count;
    for (let i = 0; i < count; i++) this.#port.send(this.#datagrams[i] as Uint8Array, this.#handleSent);
  }

  readonly #handleSent = (error: Error | null): void => {
    const reason = error && failureOf(error);
    if (reason === 'EMSGSIZE') this.#fail(`a datagram of ${this.#deps.plan.spec.length_bytes} B is too large`);
    if (++this.#sentOfBatch < this.#pending) return;
    this.#pending = 0;
    setImmediate(() => this.#pump());
  };

  #finish(now: Instant): void {
    if (this.#done) return;
    this.#done = true;
    const { plan, report } = this.#deps;
    report({
      tag: 'sent',
      id: plan.id,
      report: {
        stream: plan.stream,
        bytes: this.#sequence * plan.spec.length_bytes,
        packets: this.#sequence,
        elapsed_ns: this.#clock?.elapsed(now) ?? 0,
        tcp: null,
        thread_ratio: null,
      },
    });
  }

  #fail(reason: string): void {
    if (this.#done) return;
    const { plan, report } = this.#deps;
    this.#finish(monotonicNow());
    report({ tag: 'failed', id: plan.id, code: 'ERR_UNSUPPORTED', message: `${reason}: use a smaller -l` });
  }
}
