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
import {
  DECRYPT_RESULT,
  MAX_MESSAGE_BYTES,
  MAX_MESSAGES,
  type MessageDecrypter,
  PLAINTEXT_HEADROOM,
} from './batches/message-decrypter.ts';
import { messageSource } from './batches/message-source.ts';
import { createMessageTrain, isMessageWhole, messageBytesAt, readMessageTrain } from './batches/message-train.ts';
import type { EarlyMessage } from './early-messages.ts';
import { HandshakeDecrypter, type HandshakeFacts } from './handshake-decrypter.ts';
import type { KeyRing } from './key-ring.ts';
import { MessageKeys } from './message-keys.ts';

/** The result of decrypting one packet. The same object is filled for each packet, so it must not be kept. */
export interface DecryptedPacket {
  /** Contents of a handshake message; `null` for other packets. */
  handshake: HandshakeFacts | null;
  /** Source address and port of a handshake message. */
  source: string | null;
  /** Data messages whose header was captured. A datagram merged by GSO or GRO has several. */
  count: number;
  /** Data messages after those, of which nothing was captured. */
  missing: number;
  /** The `DecryptResult` of each message. */
  readonly results: Uint8Array;
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

/** Decrypts packets at once (`decrypt`), or collects their data messages in batches (`defer`, then `resultOf`). */
export class Decrypter {
  readonly #messageDecrypter: MessageDecrypter;
  readonly #handshakeDecrypter: HandshakeDecrypter;
  readonly #keys: MessageKeys;
  readonly #train = createMessageTrain();
  readonly #decrypted: DecryptedPacket;
  readonly #deferredResult: DecryptedPacket;

  /**
   * @param ring - the known keys; more may be added at any time
   * @param messageDecrypter - decrypts data messages; no one else may use it
   */
  constructor(p: Primitives, ring: KeyRing, messageDecrypter: MessageDecrypter) {
    this.#messageDecrypter = messageDecrypter;
    this.#handshakeDecrypter = new HandshakeDecrypter(p, ring);
    this.#keys = new MessageKeys(this.#handshakeDecrypter, ring);
    this.#decrypted = createDecryptedPacket(messageDecrypter.bytes);
    this.#deferredResult = createDecryptedPacket(messageDecrypter.bytes);
  }

  /** Handshakes and session directions that were dropped because there were too many. */
  get forgotten(): number {
    return this.#handshakeDecrypter.sessions.forgotten;
  }

  /** Decrypts the messages of a packet. The next call fills the same object again. Never throws. */
  decrypt(stack: LayerStack): DecryptedPacket {
    const decrypted = this.#decrypted;
    decrypted.handshake = null;
    decrypted.count = 0;
    decrypted.missing = 0;
    const layer = wireguardLayer(stack);
    if (layer < 0) return decrypted;
    const at = offsetAt(stack, layer);
    const captured = stack.capturedBytes[layer] ?? 0;
    if (readMessageType(stack.bytes, at) === WIREGUARD_TYPE.data) {
      this.#decryptTrain(stack, layer);
      return decrypted;
    }
    decrypted.handshake = this.#handshakeDecrypter.decrypt(stack.bytes, at, captured, stack.obfuscatedType);
    decrypted.source = messageSource(stack);
    return decrypted;
  }

  /** Decrypts a handshake message that was received before the first key, with the same result as `decrypt`. */
  decryptEarly({ bytes, source, obfuscatedType }: EarlyMessage): DecryptedPacket {
    const decrypted = this.#decrypted;
    decrypted.handshake = this.#handshakeDecrypter.decrypt(bytes, 0, bytes.length, obfuscatedType);
    decrypted.source = source;
    decrypted.count = 0;
    decrypted.missing = 0;
    return decrypted;
  }

  /**
   * Decrypts handshakes as `decrypt` does, but adds data messages to a batch. After `decryptBatch`, `resultOf` returns
   * the result.
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
      return captured <= MAX_MESSAGE_BYTES && this.#deferTrain(stack, layer, batch, deferred);
    }
    deferred.handshake = this.#handshakeDecrypter.decrypt(stack.bytes, at, captured, stack.obfuscatedType);
    deferred.source = messageSource(stack);
    return true;
  }

  /**
   * The result for a packet of a decrypted batch, as `decrypt` returns it. The next call fills the same object again.
   */
  resultOf(batch: MessageBatch, { handshake, source, first, count, missing }: Deferred): DecryptedPacket {
    const decrypted = this.#deferredResult;
    decrypted.handshake = handshake;
    decrypted.source = source;
    decrypted.count = count;
    decrypted.missing = missing;
    decrypted.bytes = batch.plaintexts;
    for (let i = 0; i < count; i++) {
      const result = batch.resultOf(first + i);
      decrypted.results[i] = result;
      decrypted.offsets[i] = batch.plaintextOf(first + i);
      decrypted.lengths[i] = result === DECRYPT_RESULT.decrypted ? batch.lengthOf(first + i) - KEEPALIVE_BYTES : 0;
    }
    return decrypted;
  }

  #decryptTrain(stack: LayerStack, layer: number): void {
    const decrypted = this.#decrypted;
    const train = this.#train;
    readMessageTrain(stack, layer, train);
    const reason = this.#keys.find(readReceiverIndex(stack.bytes, train.at));
    let to = PLAINTEXT_HEADROOM;
    for (let i = 0; i < train.count; i++) {
      const length = messageBytesAt(train, i);
      const fits = length <= MAX_MESSAGE_BYTES && to + length <= decrypted.bytes.length;
      const at = train.at + i * train.segmentBytes;
      const isDecrypted = isMessageWhole(train, i) && fits && this.#decryptOne(stack.bytes, at, length, to);
      const result = isDecrypted
        ? DECRYPT_RESULT.decrypted
        : isMessageWhole(train, i) && fits
          ? reason
          : DECRYPT_RESULT.cut;
      decrypted.results[i] = result;
      decrypted.offsets[i] = to;
      decrypted.lengths[i] = isDecrypted ? length - KEEPALIVE_BYTES : 0;
      if (isDecrypted) to += length - KEEPALIVE_BYTES + PLAINTEXT_HEADROOM;
    }
    decrypted.count = train.count;
    decrypted.missing = train.missing;
  }

  #decryptOne(bytes: Uint8Array, at: number, length: number, to: number): boolean {
    const { keys, count } = this.#keys;
    const high = readCounterHigh(bytes, at);
    const low = readCounterLow(bytes, at);
    if (count === 0) return false;
    const encrypted = bytes.subarray(at + DATA_MESSAGE_HEADER_BYTES, at + length);
    for (let i = 0; i < count; i++) {
      if (this.#messageDecrypter.decrypt(keys[i] as Uint8Array, high, low, encrypted, to)) return true;
    }
    return false;
  }

  #deferTrain(stack: LayerStack, layer: number, batch: MessageBatch, deferred: Deferred): true {
    const train = this.#train;
    readMessageTrain(stack, layer, train);
    const reason = this.#keys.find(readReceiverIndex(stack.bytes, train.at));
    const { keys, count } = this.#keys;
    const key = batch.addKeys(keys, count);
    // A reassembled datagram is not in the batch yet.
    const isThere = stack.bytes === batch.frames;
    const at = isThere ? train.at : batch.addOctets(stack.bytes, train.at, train.capturedBytes);
    for (let i = 0; i < train.count; i++) {
      const length = messageBytesAt(train, i);
      if (isMessageWhole(train, i)) batch.addMessage(at + i * train.segmentBytes, length, key, count, reason);
      else batch.addMessage(0, length, 0, 0, DECRYPT_RESULT.cut);
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

function createDecryptedPacket(bytes: Uint8Array): DecryptedPacket {
  return {
    handshake: null,
    source: null,
    count: 0,
    missing: 0,
    results: new Uint8Array(MAX_MESSAGES),
    offsets: new Int32Array(MAX_MESSAGES),
    lengths: new Int32Array(MAX_MESSAGES),
    bytes,
  };
}
