/**
 * The mode in which other threads decrypt data messages, and only sums of them are needed. No packet waits: this thread
 * goes on reading.
 *
 * @module
 */

import { createLayerStack } from '../../../capture/dissect/layer-stack.ts';
import type { MessageBatch } from '../../../capture/keys/batches/message-batch.ts';
import { DECRYPT_RESULT } from '../../../capture/keys/batches/message-decrypter.ts';
import type { DecryptionCounter } from '../../../capture/keys/decryption-counts.ts';
import type { InnerTunnels } from '../../../capture/keys/inner-tunnels.ts';
import { KEEPALIVE_BYTES } from '../../../capture/layers/encrypted/wireguard.ts';
import type { DecryptStage } from '../../../capture/pipeline/decrypt-stage.ts';
import type { CaptureRecord } from '../../../capture/record.ts';
import type { DecryptThreads } from '../../capture/decrypt-threads.ts';
import type { Stages } from './clear-mode.ts';
import type { DecodeMode, Pending } from './decode-mode.ts';
import { MessageSums } from './message-sums.ts';

/** Copies data messages to batches, and passes their packets on at once. */
export class SummedMode implements DecodeMode {
  readonly decryption: DecryptStage;
  readonly #stages: Stages;
  readonly #sums: MessageSums;
  readonly #stack = createLayerStack();
  /** After `isReady` it has room for a packet. */
  #batch: MessageBatch | null = null;

  /** @param tunnels - counts the tunnels in decrypted packets; `null` if they are not counted */
  constructor(
    stages: Stages,
    decryption: DecryptStage,
    threads: DecryptThreads,
    counter: DecryptionCounter,
    tunnels: InnerTunnels | null,
  ) {
    this.decryption = decryption;
    this.#stages = stages;
    this.#sums = new MessageSums(threads, tunnels?.isAnyTcp ?? false, (batch) => {
      counter.addSums(batch);
      if (tunnels !== null) countTunnels(batch, tunnels);
    });
  }

  isReady(): boolean {
    this.#batch = this.#sums.batch();
    return this.#batch !== null;
  }

  async makeReady(): Promise<DecodeMode> {
    await this.#sums.makeRoom();
    return this;
  }

  take(record: CaptureRecord): Pending {
    const { dissect, filter, readControl } = this.#stages;
    const stack = this.#stack;
    if (!dissect.dissect(record, stack)) return undefined;
    if (this.#batch !== null && this.decryption.deferSummed(record, stack, this.#batch))
      filter.takeUndecrypted(record, stack);
    else filter.take(record, stack, this.decryption.decrypt(stack));
    return readControl.next();
  }

  async drain(): Promise<void> {}

  finish(): Promise<void> {
    return this.#sums.finish();
  }
}

function countTunnels(batch: MessageBatch, tunnels: InnerTunnels): void {
  for (let i = 0; i < batch.count; i++) {
    if (batch.resultOf(i) !== DECRYPT_RESULT.decrypted) continue;
    tunnels.add(batch.frameOf(i), batch.plaintexts, batch.plaintextOf(i), batch.lengthOf(i) - KEEPALIVE_BYTES);
  }
}
