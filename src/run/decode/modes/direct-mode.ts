/**
 * The mode that decrypts packet by packet, in this thread.
 *
 * @module
 */

import { createLayerStack, type LayerStack } from '../../../capture/dissect/layer-stack.ts';
import type { DecryptedPacket } from '../../../capture/keys/decrypter.ts';
import { type DecryptStage, lacksKeys } from '../../../capture/pipeline/decrypt-stage.ts';
import type { CaptureRecord } from '../../../capture/record.ts';
import type { DecryptionKeys } from '../decryption-keys.ts';
import type { Stages } from './clear-mode.ts';
import type { DecodeMode, Pending } from './decode-mode.ts';

/** Decrypts each packet at once, and reads growing key logs again if keys are missing. */
export class DirectMode implements DecodeMode {
  readonly decryption: DecryptStage;
  readonly #stages: Stages;
  readonly #keys: DecryptionKeys;
  readonly #onThreads: ((direct: DirectMode) => Promise<DecodeMode>) | null;
  readonly #stack = createLayerStack();
  #mayUseThreads: boolean;

  /** @param onThreads - makes the next mode, when other threads are worthwhile; `null` if none is to follow */
  constructor(
    stages: Stages,
    decryption: DecryptStage,
    keys: DecryptionKeys,
    onThreads: ((direct: DirectMode) => Promise<DecodeMode>) | null,
  ) {
    this.decryption = decryption;
    this.#stages = stages;
    this.#keys = keys;
    this.#onThreads = onThreads;
    this.#mayUseThreads = onThreads !== null;
  }

  isReady(): boolean {
    return !(this.#mayUseThreads && this.#keys.areThreadsWorthwhile);
  }

  async makeReady(): Promise<DecodeMode> {
    this.#mayUseThreads = false;
    return (await this.#onThreads?.(this)) ?? this;
  }

  take(record: CaptureRecord): Pending {
    return this.#stages.dissect.dissect(record, this.#stack) ? this.takeDissected(record, this.#stack) : undefined;
  }

  /** Passes a packet that was dissected through the remaining stages. */
  takeDissected(record: CaptureRecord, stack: LayerStack): Pending {
    // Decryption comes before the filter, since handshakes are needed even if they do not match.
    const decrypted = this.decryption.decrypt(stack);
    const refreshing = lacksKeys(decrypted) ? this.#keys.refresh() : undefined;
    return refreshing === undefined
      ? this.#pass(record, stack, decrypted)
      : this.#passWithNewKeys(record, stack, refreshing);
  }

  async drain(): Promise<void> {}

  async finish(): Promise<void> {}

  async #passWithNewKeys(record: CaptureRecord, stack: LayerStack, refreshing: Promise<void>): Promise<void> {
    let pending: Pending = refreshing;
    let decrypted: DecryptedPacket;
    do {
      await pending;
      decrypted = this.decryption.decrypt(stack);
      pending = lacksKeys(decrypted) ? this.#keys.refresh() : undefined;
    } while (pending !== undefined);
    await this.#pass(record, stack, decrypted);
  }

  #pass(record: CaptureRecord, stack: LayerStack, decrypted: DecryptedPacket): Pending {
    this.#keys.triedMessages += decrypted.count;
    this.#stages.filter.take(record, stack, decrypted);
    return this.#stages.readControl.next();
  }
}
