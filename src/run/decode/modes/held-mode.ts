/**
 * The mode in which other threads decrypt messages, and packets wait for them. Packets are passed on in the order of
 * the capture.
 *
 * @module
 */
import type { DecryptStage } from '../../../capture/pipeline/decrypt-stage.ts';
import type { CaptureRecord } from '../../../capture/record.ts';
import type { DecryptThreads } from '../../capture/decrypt-threads.ts';
import type { Stages } from './clear-mode.ts';
import type { DecodeMode, Pending } from './decode-mode.ts';
import type { DirectMode } from './direct-mode.ts';
import { HeldPackets } from './held-packets.ts';

/** If fewer packets than this may still pass, they are not held back: reading ahead is not worthwhile. */
export const MIN_HELD_PACKETS = 4096;

/** Holds packets back in batches until their messages are decrypted. */
export class HeldMode implements DecodeMode {
  readonly decryption: DecryptStage;
  readonly #stages: Stages;
  readonly #direct: DirectMode;
  readonly #held: HeldPackets;
  /** Whether only few packets may still pass, which `DirectMode` takes. */
  #isOver = false;
  /** Whether the next packet is too long for a batch. */
  #isTooLong = false;

  /** @param direct - takes the packets that cannot be held back */
  constructor(stages: Stages, direct: DirectMode, threads: DecryptThreads) {
    this.decryption = direct.decryption;
    this.#stages = stages;
    this.#direct = direct;
    this.#held = new HeldPackets(threads, (packet, batch) => {
      stages.filter.take(packet.record, packet.stack, this.decryption.resultOf(batch, packet));
      return stages.readControl.drained();
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
    const { dissect, readControl } = this.#stages;
    const packet = this.#held.place(record, batch);
    if (!dissect.dissect(packet.record, packet.stack)) return undefined;
    // A packet of AmneziaWG was rewritten in memory that is reused for the next packet.
    if (packet.stack.obfuscatedType >= 0 || !this.decryption.defer(packet.stack, batch, packet)) {
      return this.#held.drain().then(() => this.#direct.takeDissected(packet.record, packet.stack));
    }
    this.#held.keep();
    // No packet after the last one that is needed may be read.
    return this.#held.count < readControl.left ? undefined : this.#passHeld();
  }

  drain(): Promise<void> {
    return this.#held.drain();
  }

  finish(): Promise<void> {
    return this.#held.drain();
  }

  async #passHeld(): Promise<void> {
    await this.#held.drain();
    const { readControl } = this.#stages;
    this.#isOver = readControl.left < MIN_HELD_PACKETS;
    readControl.stopAtLast();
  }
}
