/**
 * The keys at work on one capture: each packet is given on with what they tell of it.
 *
 * @module
 */
import { SECRETS_WIREGUARD_KEY_LOG } from '../../capture/file/capture-facts.ts';
import type { CaptureReader } from '../../capture/file/capture-reader.ts';
import { createDeferred, Decrypter, type Opened } from '../../capture/keys/decrypter.ts';
import { DecryptionCounter, type DecryptionCounts } from '../../capture/keys/decryption-counts.ts';
import { decryptionReport } from '../../capture/keys/decryption-report.ts';
import { EarlyMessages } from '../../capture/keys/early-messages.ts';
import { InnerPackets } from '../../capture/keys/inner-packets.ts';
import type { MessageBatch } from '../../capture/keys/message-batch.ts';
import type { LayerStack } from '../../capture/layer-stack.ts';
import type { CaptureRecord } from '../../capture/record.ts';
import type { DecryptionReport } from '../../core/capture-keys.ts';
import { decryptionText } from '../../report/decode/decryption-text.ts';
import type { OpeningThreads } from '../../run/capture/opening-threads.ts';
import { quoted } from '../usage.ts';
import { BlockProblems } from './block-problems.ts';
import { lacksKeys } from './growing-key-logs.ts';
import type { HeldPacket } from './held-packets.ts';
import type { DecodeKeys } from './keys.ts';
import { MessageSums } from './message-sums.ts';

/** Takes what was opened. Everything is borrowed until it returns. */
export interface OpenedView {
  /**
   * Is offered every packet that needs no key and meets the filter, before its layers are looked at.
   *
   * @returns whether it is content with that; if not, it gets the packet again with its layers
   */
  onKnown(record: CaptureRecord): boolean;
  /** @param opened - `null`: there are no keys, or nobody looks inside and others open it later */
  onPacket(record: CaptureRecord, stack: LayerStack, opened: Opened | null): void;
  /** The packets inside the last one; `null`: nobody looks at them. */
  readonly onInner: ((record: CaptureRecord, stack: LayerStack) => void) | null;
}

/** Whether a packet, or one inside it, meets the filter. */
export type IsWanted = (record: CaptureRecord, stack: LayerStack) => boolean;

/** Whose packets they are, and who gets them. */
export interface FilePackets {
  readonly reader: CaptureReader;
  readonly file: string;
  /** Comments in the file of packets inside name this one. */
  readonly isOneOfSeveral: boolean;
  readonly view: OpenedView;
  /** A packet passes with any packet that is inside it. `null`: all pass. */
  readonly isWanted: IsWanted | null;
}

export class FileKeys {
  readonly #keys: DecodeKeys;
  readonly #reader: CaptureReader;
  readonly #file: string;
  readonly #comment: string | null;
  readonly #view: OpenedView;
  readonly #isWanted: IsWanted | null;
  readonly #counter = new DecryptionCounter();
  readonly #early = new EarlyMessages();
  readonly #packets: InnerPackets;
  readonly #deferred = createDeferred();
  readonly #problems = new BlockProblems();
  #decrypter: Decrypter | null = null;
  #sums: MessageSums | null = null;
  /** Packets that were given to the view. */
  shown = 0;
  /** Secrets of the file that were looked at. */
  #looked = 0;

  constructor(keys: DecodeKeys, { reader, file, isOneOfSeveral, view, isWanted }: FilePackets) {
    this.#keys = keys;
    this.#reader = reader;
    this.#file = file;
    this.#comment = isOneOfSeveral ? quoted(file) : null;
    this.#view = view;
    this.#isWanted = isWanted;
    this.#packets = new InnerPackets(view.onInner !== null || isWanted !== null);
  }

  /** Offers a packet whose layers are not known to the view. @returns whether it took it */
  takeKnown(record: CaptureRecord): boolean {
    if (this.#keys.ring !== null || this.#isWanted !== null || this.#hasNewSecrets()) return false;
    if (!this.#view.onKnown(record)) return false;
    if (this.#waitsForSecrets()) this.#early.dataMessages++;
    this.shown++;
    return true;
  }

  /**
   * Gives a packet to the view, with what keys tell of it.
   *
   * @returns what to wait for before the next
   */
  take(record: CaptureRecord, stack: LayerStack): Promise<void> | undefined {
    if (this.#keys.ring === null && this.#hasNewSecrets()) {
      return this.#keys.load().then(() => this.take(record, stack));
    }
    if (this.#sums !== null && this.#decrypter !== null) return this.#sum(record, stack, this.#sums, this.#decrypter);
    // Handshakes count even where nobody wants to see them.
    const opened = this.#open(record, stack);
    const pending = opened !== null && lacksKeys(opened) ? this.#keys.refresh() : undefined;
    if (pending !== undefined) return pending.then(() => this.take(record, stack));
    this.#keys.triedMessages += opened?.count ?? 0;
    return this.#give(record, stack, opened);
  }

  /** Whether the view and the summary are the same in whichever order messages are opened. */
  get wantsSums(): boolean {
    return this.#view.onInner === null && this.#isWanted === null && this.#keys.innerFile === null;
  }

  /** From now on, other threads open messages where sums are wanted. */
  useThreads(threads: OpeningThreads): void {
    this.#sums = new MessageSums(threads, (batch) => this.#counter.addSums(batch));
  }

  /** Waits for what other threads have of this file, and tells what was wrong with its keys. */
  async finish(): Promise<void> {
    await this.#sums?.finish();
    const problems = this.#problems.words();
    if (problems !== null) this.#keys.say(`${quoted(this.#file)}: ${problems}`);
  }

  /**
   * Adds the data messages of a packet to a batch: `recall` is to follow when that is opened.
   *
   * @returns false if the packet is one for `take`, after all before it
   */
  defer(packet: HeldPacket, batch: MessageBatch): boolean {
    if (this.#decrypter === null || this.#hasNewSecrets()) return false;
    return this.#decrypter.defer(packet.stack, batch, packet);
  }

  /** Does with a packet what `take` would have done. */
  recall(packet: HeldPacket, batch: MessageBatch): Promise<void> | undefined {
    return this.#give(packet.record, packet.stack, this.#decrypter?.recall(batch, packet) ?? null);
  }

  #sum(record: CaptureRecord, stack: LayerStack, sums: MessageSums, decrypter: Decrypter): Promise<void> | undefined {
    const batch = sums.batch();
    if (batch === null) return sums.makeRoom().then(() => this.take(record, stack));
    this.#addSecrets();
    if (!decrypter.defer(stack, batch, this.#deferred)) return this.#give(record, stack, decrypter.open(stack));
    this.shown++;
    this.#view.onPacket(record, stack, null);
    this.#counter.addAllButOpened(record, this.#deferred);
    return undefined;
  }

  #give(record: CaptureRecord, stack: LayerStack, opened: Opened | null): Promise<void> | undefined {
    const packets = this.#packets;
    const count = opened === null ? 0 : packets.dissect(record, opened);
    const isOuterWanted = this.#wants(record, stack);
    let isShown = isOuterWanted;
    for (let i = 0; i < count && !isShown; i++) isShown = this.#wants(record, packets.packet(i).stack);
    if (!isShown) return undefined;
    this.shown++;
    this.#view.onPacket(record, stack, opened);
    if (opened === null) return undefined;
    this.#counter.add(record, opened);
    for (let i = 0; i < count; i++) {
      const inner = packets.packet(i);
      if (!isOuterWanted && !this.#wants(record, inner.stack)) continue;
      this.#view.onInner?.(inner.record, inner.stack);
      this.#keys.innerFile?.add(inner.record, this.#comment);
    }
    return this.#keys.innerFile?.isFull ? this.#keys.innerFile.flush() : undefined;
  }

  #wants(record: CaptureRecord, stack: LayerStack): boolean {
    return this.#isWanted === null || this.#isWanted(record, stack);
  }

  /** What the summary says of keys; empty without any. */
  text(): string {
    const counts = this.#counts();
    return counts === null ? '' : decryptionText(counts);
  }

  /** The same for the document. */
  report(): DecryptionReport | null {
    const counts = this.#counts();
    return counts && decryptionReport(counts);
  }

  #counts(): DecryptionCounts | null {
    const counts = this.#counter.result(this.#decrypter?.forgotten ?? 0);
    return this.#decrypter === null || counts.messages + counts.handshakeMessages === 0 ? null : counts;
  }

  #open(record: CaptureRecord, stack: LayerStack): Opened | null {
    const { ring, crypto } = this.#keys;
    if (ring === null || crypto === null) {
      if (this.#waitsForSecrets()) this.#early.add(record, stack, this.#wants(record, stack));
      return null;
    }
    this.#addSecrets();
    this.#decrypter ??= this.#begin(new Decrypter(crypto.primitives, ring, crypto.opener));
    return this.#decrypter.open(stack);
  }

  #addSecrets(): void {
    const { secrets } = this.#reader.facts;
    for (; this.#looked < secrets.length; this.#looked++) {
      const secret = secrets[this.#looked];
      if (secret?.type === SECRETS_WIREGUARD_KEY_LOG) this.#problems.add(this.#keys.addSecrets(secret.bytes));
    }
  }

  #begin(decrypter: Decrypter): Decrypter {
    for (const message of this.#early.take()) this.#counter.add(message.place, decrypter.openEarly(message));
    this.#counter.addEarly(this.#early.dataMessages);
    return decrypter;
  }

  /** Whether keys may still come. */
  #waitsForSecrets(): boolean {
    return this.#reader.facts.format === 'pcapng';
  }

  #hasNewSecrets(): boolean {
    const { secrets } = this.#reader.facts;
    // Those of other protocols are passed over for good.
    for (; this.#looked < secrets.length; this.#looked++) {
      if (secrets[this.#looked]?.type === SECRETS_WIREGUARD_KEY_LOG) return true;
    }
    return false;
  }
}
