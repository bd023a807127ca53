/**
 * What messages of WireGuard belong to: a peer has paths and sessions, a session two lanes and the exchange that made it,
 * and each leads to the others.
 *
 * @module
 */
import type { WireguardKind } from '../documents/capture-report.ts';
import type { BitBudget } from './delivery/bit-budget.ts';
import { CounterWindow } from './delivery/counter-window.ts';
import { SmallCounts } from './delivery/small-counts.ts';
import { Stalls } from './delivery/stalls.ts';
import { OuterClasses } from './path/outer-classes.ts';

export interface Roam {
  readonly frame: number;
  readonly atNs: number;
  readonly before: Path;
  readonly after: Path;
  /** Whether the sender of the message has moved, or its receiver. */
  readonly isSender: boolean;
  readonly receiver: number;
  readonly counter: number;
}

export interface IcmpNote {
  readonly frame: number;
  readonly atNs: number;
  readonly from: string;
  readonly error: string;
  readonly nextHopMtu: number | null;
  /** Of the quoted packet. */
  readonly path: Path;
}

const MAX_ROAMS = 64;
const MAX_ICMP = 64;

/**
 * Two ends that talk through a tunnel. Peers whose messages turn out to be of one session, because an end has roamed, are
 * joined.
 */
export class Peer {
  readonly kind: WireguardKind;
  readonly paths: Path[] = [];
  readonly sessions: Session[] = [];
  readonly roaming: Roam[] = [];
  roams = 0;
  readonly icmp: IcmpNote[] = [];
  icmpErrors = 0;
  isSecondView = false;
  #parent: Peer | null = null;
  /** Whether end A of this one is end B of its parent. */
  #isTurned = false;

  constructor(kind: WireguardKind) {
    this.kind = kind;
  }

  /** The peer that this one has become part of, or itself. */
  get root(): Peer {
    let peer: Peer = this;
    while (peer.#parent !== null) peer = peer.#parent;
    return peer;
  }

  /** Whether end A of this one is end B of its root. */
  get isTurned(): boolean {
    let turned = false;
    for (let peer: Peer | null = this; peer !== null; peer = peer.#parent) turned = turned !== peer.#isTurned;
    return turned;
  }

  /** Makes `other` a part of this peer. @param isTurned - whether side 0 of one is side 1 of the other */
  join(other: Peer, isTurned: boolean): void {
    const root = this.root;
    const child = other.root;
    if (root === child) return;
    child.#isTurned = (isTurned !== this.isTurned) !== other.isTurned;
    child.#parent = root;
  }

  addRoam(roam: Roam): void {
    this.roams++;
    if (this.roaming.length < MAX_ROAMS) this.roaming.push(roam);
  }

  addIcmp(note: IcmpNote): void {
    this.icmpErrors++;
    if (this.icmp.length < MAX_ICMP) this.icmp.push(note);
  }
}

/** The side of a path as its peer's root counts. */
export function sideOf(path: Path): 0 | 1 {
  return path.peer.isTurned ? (path.side === 0 ? 1 : 0) : path.side;
}

/** Limits of size classes, octets of the encrypted packet with its padding: keepalives, ACKs, …, full size. */
export const SIZE_LIMITS = [0, 1, 128, 576, 1200] as const;
/** Of each class: messages, outer octets, inner octets at least, at most. */
export const SIZE_FIELDS = 4;

/** What is known of the messages from one address and port to another. Filled packet by packet. */
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
  /** Of these: sent to somebody whose initiation may not be in the capture; and seen before. */
  cookieReplies = 0;
  handshakeCopies = 0;
  readonly sizes: number[] = new Array<number>(SIZE_LIMITS.length * SIZE_FIELDS).fill(0);
  /** Lengths of encrypted packets that are no multiple of 16, and how many are one. */
  readonly oddLengths = new SmallCounts(8);
  /** Largest encrypted packet. */
  largestPayload = 0;
  /** Messages that came in fragments, and the largest IP packet, as it was before that. */
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

/** Keys that one handshake made: a lane for each direction. */
export class Session {
  readonly peer: Peer;
  /** `null`: begun before the capture, or its response is not in it. */
  readonly exchange: Exchange | null;
  /** When its keys were certainly there: the response, or its first message. NaN without times. */
  readonly sinceNs: number;
  /** Of that time, as the clock counts them. */
  readonly era: number;
  /** By the side of their path when they began. */
  readonly lanes: [Lane | null, Lane | null] = [null, null];

  constructor(peer: Peer, exchange: Exchange | null, sinceNs: number, era: number) {
    this.peer = peer;
    this.exchange = exchange;
    this.sinceNs = sinceNs;
    this.era = era;
  }
}

/** One direction of a session: data messages with one receiver index. */
export class Lane {
  readonly receiver: number;
  readonly session: Session;
  /** Where its messages go now. */
  path: Path;
  /** Where they went before: late ones still come from there. */
  pathBefore: Path | null = null;
  readonly window: CounterWindow;
  /** Another lane with the same index: chance, NAT, or a peer that counts its indices. */
  next: Lane | null;
  messages = 0;
  keepalives = 0;
  firstFrame = 0;
  lastFrame = 0;
  firstNs = Number.NaN;
  lastNs = Number.NaN;
  /** Of that time, as the clock counts them. */
  lastEra = 0;
  afterReject = 0;
  afterRejectFrame = 0;

  constructor(receiver: number, path: Path, session: Session, budget: BitBudget, next: Lane | null) {
    this.receiver = receiver;
    this.path = path;
    this.session = session;
    this.window = new CounterWindow(budget);
    this.next = next;
  }
}

export interface Attempt {
  readonly exchange: Exchange;
  readonly path: Path;
  readonly sender: number;
  /** The first octets of its key: an index may come again, that does not. */
  readonly mark: number;
  readonly hasMac2: boolean;
  readonly frame: number;
  readonly atNs: number;
  cookieFrame: number;
  icmpFrame: number;
  icmpError: string | null;
}

/** What one side does to get a session: initiations until a response comes. */
export interface Exchange {
  /** From the initiator. */
  readonly path: Path;
  readonly attempts: Attempt[];
  initiations: number;
  firstNs: number;
  lastInitiationNs: number;
  cookieReplies: number;
  icmpErrors: number;
  responseFrame: number;
  responseNs: number;
  responder: number;
  latencyNs: number;
  isFromOtherAddress: boolean;
  session: Session | null;
}
