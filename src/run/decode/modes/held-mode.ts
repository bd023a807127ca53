/**
 * Other threads decrypt, and packets wait for it: they are passed on in the order of the capture.
 *
 * @module
 */
import type { DecryptStage } from '../../../capture/pipeline/decrypt-stage.ts';
import type { CaptureRecord } from '../../../capture/record.ts';
import type { OpeningThreads } from '../../capture/opening-threads.ts';
import type { Stages } from './clear-mode.ts';
import type { DecodeMode, Pending } from './decode-mode.ts';
import type { DirectMode } from './direct-mode.ts';
import { HeldPackets } from './held-packets.ts';

/** With fewer packets to go than this, they are not worth the waiting. */
export const WORTH_WAITING = 4096;

export class HeldMode implements DecodeMode {
  readonly decryption: DecryptStage;
  readonly #stages: Stages;
  readonly #direct: DirectMode;
  readonly #held: HeldPackets;
  /** Packets to go have become few. */
  #isOver = false;
  /** The next packet has room in no batch. */
  #isTooLong = false;

  /** @param direct - takes the packets that cannot wait */
  constructor(stages: Stages, direct: DirectMode, threads: OpeningThreads) {
    this.decryption = direct.decryption;
    this.#stages = stages;
    this.#direct = direct;
    this.#held = new HeldPackets(threads, (packet, batch) => {
      stages.filter.take(packet.record, packet.stack, this.decryption.recall(batch, packet));
      return stages.exit.drained();
    });
  }

  isReady({ capturedBytes }: CaptureRecord): boolean {
    return !this.#isOver && (this.#isTooLong || this.#held.batchFor(capturedBytes) !== null);
  }

  async makeReady({ capturedBytes }: CaptureRecord): Promise<DecodeMode> {
    if (this.#isOver) return this.#direct;
    this.#isTooLong = !(await this.#held.makeRoom(capturedBytes));
    return this;
  }

  take(record: CaptureRecord): Pending {
    const batch = this.#isTooLong ? null : this.#held.batchFor(record.capturedBytes);
    this.#isTooLong = false;
    if (batch === null) return this.#direct.take(record);
    const { dissect, exit } = this.#stages;
    const packet = this.#held.place(record, batch);
    if (!dissect.dissect(packet.record, packet.stack)) return undefined;
    // What was disguised lies in memory that the next packet may take.
    if (packet.stack.disguisedType >= 0 || !this.decryption.defer(packet.stack, batch, packet)) {
      return this.#held.drain().then(() => this.#direct.takeDissected(packet.record, packet.stack));
    }
    this.#held.keep();
    // No packet is to be read behind the last that is wanted.
    return this.#held.count < exit.left ? undefined : this.#passHeld();
  }

  drain(): Promise<void> {
    return this.#held.drain();
  }

  finish(): Promise<void> {
    return this.#held.drain();
  }

  async #passHeld(): Promise<void> {
    await this.#held.drain();
    const { exit } = this.#stages;
    this.#isOver = exit.left < WORTH_WAITING;
    exit.stopAtLast();
  }
}
