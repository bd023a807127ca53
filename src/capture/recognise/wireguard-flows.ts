/**
 * Distinguishes WireGuard from protocols that look like it.
 *
 * A single message proves little, because messages of other protocols begin with 04 00 00 00 too. The state of the flow
 * decides. The sender index in a handshake is the receiver index in the data messages of the other side. If the capture
 * began after the handshake, the receiver index of a direction stays the same and its counter is small, because a
 * session ends after 180 seconds (whitepaper §6.1). A flow that breaks these rules too often is not WireGuard.
 *
 * @module
 */
import { LAYER, type LayerKind } from '../dissect/layer-kind.ts';
import {
  hasZeroMac2,
  INITIATION_BYTES,
  RESPONSE_BYTES,
  readCounterHigh,
  readCounterLow,
  readReceiverIndex,
  readSenderIndex,
  WIREGUARD_TYPE,
} from '../layers/encrypted/wireguard.ts';

/** High 32 bits of an impossible counter: it takes 380 million packets a second for REJECT_AFTER_TIME (180 s). */
const MAX_COUNTER_HIGH = 16;
/** How far a counter may be below the largest one: the window of receivers (RFC 6479), as in Linux. */
const MAX_REORDERING = 8192;
/** A flow is not WireGuard if more than so many messages break the rules, minus those that keep them. */
const MAX_MISMATCHES = 2;
/** Messages that keep the rules make up for at most so many that break them. */
const MIN_MISMATCHES = -100;

/** Sender indices that are kept for each direction: those of the current and the next session. */
const INDICES_PER_DIRECTION = 2;

/** A message: `captured` octets of it are in `bytes`, from `at` on. */
export interface MessageBytes {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly captured: number;
}

/** The state of each flow that may be WireGuard. */
export class WireguardFlows {
  /** Kind of each flow; `LAYER.none` while it is not known. */
  readonly #kinds: Uint8Array;
  readonly #refused: Uint8Array;
  readonly #mismatches: Int8Array;
  readonly #announced: Uint32Array;
  readonly #receivers: Uint32Array;
  readonly #counters: Float64Array;

  constructor(capacity: number) {
    this.#kinds = new Uint8Array(capacity);
    this.#refused = new Uint8Array(capacity);
    this.#mismatches = new Int8Array(capacity);
    this.#announced = new Uint32Array(capacity * 2 * INDICES_PER_DIRECTION);
    this.#receivers = new Uint32Array(capacity * 2);
    this.#counters = new Float64Array(capacity * 2);
  }

  /** Resets the state of a slot. */
  clear(slot: number): void {
    this.#kinds[slot] = LAYER.none;
    this.#refused[slot] = 0;
    this.#mismatches[slot] = 0;
    this.#announced.fill(0, slot * 2 * INDICES_PER_DIRECTION, (slot + 1) * 2 * INDICES_PER_DIRECTION);
    this.#receivers.fill(0, slot * 2, slot * 2 + 2);
    this.#counters.fill(0, slot * 2, slot * 2 + 2);
  }

  /** The kind of a flow: `LAYER.wireguard`, `LAYER.warp`, or `LAYER.none` while it is not known. */
  kindOf(slot: number): LayerKind {
    return (this.#kinds[slot] ?? LAYER.none) as LayerKind;
  }

  /**
   * Classifies a message whose type and length are valid, and updates the state of its flow.
   *
   * @param directedFlow - slot of the flow times two, plus the direction
   * @param type - message type, 1 to 4
   * @param kind - the result if the message is accepted: `LAYER.wireguard` or `LAYER.warp`
   * @param isOwnPort - a port is that of WireGuard: the only evidence for a cookie reply without its initiation
   * @returns `kind`, or `LAYER.none`
   */
  classify(message: MessageBytes, directedFlow: number, type: number, kind: LayerKind, isOwnPort = false): LayerKind {
    const { bytes, at } = message;
    const slot = directedFlow >> 1;
    const direction = directedFlow & 1;
    const isKnown = this.#kinds[slot] === kind;
    switch (type) {
      case WIREGUARD_TYPE.initiation:
        if (!isKnown && !this.#endsWithZero(message, INITIATION_BYTES)) return LAYER.none;
        this.#announce(slot, direction, readSenderIndex(bytes, at));
        break;
      case WIREGUARD_TYPE.response: {
        const isAnswer = this.#isAnnounced(slot, 1 - direction, readReceiverIndex(bytes, at));
        if (!isKnown && !isAnswer && !this.#endsWithZero(message, RESPONSE_BYTES)) return LAYER.none;
        this.#announce(slot, direction, readSenderIndex(bytes, at));
        break;
      }
      case WIREGUARD_TYPE.cookieReply:
        if (!isKnown && !isOwnPort && !this.#isAnnounced(slot, 1 - direction, readReceiverIndex(bytes, at))) {
          return LAYER.none;
        }
        break;
      default:
        if (!this.#isData(message, slot, direction)) return LAYER.none;
    }
    this.#kinds[slot] = kind;
    return kind;
  }

  /**
   * Accepts a data message that continues its flow, as `classify` would.
   *
   * @param directedFlow - slot of the flow times two, plus the direction
   * @returns false if that is not certain: nothing has changed; call `classify`
   */
  confirm(directedFlow: number, kind: number, index: number, counter: number): boolean {
    const slot = directedFlow >>> 1;
    const last = this.#counters[directedFlow] ?? 0;
    if (this.#kinds[slot] !== kind || this.#refused[slot] === 1 || this.#receivers[directedFlow] !== index)
      return false;
    if (counter < last || counter >= MAX_COUNTER_HIGH * 0x1_0000_0000) return false;
    if ((this.#mismatches[slot] ?? 0) > MIN_MISMATCHES) this.#mismatches[slot] = (this.#mismatches[slot] ?? 0) - 1;
    this.#counters[directedFlow] = counter;
    return true;
  }

  #isData({ bytes, at }: MessageBytes, slot: number, direction: number): boolean {
    const index = readReceiverIndex(bytes, at);
    const high = readCounterHigh(bytes, at);
    const directedFlow = slot * 2 + direction;
    const isAnnounced = this.#isAnnounced(slot, 1 - direction, index);
    if (!isAnnounced && this.#refused[slot] === 1) return false;
    if (high >= MAX_COUNTER_HIGH && !isAnnounced) {
      this.#countMismatch(slot);
      return false;
    }
    const counter = high * 0x1_0000_0000 + readCounterLow(bytes, at);
    const last = this.#counters[directedFlow] ?? 0;
    const isSame = this.#receivers[directedFlow] === index;
    // A new index without a handshake: the handshake was not captured, or this is another protocol.
    const isFirst = this.#receivers[directedFlow] === 0;
    if (!isAnnounced && !isFirst && (!isSame || counter + MAX_REORDERING < last)) {
      if (!this.#countMismatch(slot)) return false;
    } else if ((this.#mismatches[slot] ?? 0) > MIN_MISMATCHES)
      this.#mismatches[slot] = (this.#mismatches[slot] ?? 0) - 1;
    this.#receivers[directedFlow] = index;
    this.#counters[directedFlow] = isSame ? Math.max(last, counter) : counter;
    return true;
  }

  /** Counts a message that breaks the rules. @returns whether the flow is still accepted */
  #countMismatch(slot: number): boolean {
    // The count of a long flow is far below zero, so a single message does not change its kind.
    const mismatches = (this.#mismatches[slot] ?? 0) + 1;
    this.#mismatches[slot] = mismatches;
    if (mismatches <= MAX_MISMATCHES && this.#kinds[slot] !== LAYER.none) return true;
    if (mismatches > MAX_MISMATCHES) {
      this.#refused[slot] = 1;
      this.#kinds[slot] = LAYER.none;
    }
    return false;
  }

  #endsWithZero({ bytes, at, captured }: MessageBytes, messageBytes: number): boolean {
    // In a capture of headers only, the length and the first octets are all the evidence.
    return captured < messageBytes || hasZeroMac2(bytes, at, messageBytes);
  }

  #announce(slot: number, direction: number, index: number): void {
    const at = (slot * 2 + direction) * INDICES_PER_DIRECTION;
    if (this.#announced[at] === index) return;
    this.#announced[at + 1] = this.#announced[at] ?? 0;
    this.#announced[at] = index;
    this.#refused[slot] = 0;
    this.#mismatches[slot] = Math.min(this.#mismatches[slot] ?? 0, 0);
  }

  #isAnnounced(slot: number, direction: number, index: number): boolean {
    const at = (slot * 2 + direction) * INDICES_PER_DIRECTION;
    return index !== 0 && (this.#announced[at] === index || this.#announced[at + 1] === index);
  }
}
