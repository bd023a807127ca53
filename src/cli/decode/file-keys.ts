/**
 * The keys at work on one capture: each packet is given on with what they tell of it.
 *
 * @module
 */
import { SECRETS_WIREGUARD_KEY_LOG } from '../../capture/file/capture-facts.ts';
import type { CaptureReader } from '../../capture/file/capture-reader.ts';
import { Decrypter, type Opened } from '../../capture/keys/decrypter.ts';
import { DecryptionCounter, type DecryptionCounts } from '../../capture/keys/decryption-counts.ts';
import { decryptionReport } from '../../capture/keys/decryption-report.ts';
import { EarlyMessages } from '../../capture/keys/early-messages.ts';
import { InnerPackets } from '../../capture/keys/inner-packets.ts';
import type { LayerStack } from '../../capture/layer-stack.ts';
import type { CaptureRecord } from '../../capture/record.ts';
import type { DecryptionReport } from '../../core/capture-keys.ts';
import { decryptionText } from '../../report/decode/decryption-text.ts';
import { quoted } from '../usage.ts';
import { lacksKeys } from './growing-key-logs.ts';
import type { DecodeKeys } from './keys.ts';

/** Takes what was opened. Everything is borrowed until it returns. */
export interface OpenedView {
  /**
   * Is offered every packet that needs no key and meets the filter, before its layers are looked at.
   *
   * @returns whether it is content with that; if not, it gets the packet again with its layers
   */
  onKnown(record: CaptureRecord): boolean;
  /** @param opened - `null`: there are no keys */
  onPacket(record: CaptureRecord, stack: LayerStack, opened: Opened | null): void;
  /** The packets inside the last one. */
  onInner(record: CaptureRecord, stack: LayerStack): void;
}

/** Whether a packet, or one inside it, meets the filter. */
export type IsWanted = (record: CaptureRecord, stack: LayerStack) => boolean;

export class FileKeys {
  readonly #keys: DecodeKeys;
  readonly #reader: CaptureReader;
  readonly #file: string;
  readonly #comment: string | null;
  readonly #counter = new DecryptionCounter();
  readonly #early = new EarlyMessages();
  #decrypter: Decrypter | null = null;
  #packets: InnerPackets | null = null;
  /** Packets that were given to the view. */
  shown = 0;
  /** Secrets of the file that were looked at. */
  #looked = 0;

  /** @param isOneOfSeveral - comments in the file of packets inside name this one */
  constructor(keys: DecodeKeys, reader: CaptureReader, file: string, isOneOfSeveral: boolean) {
    this.#keys = keys;
    this.#reader = reader;
    this.#file = file;
    this.#comment = isOneOfSeveral ? quoted(file) : null;
  }

  /** Offers a packet whose layers are not known to a view. @returns whether it took it */
  takeKnown(record: CaptureRecord, view: OpenedView): boolean {
    if (this.#keys.ring !== null || this.#hasNewSecrets() || !view.onKnown(record)) return false;
    if (this.#waitsForSecrets()) this.#early.dataMessages++;
    this.shown++;
    return true;
  }

  /**
   * Gives a packet to a view, with what keys tell of it.
   *
   * @param isWanted - the filter: a packet passes with any packet that is inside it
   * @returns what to wait for before the next
   */
  take(record: CaptureRecord, stack: LayerStack, view: OpenedView, isWanted: IsWanted): Promise<void> | undefined {
    if (this.#keys.ring === null && this.#hasNewSecrets()) {
      return this.#keys.load().then(() => this.take(record, stack, view, isWanted));
    }
    // Handshakes count even where nobody wants to see them.
    const isOuterWanted = isWanted(record, stack);
    const opened = this.#open(record, stack, isOuterWanted);
    const pending = opened !== null && lacksKeys(opened) ? this.#keys.refresh() : undefined;
    if (pending !== undefined) return pending.then(() => this.take(record, stack, view, isWanted));
    const packets = this.#packets;
    const count = opened !== null && packets !== null ? packets.dissect(record, opened) : 0;
    let isShown = isOuterWanted;
    for (let i = 0; i < count && !isShown && packets; i++) isShown = isWanted(record, packets.packet(i).stack);
    if (!isShown) return undefined;
    this.shown++;
    view.onPacket(record, stack, opened);
    if (opened === null || packets === null) return undefined;
    this.#counter.add(record, opened);
    for (let i = 0; i < count; i++) {
      const inner = packets.packet(i);
      if (!isOuterWanted && !isWanted(record, inner.stack)) continue;
      view.onInner(inner.record, inner.stack);
      this.#keys.innerFile?.add(inner.record, this.#comment);
    }
    return this.#keys.innerFile?.isFull ? this.#keys.innerFile.flush() : undefined;
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

  #open(record: CaptureRecord, stack: LayerStack, isWanted: boolean): Opened | null {
    const { ring, crypto } = this.#keys;
    const { secrets } = this.#reader.facts;
    if (ring === null || crypto === null) {
      if (this.#waitsForSecrets()) this.#early.add(record, stack, isWanted);
      return null;
    }
    for (; this.#looked < secrets.length; this.#looked++) {
      const secret = secrets[this.#looked];
      if (secret?.type === SECRETS_WIREGUARD_KEY_LOG) this.#keys.addSecrets(secret.bytes, this.#file);
    }
    this.#packets ??= new InnerPackets();
    this.#decrypter ??= this.#begin(new Decrypter(crypto.primitives, ring, crypto.opener));
    return this.#decrypter.open(stack);
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
