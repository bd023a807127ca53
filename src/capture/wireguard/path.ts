/**
 * What is known of the messages from one address and port to another. Filled packet by packet.
 *
 * @module
 */
import type { Exchange } from './handshakes.ts';
import type { Lane } from './lane.ts';
import { OuterClasses } from './outer-classes.ts';
import type { Peer } from './peer.ts';
import { SmallCounts } from './small-counts.ts';
import { Stalls } from './stalls.ts';

/** Limits of size classes, octets of the encrypted packet with its padding: keepalives, ACKs, …, full size. */
export const SIZE_LIMITS = [0, 1, 128, 576, 1200] as const;
/** Of each class: messages, outer octets, inner octets at least, at most. */
export const SIZE_FIELDS = 4;

export class Path {
  readonly key: Int32Array;
  readonly peer: Peer;
  /** 0: from the peer's end A to B. */
  readonly side: 0 | 1;
  /** The way back, once a message took it. */
  reverse: Path | null = null;
  /** Where the last data message belonged. */
  lane: Lane | null = null;
  /** The handshake from here that waits for its response. */
  exchange: Exchange | null = null;

  data = 0;
  keepalives = 0;
  handshakes = 0;
  readonly sizes: number[] = new Array<number>(SIZE_LIMITS.length * SIZE_FIELDS).fill(0);
  /** Lengths of encrypted packets that are no multiple of 16, and how many are one. */
  readonly oddLengths = new SmallCounts(8);
  /** Largest encrypted packet. */
  largestPayload = 0;
  /** Messages that came in fragments, and the largest IP packet that did not. */
  reassembled = 0;
  largestOuter = 0;
  largestOuterFrame = 0;
  readonly outer = new OuterClasses();
  readonly handshakeTos = new SmallCounts(4);
  /** Packets that the capture says were sent from this host, and that it says came in. */
  outgoing = 0;
  incoming = 0;
  cutMessages = 0;
  unsplitDatagrams = 0;
  trains = 0;
  messagesInTrains = 0;

  firstNs = Number.NaN;
  lastNs = Number.NaN;
  /** When data came back that nothing from here has answered yet; NaN if there are none. */
  unansweredNs = Number.NaN;
  confirmations = 0;
  passiveKeepalives = 0;
  /** Silence before each other keepalive, in whole seconds. */
  readonly silences = new SmallCounts(16);
  readonly stalls = new Stalls();

  constructor(key: Int32Array, peer: Peer, side: 0 | 1) {
    this.key = key;
    this.peer = peer;
    this.side = side;
  }
}
