/**
 * Decrypts the WireGuard messages of a capture, with keys from the user and key logs in the capture file.
 *
 * @module
 */
import type { Primitives } from '../../core/primitives.ts';
import type { LayerStack } from '../dissect/layer-stack.ts';
import type { MessageBatch } from '../keys/batches/message-batch.ts';
import { DECRYPT_RESULT, type MessageDecrypter } from '../keys/batches/message-decrypter.ts';
import { createDeferred, type DecryptedPacket, Decrypter, type Deferred } from '../keys/decrypter.ts';
import type { DecryptionCounter, DecryptionCounts } from '../keys/decryption-counts.ts';
import type { EarlyMessages } from '../keys/early-messages.ts';
import type { KeyLogBlocks } from '../keys/files/key-log-blocks.ts';
import type { KeyProblem } from '../keys/files/read-key-log.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import type { CaptureRecord } from '../record.ts';

/** What decryption works with. */
export interface DecryptOptions {
  readonly primitives: Primitives;
  readonly messageDecrypter: MessageDecrypter;
  readonly ring: KeyRing;
  /** Key logs in the capture. */
  readonly blocks: KeyLogBlocks;
  /** Adds one of them to the ring. @returns its problems */
  readonly addKeyLog: (keyLog: Uint8Array) => readonly KeyProblem[];
  readonly counter: DecryptionCounter;
}

/** A `Decrypter` that also takes the key logs of the capture file, each before the packets that follow it. */
export class DecryptStage {
  readonly #options: DecryptOptions;
  readonly #decrypter: Decrypter;
  readonly #deferred = createDeferred();

  constructor(options: DecryptOptions) {
    this.#options = options;
    this.#decrypter = new Decrypter(options.primitives, options.ring, options.messageDecrypter);
  }

  /** Decrypts the handshake messages that were captured before the first key, and counts the data messages. */
  replay(early: EarlyMessages): void {
    this.#addKeyLogs();
    const { counter } = this.#options;
    for (const message of early.take()) counter.add(message.place, this.#decrypter.decryptEarly(message));
    counter.addEarly(early.dataMessages);
  }

  /** Decrypts the messages of a packet. The next call fills the same object again. Never throws. */
  decrypt(stack: LayerStack): DecryptedPacket {
    this.#addKeyLogs();
    return this.#decrypter.decrypt(stack);
  }

  /**
   * Adds the data messages of a packet to a batch. `resultOf` returns the result after the batch was decrypted.
   *
   * @returns false if the packet has to be passed to `decrypt` instead, after all packets before it
   */
  defer(stack: LayerStack, batch: MessageBatch, deferred: Deferred): boolean {
    return !this.#options.blocks.hasNew() && this.#decrypter.defer(stack, batch, deferred);
  }

  /** The result for a packet of a decrypted batch, as `decrypt` returns it. */
  resultOf(batch: MessageBatch, deferred: Deferred): DecryptedPacket {
    return this.#decrypter.resultOf(batch, deferred);
  }

  /**
   * Adds the data messages of a packet to a batch for which only sums are computed.
   *
   * @returns false if the packet has to be passed to `decrypt` instead
   */
  deferSummed(record: CaptureRecord, stack: LayerStack, batch: MessageBatch): boolean {
    this.#addKeyLogs();
    batch.frame = record.frame;
    if (!this.#decrypter.defer(stack, batch, this.#deferred)) return false;
    this.#options.counter.addOutsideBatch(record, this.#deferred);
    return true;
  }

  /** Totals of the packets that passed the filter; `null` if there was no WireGuard message. */
  counts(): DecryptionCounts | null {
    const counts = this.#options.counter.result(this.#decrypter.forgotten);
    return counts.messages + counts.handshakeMessages === 0 ? null : counts;
  }

  #addKeyLogs(): void {
    this.#options.blocks.addTo(this.#options.addKeyLog);
  }
}

/** Whether a message of the packet was not decrypted for lack of keys, so that more keys may help. */
export function lacksKeys({ handshake, results, count }: DecryptedPacket): boolean {
  if (handshake !== null) return isLack(handshake.result);
  for (let i = 0; i < count; i++) if (isLack(results[i] ?? DECRYPT_RESULT.decrypted)) return true;
  return false;
}

function isLack(result: number): boolean {
  return result >= DECRYPT_RESULT.otherPeers && result <= DECRYPT_RESULT.noPreshared;
}
