/**
 * Decrypts the WireGuard messages of a capture, with the keys of the user and those that the capture has itself.
 *
 * @module
 */
import type { Primitives } from '../../core/primitives.ts';
import type { LayerStack } from '../dissect/layer-stack.ts';
import type { MessageBatch } from '../keys/batches/message-batch.ts';
import { type MessageOpener, OPENING } from '../keys/batches/opening.ts';
import { createDeferred, Decrypter, type Deferred, type Opened } from '../keys/decrypter.ts';
import type { DecryptionCounter, DecryptionCounts } from '../keys/decryption-counts.ts';
import type { EarlyMessages } from '../keys/early-messages.ts';
import type { KeyLogBlocks } from '../keys/files/key-log-blocks.ts';
import type { KeyProblem } from '../keys/files/read-key-log.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import type { CaptureRecord } from '../record.ts';

export interface DecryptOptions {
  readonly primitives: Primitives;
  readonly opener: MessageOpener;
  readonly ring: KeyRing;
  /** Key logs in the capture. */
  readonly blocks: KeyLogBlocks;
  /** Adds one of them to the ring. @returns what is wrong with it */
  readonly addKeyLog: (keyLog: Uint8Array) => readonly KeyProblem[];
  readonly counter: DecryptionCounter;
}

export class DecryptStage {
  readonly #options: DecryptOptions;
  readonly #decrypter: Decrypter;
  readonly #deferred = createDeferred();

  constructor(options: DecryptOptions) {
    this.#options = options;
    this.#decrypter = new Decrypter(options.primitives, options.ring, options.opener);
  }

  /** Decrypts the handshakes that were read before the first key, and counts the data messages that were. */
  replay(early: EarlyMessages): void {
    this.#addKeyLogs();
    const { counter } = this.#options;
    for (const message of early.take()) counter.add(message.place, this.#decrypter.openEarly(message));
    counter.addEarly(early.dataMessages);
  }

  /** Decrypts what a packet carries; the next call fills the same object again. Never throws. */
  open(stack: LayerStack): Opened {
    this.#addKeyLogs();
    return this.#decrypter.open(stack);
  }

  /**
   * Adds the data messages of a packet to a batch: `recall` is to follow when that is decrypted.
   *
   * @returns false if the packet is one for `open`, after all before it
   */
  defer(stack: LayerStack, batch: MessageBatch, deferred: Deferred): boolean {
    return !this.#options.blocks.hasNew() && this.#decrypter.defer(stack, batch, deferred);
  }

  /** What `open` would have returned for a packet. */
  recall(batch: MessageBatch, deferred: Deferred): Opened {
    return this.#decrypter.recall(batch, deferred);
  }

  /**
   * Adds the data messages of a packet to a batch of which only sums are wanted.
   *
   * @returns false if the packet is one for `open`
   */
  sum(record: CaptureRecord, stack: LayerStack, batch: MessageBatch): boolean {
    this.#addKeyLogs();
    batch.frame = record.frame;
    if (!this.#decrypter.defer(stack, batch, this.#deferred)) return false;
    this.#options.counter.addAllButOpened(record, this.#deferred);
    return true;
  }

  /** What was decrypted of the packets that passed the filter; `null`: there was nothing to decrypt. */
  counts(): DecryptionCounts | null {
    const counts = this.#options.counter.result(this.#decrypter.forgotten);
    return counts.messages + counts.handshakeMessages === 0 ? null : counts;
  }

  #addKeyLogs(): void {
    this.#options.blocks.addTo(this.#options.addKeyLog);
  }
}

/** Whether something stayed encrypted that more keys may decrypt. */
export function lacksKeys({ handshake, openings, count }: Opened): boolean {
  if (handshake !== null) return isLack(handshake.opening);
  for (let i = 0; i < count; i++) if (isLack(openings[i] ?? OPENING.opened)) return true;
  return false;
}

function isLack(opening: number): boolean {
  return opening >= OPENING.otherPeers && opening <= OPENING.noPreshared;
}
