/**
 * Decrypts the WireGuard messages of a capture, packet by packet. Handshakes give the keys of sessions, and these
 * decrypt the data messages.
 *
 * @module
 */
import type { Primitives } from '../../core/primitives.ts';
import { DATA_MESSAGE_HEADER_BYTES, KEEPALIVE_BYTES } from '../../wire/wireguard.ts';
import { isWireguard } from '../dissect/layer-kind.ts';
import { kindAt, type LayerStack, offsetAt } from '../dissect/layer-stack.ts';
import {
  readCounterHigh,
  readCounterLow,
  readMessageType,
  readReceiverIndex,
  WIREGUARD_TYPE,
} from '../layers/encrypted/wireguard.ts';
import type { MessageBatch } from './batches/message-batch.ts';
import { messageSource } from './batches/message-source.ts';
import { createMessageTrain, isMessageWhole, messageBytesAt, readMessageTrain } from './batches/message-train.ts';
import { MAX_MESSAGES, MAX_SEALED_BYTES, type MessageOpener, OPENING, PLAINTEXT_HEADROOM } from './batches/opening.ts';
import type { EarlyMessage } from './early-messages.ts';
import { type HandshakeFacts, Handshakes } from './handshakes.ts';
import type { KeyRing } from './key-ring.ts';
import { MessageKeys } from './message-keys.ts';

/** The result of decrypting one packet. The same object is filled for each packet, so it must not be kept. */
export interface Opened {
  /** Contents of a handshake message; `null` for other packets. */
  handshake: HandshakeFacts | null;
  /** Source address and port of a handshake message. */
  source: string | null;
  /** Data messages whose header was captured. A datagram merged by GSO or GRO has several. */
  count: number;
  /** Data messages after those, of which nothing was captured. */
  missing: number;
  /** The `Opening` of each message. */
  readonly openings: Uint8Array;
  /** Offset of each plaintext in `bytes`. */
  readonly offsets: Int32Array;
  /** Octets of each plaintext, padding included; 0 for a keepalive. */
  readonly lengths: Int32Array;
  /** The plaintexts. Borrowed until the next packet. */
  bytes: Uint8Array;
}

/** A packet whose data messages are in a batch, to be decrypted later. */
export interface Deferred {
  handshake: HandshakeFacts | null;
  source: string | null;
  /** Index of its first message in the batch. */
  first: number;
  /** Its messages in the batch. */
  count: number;
  missing: number;
}

/** An empty object for `Decrypter.defer` to fill. */
export function createDeferred(): Deferred {
  return { handshake: null, source: null, first: 0, count: 0, missing: 0 };
}

/** Decrypts packets at once (`open`), or collects their data messages in batches (`defer`, then `recall`). */
export class Decrypter {
  readonly #opener: MessageOpener;
  readonly #handshakes: Handshakes;
  readonly #keys: MessageKeys;
  readonly #train = createMessageTrain();
  readonly #opened: Opened;
  readonly #recalled: Opened;

  /**
   * @param ring - the known keys; more may be added at any time
   * @param opener - decrypts data messages; no one else may use it
   */
  constructor(p: Primitives, ring: KeyRing, opener: MessageOpener) {
    this.#opener = opener;
    this.#handshakes = new Handshakes(p, ring);
    this.#keys = new MessageKeys(this.#handshakes, ring);
    this.#opened = createOpened(opener.bytes);
    this.#recalled = createOpened(opener.bytes);
  }

  /** Handshakes and session directions that were dropped because there were too many. */
  get forgotten(): number {
    return this.#handshakes.sessions.forgotten;
  }

  /** Decrypts the messages of a packet. The next call fills the same object again. Never throws. */
  open(stack: LayerStack): Opened {
    const opened = this.#opened;
    opened.handshake = null;
    opened.count = 0;
    opened.missing = 0;
    const layer = wireguardLayer(stack);
    if (layer < 0) return opened;
    const at = offsetAt(stack, layer);
    const captured = stack.capturedBytes[layer] ?? 0;
    if (readMessageType(stack.bytes, at) === WIREGUARD_TYPE.data) {
      this.#openTrain(stack, layer);
      return opened;
    }
    opened.handshake = this.#handshakes.open(stack.bytes, at, captured, stack.obfuscatedType);
    opened.source = messageSource(stack);
    return opened;
  }

  /** Decrypts a handshake message that was received before the first key, with the same result as `open`. */
  openEarly({ bytes, source, obfuscatedType }: EarlyMessage): Opened {
    const opened = this.#opened;
    opened.handshake = this.#handshakes.open(bytes, 0, bytes.length, obfuscatedType);
    opened.source = source;
    opened.count = 0;
    opened.missing = 0;
    return opened;
  }

  /**
   * Decrypts handshakes as `open` does, but adds data messages to a batch. After `openBatch`, `recall` returns the
   * result.
   *
   * @param batch - with room for the packet, whose octets were added to it already
   * @param deferred - is filled
   * @returns false if the packet is too long for a batch; nothing was added then
   */
  defer(stack: LayerStack, batch: MessageBatch, deferred: Deferred): boolean {
    deferred.handshake = null;
    deferred.first = batch.count;
    deferred.count = 0;
    deferred.missing = 0;
    const layer = wireguardLayer(stack);
    if (layer < 0) return true;
    const at = offsetAt(stack, layer);
    const captured = stack.capturedBytes[layer] ?? 0;
    if (readMessageType(stack.bytes, at) === WIREGUARD_TYPE.data) {
      return captured <= MAX_SEALED_BYTES && this.#deferTrain(stack, layer, batch, deferred);
    }
    deferred.handshake = this.#handshakes.open(stack.bytes, at, captured, stack.obfuscatedType);
    deferred.source = messageSource(stack);
    return true;
  }

  /** The result for a packet of a decrypted batch, as `open` returns it. The next call fills the same object again. */
  recall(batch: MessageBatch, { handshake, source, first, count, missing }: Deferred): Opened {
    const opened = this.#recalled;
    opened.handshake = handshake;
    opened.source = source;
    opened.count = count;
    opened.missing = missing;
    opened.bytes = batch.texts;
    for (let i = 0; i < count; i++) {
      const opening = batch.openingOf(first + i);
      opened.openings[i] = opening;
      opened.offsets[i] = batch.textOf(first + i);
      opened.lengths[i] = opening === OPENING.opened ? batch.lengthOf(first + i) - KEEPALIVE_BYTES : 0;
    }
    return opened;
  }

  #openTrain(stack: LayerStack, layer: number): void {
    const opened = this.#opened;
    const train = this.#train;
    readMessageTrain(stack, layer, train);
    const closed = this.#keys.find(readReceiverIndex(stack.bytes, train.at));
    let to = PLAINTEXT_HEADROOM;
    for (let i = 0; i < train.count; i++) {
      const length = messageBytesAt(train, i);
      const fits = length <= MAX_SEALED_BYTES && to + length <= opened.bytes.length;
      const at = train.at + i * train.segmentBytes;
      const isOpened = isMessageWhole(train, i) && fits && this.#openOne(stack.bytes, at, length, to);
      const opening = isOpened ? OPENING.opened : isMessageWhole(train, i) && fits ? closed : OPENING.cut;
      opened.openings[i] = opening;
      opened.offsets[i] = to;
      opened.lengths[i] = isOpened ? length - KEEPALIVE_BYTES : 0;
      if (isOpened) to += length - KEEPALIVE_BYTES + PLAINTEXT_HEADROOM;
    }
    opened.count = train.count;
    opened.missing = train.missing;
  }

  #openOne(bytes: Uint8Array, at: number, length: number, to: number): boolean {
    const { keys, count } = this.#keys;
    const high = readCounterHigh(bytes, at);
    const low = readCounterLow(bytes, at);
    for (let i = 0; i < count; i++) {
      const key = keys[i] as Uint8Array;
      if (
        this.#opener.open(key, high, low, bytes, at + DATA_MESSAGE_HEADER_BYTES, length - DATA_MESSAGE_HEADER_BYTES, to)
      )
        return true;
    }
    return false;
  }

  #deferTrain(stack: LayerStack, layer: number, batch: MessageBatch, deferred: Deferred): true {
    const train = this.#train;
    readMessageTrain(stack, layer, train);
    const closed = this.#keys.find(readReceiverIndex(stack.bytes, train.at));
    const { keys, count } = this.#keys;
    const key = batch.addKeys(keys, count);
    // A reassembled datagram is not in the batch yet.
    const isThere = stack.bytes === batch.frames;
    const at = isThere ? train.at : batch.addOctets(stack.bytes, train.at, train.capturedBytes);
    for (let i = 0; i < train.count; i++) {
      const length = messageBytesAt(train, i);
      if (isMessageWhole(train, i)) batch.addMessage(at + i * train.segmentBytes, length, key, count, closed);
      else batch.addMessage(0, length, 0, 0, OPENING.cut);
    }
    deferred.count = train.count;
    deferred.missing = train.missing;
    return true;
  }
}

/** Index of the WireGuard layer; -1 if there is none, or an ICMP error quotes it: it was decrypted when it was sent. */
function wireguardLayer(stack: LayerStack): number {
  const layer = stack.count - 1;
  return isWireguard(kindAt(stack, layer)) && stack.quotedFrom < 0 ? layer : -1;
}

function createOpened(bytes: Uint8Array): Opened {
  return {
    handshake: null,
    source: null,
    count: 0,
    missing: 0,
    openings: new Uint8Array(MAX_MESSAGES),
    offsets: new Int32Array(MAX_MESSAGES),
    lengths: new Int32Array(MAX_MESSAGES),
    bytes,
  };
}
