/**
 * What is done with each packet of a capture: its layers, what keys tell of it, and the view. Where there is much to
 * open, packets wait for other threads in between; what becomes of them, and in which order, is the same.
 *
 * @module
 */
import type { Dissector } from '../../capture/dissect.ts';
import { createLayerStack, type LayerStack } from '../../capture/layer-stack.ts';
import type { CaptureRecord } from '../../capture/record.ts';
import { Enough } from './enough.ts';
import type { FileKeys } from './file-keys.ts';
import { HeldPackets } from './held-packets.ts';
import type { DecodeKeys } from './keys.ts';

/** With fewer packets to go than this, they are not worth the waiting. */
const WORTH_WAITING = 4096;

export interface Surroundings {
  readonly dissector: Dissector;
  readonly keys: DecodeKeys;
  readonly fileKeys: FileKeys;
  /** Packets may wait for others. */
  readonly mayWait: boolean;
  /** Packets to show. */
  readonly count: number;
  /** `null`: nobody else has to see the layers of every packet. */
  readonly onDissected: ((record: CaptureRecord, stack: LayerStack) => void) | null;
  /** @see Output.drained */
  readonly drained: () => Promise<void> | undefined;
}

export class PacketSteps {
  readonly #around: Surroundings;
  readonly #stack = createLayerStack();
  #held: HeldPackets | null = null;
  #mayBegin: boolean;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#mayBegin = around.mayWait && around.count > WORTH_WAITING;
  }

  /**
   * Does all steps with a packet, or begins with them.
   *
   * @returns what to wait for before the next; it rejects with `Enough` after the last packet that is to be shown
   * @throws Enough
   */
  take(record: CaptureRecord): Promise<void> | undefined {
    if (this.#held !== null) return this.#hold(record, this.#held);
    if (this.#mayBegin && this.#around.keys.areThreadsWorthwhile) {
      return this.#begin().then(() => this.take(record));
    }
    return this.#around.onDissected === null && this.#around.fileKeys.takeKnown(record)
      ? this.#goOn()
      : this.#direct(record);
  }

  /** Finishes what was begun. */
  async drain(): Promise<void> {
    await this.#held?.drain();
  }

  #direct(record: CaptureRecord): Promise<void> | undefined {
    const { dissector, onDissected } = this.#around;
    dissector.dissect(record, this.#stack);
    onDissected?.(record, this.#stack);
    return this.#show(record, this.#stack);
  }

  #show(record: CaptureRecord, stack: LayerStack): Promise<void> | undefined {
    const pending = this.#around.fileKeys.take(record, stack);
    if (pending !== undefined) return pending.then(() => this.#stopAtLast());
    return this.#goOn();
  }

  #goOn(): Promise<void> | undefined {
    this.#stopAtLast();
    return this.#around.drained();
  }

  #hold(record: CaptureRecord, held: HeldPackets): Promise<void> | undefined {
    const batch = held.batchFor(record.capturedBytes);
    if (batch === null) {
      return held
        .makeRoom(record.capturedBytes)
        .then((hasRoom) => (hasRoom ? this.take(record) : this.#direct(record)));
    }
    const { dissector, fileKeys, count, onDissected } = this.#around;
    const packet = held.place(record, batch);
    dissector.dissect(packet.record, packet.stack);
    onDissected?.(packet.record, packet.stack);
    // What was disguised lies in memory that the next packet may take.
    if (packet.stack.disguisedType >= 0 || !fileKeys.defer(packet, batch))
      return held.drain().then(() => this.#show(packet.record, packet.stack));
    held.keep();
    // No packet is to be read behind the last that is shown.
    if (fileKeys.shown + held.count < count) return undefined;
    return held.drain().then(() => {
      if (count - fileKeys.shown < WORTH_WAITING) this.#held = null;
      this.#stopAtLast();
    });
  }

  async #begin(): Promise<void> {
    const { keys, fileKeys, drained } = this.#around;
    this.#mayBegin = false;
    // To copy a packet and to read its plaintext out of another processor's cache takes 1 µs.
    if (!fileKeys.wantsSums && keys.crypto?.opener.isFast) return;
    await keys.startThreads();
    const { threads } = keys;
    if (threads === null) return;
    if (fileKeys.wantsSums) fileKeys.useThreads(threads);
    else this.#held = new HeldPackets(threads, (packet, batch) => fileKeys.recall(packet, batch) ?? drained());
  }

  #stopAtLast(): void {
    if (this.#around.fileKeys.shown === this.#around.count) throw new Enough();
  }
}
