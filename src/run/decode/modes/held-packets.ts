/**
 * A queue of packets in the order of the capture, whose messages are being decrypted by other threads.
 *
 * @module
 */

import { createLayerStack, type LayerStack } from '../../../capture/dissect/layer-stack.ts';
import type { MessageBatch } from '../../../capture/keys/batches/message-batch.ts';
import { createDeferred, type Deferred } from '../../../capture/keys/decrypter.ts';
import { type CaptureRecord, createCaptureRecord } from '../../../capture/record.ts';
import type { DecryptThreads } from '../../capture/decrypt-threads.ts';

/** Packets of one batch. Each takes 1.5 KB in addition to its octets: more would not fit in a processor's cache. */
const MAX_PACKETS = 256;

/** A packet in a batch, with its layers. */
export interface HeldPacket extends Deferred {
  readonly record: CaptureRecord;
  readonly stack: LayerStack;
}

/** Is called with each packet whose messages were decrypted. @returns a promise to wait for before the next packet */
export type OnDecrypted = (packet: HeldPacket, batch: MessageBatch) => Promise<void> | undefined;

/** The packets of a batch. The objects are reused. */
interface BatchPackets {
  readonly packets: HeldPacket[];
  count: number;
}

/** Fills batches with packets, has them decrypted, and returns the packets in order. */
export class HeldPackets {
  readonly #threads: DecryptThreads;
  readonly #onDecrypted: OnDecrypted;
  readonly #byBatch = new Map<MessageBatch, BatchPackets>();
  #batch: MessageBatch | null = null;
  #current: BatchPackets = { packets: [], count: 0 };
  /** Packets in the queue. */
  count = 0;

  constructor(threads: DecryptThreads, onDecrypted: OnDecrypted) {
    this.#threads = threads;
    this.#onDecrypted = onDecrypted;
  }

  /** The batch for the next packet; `null` if there is no room for it now (see `makeRoom`). */
  batchFor(capturedBytes: number): MessageBatch | null {
    this.#batch ??= this.#begin();
    const hasRoom = this.#batch?.hasRoomFor(capturedBytes) === true && this.#current.count < MAX_PACKETS;
    return hasRoom ? this.#batch : null;
  }

  /** Copies a packet to its batch. It joins the queue with `keep`; without that, the next packet replaces it. */
  place(from: CaptureRecord, batch: MessageBatch): HeldPacket {
    const { packets, count } = this.#current;
    let packet = packets[count];
    if (packet === undefined) {
      packet = createHeldPacket();
      packets[count] = packet;
    }
    const { record } = packet;
    record.frame = from.frame;
    record.bytes = batch.frames;
    record.offset = batch.addOctets(from.bytes, from.offset, from.capturedBytes);
    record.capturedBytes = from.capturedBytes;
    record.originalBytes = from.originalBytes;
    record.linkType = from.linkType;
    record.seconds = from.seconds;
    record.nanoseconds = from.nanoseconds;
    record.interfaceId = from.interfaceId;
    record.direction = from.direction;
    record.fileOffset = from.fileOffset;
    return packet;
  }

  /** Adds the packet of the last `place` to the queue. */
  keep(): void {
    this.#current.count++;
    this.count++;
  }

  /** Waits for room for a packet. @returns false if the packet is too long for a batch */
  async makeRoom(capturedBytes: number): Promise<boolean> {
    this.#post();
    await this.#giveDecrypted();
    let batch = this.batchFor(capturedBytes);
    while (batch === null && this.count > 0) {
      await this.#threads.finishOldest();
      await this.#giveDecrypted();
      batch = this.batchFor(capturedBytes);
    }
    return batch !== null;
  }

  /** Waits until all packets of the queue were passed on. */
  async drain(): Promise<void> {
    this.#post();
    while (this.count > 0) {
      await this.#threads.finishOldest();
      await this.#giveDecrypted();
    }
  }

  #begin(): MessageBatch | null {
    const batch = this.#threads.take();
    if (batch === null) return null;
    this.#current = this.#byBatch.get(batch) ?? { packets: [], count: 0 };
    this.#byBatch.set(batch, this.#current);
    return batch;
  }

  #post(): void {
    if (this.#batch === null) return;
    if (this.#current.count > 0) this.#threads.post(this.#batch);
    else this.#threads.release(this.#batch);
    this.#batch = null;
  }

  async #giveDecrypted(): Promise<void> {
    for (let batch = this.#threads.next(); batch !== null; batch = this.#threads.next()) {
      const held = this.#byBatch.get(batch);
      if (held === undefined) return;
      for (let i = 0; i < held.count; i++) {
        const packet = held.packets[i] as HeldPacket;
        const pending = this.#onDecrypted(packet, batch);
        if (pending !== undefined) await pending;
        // A reassembled datagram was in memory of its own.
        packet.stack.bytes = batch.frames;
        packet.handshake = null;
      }
      this.count -= held.count;
      held.count = 0;
      this.#threads.release(batch);
    }
  }
}

function createHeldPacket(): HeldPacket {
  return { record: createCaptureRecord(), stack: createLayerStack(), ...createDeferred() };
}
