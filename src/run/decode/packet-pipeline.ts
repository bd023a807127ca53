/**
 * Takes the packets of a capture one after the other through all stages: dissect, decrypt, filter, sink. Packets wait
 * where it takes others to know what they are, and the mode may change between two of them.
 *
 * @module
 */
import type { DissectStage } from '../../capture/pipeline/dissect-stage.ts';
import type { Lookahead } from '../../capture/pipeline/lookahead.ts';
import type { CaptureRecord } from '../../capture/record.ts';
import type { DecodeMode, Pending } from './modes/decode-mode.ts';
import type { PacketExit } from './sinks/packet-exit.ts';
import { StopReading } from './sources/stop-reading.ts';

export class PacketPipeline {
  readonly #lookahead: Lookahead;
  readonly #exit: Pick<PacketExit, 'isOver'>;
  #mode: DecodeMode;

  constructor({ lookahead }: DissectStage, exit: Pick<PacketExit, 'isOver'>, mode: DecodeMode) {
    this.#lookahead = lookahead;
    this.#exit = exit;
    this.#mode = mode;
  }

  /** The mode of the last packet. */
  get mode(): DecodeMode {
    return this.#mode;
  }

  /**
   * Does all stages with a packet, or begins with them. Borrows it until it returns, or what it returns is settled.
   *
   * @throws StopReading after the last packet that is wanted; the promise rejects with it as well
   */
  take(record: CaptureRecord): Pending {
    if (!this.#lookahead.isHolding) return this.#pass(record);
    this.#lookahead.hold(record);
    return this.#passWaiting();
  }

  /** Passes on all packets that wait. @throws StopReading */
  async drain(): Promise<void> {
    this.#lookahead.end();
    await this.#passWaiting();
    await this.#mode.drain();
  }

  /** The same after the last packet of the capture, or the last that is wanted. */
  async finish(): Promise<void> {
    try {
      if (!this.#exit.isOver) await this.drain();
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

  /** Passes on the packets of which enough is known. */
  #passWaiting(): Pending {
    const ahead = this.#lookahead;
    for (let record = ahead.next(); record !== null; record = ahead.next()) {
      const pending = this.#pass(record);
      if (pending !== undefined) return this.#passOthers(pending);
      if (!ahead.isUndecided) ahead.shift();
    }
    return undefined;
  }

  /** The same behind one that is not done with yet. */
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
