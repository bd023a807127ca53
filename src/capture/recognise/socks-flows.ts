/**
 * How far the SOCKS exchange of a flow of TCP is, and which relays of datagrams it brought about.
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

/** Past `done`, a reply is to come. The last two: the end that sends in direction 0, or 1, has asked for a relay. */
const STATE = { none: 0, greeted: 1, chosen: 2, done: 3, requested: 4, associating: 5, associatingBack: 6 } as const;

export class SocksFlows {
  readonly relays = new SocksRelays();
  readonly #states: Uint8Array;

  constructor(capacity: number) {
    this.#states = new Uint8Array(capacity);
  }

  /** Forgets what was in a place. */
  clear(slot: number): void {
    this.#states[slot] = STATE.none;
  }

  /** Whether a flow has no exchange yet. */
  isIdle(slot: number): boolean {
    return this.#states[slot] === STATE.none;
  }

  /** Begins an exchange, if `beginsSocks` says that the segment at the cursor does. */
  begin(cursor: Cursor, slot: number, isPort: boolean): LayerKind {
    this.#states[slot] = isSocks4Request(cursor) ? STATE.requested : STATE.greeted;
    // Three octets prove nothing on another port; the answer to them will.
    return isPort ? LAYER.socks : LAYER.none;
  }

  /** What the next segment of an exchange is. @param direction - 0 or 1, as the flow table says */
  judge(cursor: Cursor, slot: number, direction: number): LayerKind {
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
        // The request once more: it was sent again.
        if (direction === (state === STATE.associating ? 0 : 1)) return state;
        this.relays.add(cursor);
        return STATE.done;
      default:
        return STATE.done;
    }
  }
}

/** Whether a segment may be the first of an exchange. @param isPort - it is on the well-known port */
export function beginsSocks(cursor: Cursor, isPort: boolean): boolean {
  return (isPort && isSocks4Request(cursor)) || isSocksGreeting(cursor);
}
