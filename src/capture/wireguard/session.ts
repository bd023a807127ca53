/**
 * Keys that one handshake made: a lane for each direction.
 *
 * @module
 */
import type { Exchange } from './handshakes.ts';
import type { Lane } from './lane.ts';
import type { Peer } from './peer.ts';

export class Session {
  readonly peer: Peer;
  /** `null`: begun before the capture, or its response is not in it. */
  readonly exchange: Exchange | null;
  /** When its keys were certainly there: the response, or its first message. NaN without times. */
  readonly sinceNs: number;
  /** By the side of their path when they began. */
  readonly lanes: [Lane | null, Lane | null] = [null, null];

  constructor(peer: Peer, exchange: Exchange | null, sinceNs: number) {
    this.peer = peer;
    this.exchange = exchange;
    this.sinceNs = sinceNs;
  }
}
