/**
 * Follows the SOCKS handshakes of TCP flows, and finds the UDP relays that they set up.
 *
 * @module
 */
import { LAYER, type LayerKind } from '../dissect/layer-kind.ts';
import type { Cursor } from '../layers/cursor.ts';
import {
  isSocks4Reply,
  isSocks4Request,
  isSocksAssociate,
  isSocksChoice,
  isSocksGreeting,
  isSocksPassword,
  isSocksRequest,
} from '../layers/transport/socks.ts';
import { SocksRelays } from './socks-relays.ts';

/**
 * States of a handshake. In the states after `done`, the reply to a request is expected. In the last two, the end that
 * sends in direction 0 or 1 has asked for a UDP relay.
 */
const STATE = { none: 0, greeted: 1, chosen: 2, done: 3, requested: 4, associating: 5, associatingBack: 6 } as const;

/** The state of the SOCKS handshake of each TCP flow. */
export class SocksFlows {
  /** The UDP relays found so far. */
  readonly relays = new SocksRelays();
  readonly #states: Uint8Array;

  constructor(capacity: number) {
    this.#states = new Uint8Array(capacity);
  }

  /** Resets the state of a slot. */
  clear(slot: number): void {
    this.#states[slot] = STATE.none;
  }

  /** Whether no handshake was seen in a flow. */
  isIdle(slot: number): boolean {
    return this.#states[slot] === STATE.none;
  }

  /**
   * Starts a handshake with a segment for which `beginsSocks` is true.
   *
   * @param isPort - whether a port of the segment is the SOCKS port
   */
  begin(cursor: Cursor, slot: number, isPort: boolean): LayerKind {
    this.#states[slot] = isSocks4Request(cursor) ? STATE.requested : STATE.greeted;
    // Three octets prove nothing on another port. The next segment decides.
    return isPort ? LAYER.socks : LAYER.none;
  }

  /**
   * Classifies the next segment of a handshake.
   *
   * @param direction - 0 or 1, as in the flow table
   */
  classify(cursor: Cursor, slot: number, direction: number): LayerKind {
    const state = this.#states[slot] ?? STATE.none;
    const next = this.#next(cursor, state, direction);
    this.#states[slot] = next;
    const isReply = state > STATE.done && (isSocksRequest(cursor) || isSocks4Reply(cursor));
    return next !== STATE.done || isReply ? LAYER.socks : LAYER.none;
  }

  #next(cursor: Cursor, state: number, direction: number): number {
    switch (state) {
      case STATE.greeted:
        return isSocksChoice(cursor) ? STATE.chosen : STATE.done;
      case STATE.chosen:
        if (isSocksAssociate(cursor)) return direction === 0 ? STATE.associating : STATE.associatingBack;
        if (isSocksRequest(cursor)) return STATE.requested;
        return isSocksPassword(cursor) ? STATE.chosen : STATE.done;
      case STATE.associating:
      case STATE.associatingBack:
        // The same direction again: the request was retransmitted.
        if (direction === (state === STATE.associating ? 0 : 1)) return state;
        this.relays.add(cursor);
        return STATE.done;
      default:
        return STATE.done;
    }
  }
}

/**
 * Whether a segment may be the first one of a SOCKS handshake.
 *
 * @param isPort - whether a port of the segment is the SOCKS port
 */
export function beginsSocks(cursor: Cursor, isPort: boolean): boolean {
  return (isPort && isSocks4Request(cursor)) || isSocksGreeting(cursor);
}
