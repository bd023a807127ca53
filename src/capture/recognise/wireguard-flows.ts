/**
 * Tells WireGuard from what looks like it.
 *
 * One message proves little: other protocols begin with 04 00 00 00 too. A flow does. The index that a side
 * announces in its handshake is the one that the other side's data carry; in a capture that began
 * later, the index of a direction stays the same and its counter is small, because a session ends after
 * 180 seconds (whitepaper §6.1). What goes against that too often is something else, for good.
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

/** 180 seconds (REJECT_AFTER_TIME) at 380 million packets a second: no counter gets that far. */
const MAX_COUNTER_HIGH = 16;
/** A counter may fall behind the largest by reordering, and by the window that receivers keep (RFC 6479). */
const REORDERING = 8192;
/** Messages against the rule, more than those that keep it, after which a flow is not WireGuard. */
const MAX_STRIKES = 2;
/** A long good life makes up for so many. */
const MIN_STRIKES = -100;

/** Newest indices of each direction that are remembered: the session in use, and its successor. */
const ANNOUNCED = 2;

/** A message: where it is, and how much of it there is. */
export interface MessageBytes {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly captured: number;
}

export class WireguardFlows {
  /** What a flow is; `LAYER.none` while nothing is known. */
  readonly #kinds: Uint8Array;
  readonly #refused: Uint8Array;
  readonly #strikes: Int8Array;
  readonly #announced: Uint32Array;
  readonly #receivers: Uint32Array;
  readonly #counters: Float64Array;

  constructor(capacity: number) {
    this.#kinds = new Uint8Array(capacity);
    this.#refused = new Uint8Array(capacity);
    this.#strikes = new Int8Array(capacity);
    this.#announced = new Uint32Array(capacity * 2 * ANNOUNCED);
    this.#receivers = new Uint32Array(capacity * 2);
    this.#counters = new Float64Array(capacity * 2);
  }

  /** Forgets what was in a place. */
  clear(slot: number): void {
    this.#kinds[slot] = LAYER.none;
    this.#refused[slot] = 0;
    this.#strikes[slot] = 0;
    this.#announced.fill(0, slot * 2 * ANNOUNCED, (slot + 1) * 2 * ANNOUNCED);
    this.#receivers.fill(0, slot * 2, slot * 2 + 2);
    this.#counters.fill(0, slot * 2, slot * 2 + 2);
  }

  /** What a flow is known to be. */
  kindOf(slot: number): LayerKind {
    return (this.#kinds[slot] ?? LAYER.none) as LayerKind;
  }

  /**
   * Judges a message whose type and length fit.
   *
   * @param kind - what it is if it is one of the two
   * @param direction - 0 or 1, as the flow table says
   * @param isOwnPort - a port is that of WireGuard: of a reply to a message that is not in the capture, nothing else
   *   tells
   */
  judge(
    message: MessageBytes,
    slot: number,
    direction: number,
    type: number,
    kind: LayerKind,
    isOwnPort = false,
  ): LayerKind {
    const { bytes, at } = message;
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
   * The same of a data message that is known to go on where the one before ended.
   *
   * @param lane - place of the flow times two, plus the direction
   * @returns false: it is not certain; judge it
   */
  confirm(lane: number, kind: number, index: number, counter: number): boolean {
    const slot = lane >>> 1;
    const last = this.#counters[lane] ?? 0;
    if (this.#kinds[slot] !== kind || this.#refused[slot] === 1 || this.#receivers[lane] !== index) return false;
    if (counter < last || counter >= MAX_COUNTER_HIGH * 0x1_0000_0000) return false;
    if ((this.#strikes[slot] ?? 0) > MIN_STRIKES) this.#strikes[slot] = (this.#strikes[slot] ?? 0) - 1;
    this.#counters[lane] = counter;
    return true;
  }

  #isData({ bytes, at }: MessageBytes, slot: number, direction: number): boolean {
    const index = readReceiverIndex(bytes, at);
    const high = readCounterHigh(bytes, at);
    const lane = slot * 2 + direction;
    const isAnnounced = this.#isAnnounced(slot, 1 - direction, index);
    if (!isAnnounced && this.#refused[slot] === 1) return false;
    if (high >= MAX_COUNTER_HIGH && !isAnnounced) {
      this.#strike(slot);
      return false;
    }
    const counter = high * 0x1_0000_0000 + readCounterLow(bytes, at);
    const last = this.#counters[lane] ?? 0;
    const isSame = this.#receivers[lane] === index;
    // A new index without a handshake in sight: the handshake was lost, or this is something else.
    const isFirst = this.#receivers[lane] === 0;
    if (!isAnnounced && !isFirst && (!isSame || counter + REORDERING < last)) {
      if (!this.#strike(slot)) return false;
    } else if ((this.#strikes[slot] ?? 0) > MIN_STRIKES) this.#strikes[slot] = (this.#strikes[slot] ?? 0) - 1;
    this.#receivers[lane] = index;
    this.#counters[lane] = isSame ? Math.max(last, counter) : counter;
    return true;
  }

  /** Counts a message against a flow. @returns whether the flow is still believed */
  #strike(slot: number): boolean {
    // Confirmed flows are far below zero, and one message more or less does not matter.
    const strikes = (this.#strikes[slot] ?? 0) + 1;
    this.#strikes[slot] = strikes;
    if (strikes <= MAX_STRIKES && this.#kinds[slot] !== LAYER.none) return true;
    if (strikes > MAX_STRIKES) {
      this.#refused[slot] = 1;
      this.#kinds[slot] = LAYER.none;
    }
    return false;
  }

  #endsWithZero({ bytes, at, captured }: MessageBytes, messageBytes: number): boolean {
    // Of a capture that keeps headers only, the length and the first octets have to do.
    return captured < messageBytes || hasZeroMac2(bytes, at, messageBytes);
  }

  #announce(slot: number, direction: number, index: number): void {
    const at = (slot * 2 + direction) * ANNOUNCED;
    if (this.#announced[at] === index) return;
    this.#announced[at + 1] = this.#announced[at] ?? 0;
    this.#announced[at] = index;
    this.#refused[slot] = 0;
    this.#strikes[slot] = Math.min(this.#strikes[slot] ?? 0, 0);
  }

  #isAnnounced(slot: number, direction: number, index: number): boolean {
    const at = (slot * 2 + direction) * ANNOUNCED;
    return index !== 0 && (this.#announced[at] === index || this.#announced[at + 1] === index);
  }
}
