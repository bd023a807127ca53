/**
 * Passes the packets of a capture through all stages: dissect, decrypt, filter, sink. A packet is held back if later
 * ones are needed to dissect it. The mode may change between two packets.
 *
 * @module
 */
import type { DissectStage } from '../../capture/pipeline/dissect-stage.ts';
import type { Lookahead } from '../../capture/pipeline/lookahead.ts';
import type { CaptureRecord } from '../../capture/record.ts';
import type { DecodeMode, Pending } from './modes/decode-mode.ts';
import type { ReadControl } from './sinks/read-control.ts';
import { StopReading } from './sources/stop-reading.ts';

/** Passes packets to the current mode, in the order of the capture. */
export class PacketPipeline {
  readonly #lookahead: Lookahead;
  readonly #readControl: Pick<ReadControl, 'isOver'>;
  #mode: DecodeMode;

  constructor({ lookahead }: DissectStage, readControl: Pick<ReadControl, 'isOver'>, mode: DecodeMode) {
    this.#lookahead = lookahead;
    this.#readControl = readControl;
    this.#mode = mode;
  }

  /** The mode of the last packet. */
  get mode(): DecodeMode {
    return this.#mode;
  }

  /**
   * Passes a packet through all stages, or starts to. The packet is borrowed until this returns, or until the returned
   * promise is settled.
   *
   * @throws StopReading after the last packet that is needed; the promise may reject with it as well
   */
  take(record: CaptureRecord): Pending {
    if (!this.#lookahead.isHolding) return this.#pass(record);
    this.#lookahead.hold(record);
    return this.#passWaiting();
  }

  /** Passes on all packets that are held back. @throws StopReading */
  async drain(): Promise<void> {
    this.#lookahead.end();
    await this.#passWaiting();
    await this.#mode.drain();
  }

  /** The same after the last packet of the capture, or the last one that is needed. */
  async finish(): Promise<void> {
    try {
      if (!this.#readControl.isOver) await this.drain();
    } catch (error) {
      if (!(error instanceof StopReading)) throw error;
    }
    await this.#mode.finish();
  }

  #pass(record: CaptureRecord): Pending {
    return this.#mode.isReady(record) ? this.#mode.take(record) : this.#passWhenReady(record);
  }

  async #passWhenReady(record: CaptureRecord): Promise<void> {
    while (!this.#mode.isReady(record)) this.#mode = await this.#mode.makeReady(record);
    await this.#mode.take(record);
  }

  /** Passes on the held packets that are decided. */
  #passWaiting(): Pending {
    const ahead = this.#lookahead;
    for (let record = ahead.next(); record !== null; record = ahead.next()) {
      const pending = this.#pass(record);
      if (pending !== undefined) return this.#passOthers(pending);
      if (!ahead.isUndecided) ahead.shift();
    }
    return undefined;
  }

  /** The same, after the first of them is finished. */
  async #passOthers(first: Promise<void>): Promise<void> {
    const ahead = this.#lookahead;
    for (let pending: Pending = first; ; ) {
      await pending;
      if (!ahead.isUndecided) ahead.shift();
      const record = ahead.next();
      if (record === null) return;
      pending = this.#pass(record);
    }
  }
}
