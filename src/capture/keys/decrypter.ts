/**
 * Opens the WireGuard messages of a capture, packet after packet: handshakes for the keys of the sessions,
 * and data with those.
 *
 * @module
 */
import type { Primitives } from '../../core/primitives.ts';
import { DATA_HEADER_BYTES, KEEPALIVE_BYTES } from '../../wire/wireguard.ts';
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

/** What keys tell of one packet. Filled again for each: nothing in it is to be kept. */
export interface Opened {
  /** Of a handshake message; `null` for all others. */
  handshake: HandshakeFacts | null;
  /** Of a handshake message: address and port that it came from. */
  source: string | null;
  /** Data messages of which something was captured: the segments of a super-datagram one by one. */
  count: number;
  /** Data messages behind those, of which nothing was. */
  missing: number;
  /** An `Opening` each. */
  readonly openings: Uint8Array;
  /** Where each plaintext begins in `bytes`. */
  readonly offsets: Int32Array;
  /** Octets of each plaintext, padding included; 0 for a keepalive. */
  readonly lengths: Int32Array;
  /** Borrowed until the next packet. */
  bytes: Uint8Array;
}

/** A packet whose data messages are in a batch. */
export interface Deferred {
  handshake: HandshakeFacts | null;
  source: string | null;
  /** The first of its messages in the batch, and how many there are. */
  first: number;
  count: number;
  missing: number;
}

export function createDeferred(): Deferred {
  return { handshake: null, source: null, first: 0, count: 0, missing: 0 };
}

export class Decrypter {
  readonly #opener: MessageOpener;
  readonly #handshakes: Handshakes;
  readonly #keys: MessageKeys;
  readonly #train = createMessageTrain();
  readonly #opened: Opened;
  readonly #recalled: Opened;

  /** @param opener - its plaintexts are this decrypter's */
  constructor(p: Primitives, ring: KeyRing, opener: MessageOpener) {
    this.#opener = opener;
    this.#handshakes = new Handshakes(p, ring);
    this.#keys = new MessageKeys(this.#handshakes, ring);
    this.#opened = createOpened(opener.bytes);
    this.#recalled = createOpened(opener.bytes);
  }

  /** Handshakes and sessions that there was no room for any more. */
  get forgotten(): number {
    return this.#handshakes.sessions.forgotten;
  }

  /** Opens what a packet carries; the next call fills the same object again. Never throws. */
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
    opened.handshake = this.#handshakes.open(stack.bytes, at, captured, stack.disguisedType);
    opened.source = messageSource(stack);
    return opened;
  }

  /** Opens a handshake message that was seen earlier, as `open` does. */
  openEarly({ bytes, source, disguisedType }: EarlyMessage): Opened {
    const opened = this.#opened;
    opened.handshake = this.#handshakes.open(bytes, 0, bytes.length, disguisedType);
    opened.source = source;
    opened.count = 0;
    opened.missing = 0;
    return opened;
  }

  /**
   * Does the same, but that data messages are only added to a batch: `recall` says what became of them.
   *
   * @param batch - with room for the packet, whose octets it has already
   * @returns false if the packet is too long for that: it is as if it had not been tried
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
    deferred.handshake = this.#handshakes.open(stack.bytes, at, captured, stack.disguisedType);
    deferred.source = messageSource(stack);
    return true;
  }

  /** What `open` would have said of a packet, when its batch was opened. The next call fills the same object again. */
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
      if (this.#opener.open(key, high, low, bytes, at + DATA_HEADER_BYTES, length - DATA_HEADER_BYTES, to)) return true;
    }
    return false;
  }

  #deferTrain(stack: LayerStack, layer: number, batch: MessageBatch, deferred: Deferred): true {
    const train = this.#train;
    readMessageTrain(stack, layer, train);
    const closed = this.#keys.find(readReceiverIndex(stack.bytes, train.at));
    const { keys, count } = this.#keys;
    const key = batch.addKeys(keys, count);
    // What was put together of fragments is not in the batch yet.
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

/** The layer of a WireGuard message that is not only quoted: what an error quotes was opened when it was sent; or -1. */
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
