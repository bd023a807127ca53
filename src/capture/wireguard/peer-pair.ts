/**
 * The objects that WireGuard messages are assigned to. A pair of peers has paths and sessions. A session has two streams and the
 * handshake that made its keys. Each object refers to the others.
 *
 * @module
 */
import type { WireguardKind } from '../documents/capture-wireguard.ts';
import type { BitBudget } from './delivery/bit-budget.ts';
import { CounterWindow } from './delivery/counter-window.ts';
import { SmallCounts } from './delivery/small-counts.ts';
import { Stalls } from './delivery/stalls.ts';
import { OuterClasses } from './path/outer-classes.ts';

/** A change of endpoint in the middle of a session (whitepaper §2.1), found at one message. */
export interface Roam {
  readonly frame: number;
  /** NaN without a time. */
  readonly atNs: number;
  readonly before: Path;
  readonly after: Path;
  /** True if the sender of the message has moved, false if its receiver has. */
  readonly isSender: boolean;
  /** Receiver index of the message. */
  readonly receiver: number;
  readonly counter: number;
}

/** An ICMP error that quotes a WireGuard message. */
export interface IcmpNote {
  readonly frame: number;
  /** NaN without a time. */
  readonly atNs: number;
  /** Address of the host or router that sent the error. */
  readonly from: string;
  /** Name of the error, from `icmpErrorAt`. */
  readonly error: string;
  /** Octets; `null` if the error has no MTU. */
  readonly nextHopMtu: number | null;
  /** Path of the quoted message. */
  readonly path: Path;
}

const MAX_ROAMS = 64;
const MAX_ICMP = 64;

/**
 * Two ends that talk through a tunnel. Two such pairs are merged when their messages turn out to belong to one session,
 * because an end has roamed.
 */
export class PeerPair {
  readonly kind: WireguardKind;
  readonly paths: Path[] = [];
  readonly sessions: ObservedSession[] = [];
  /** The first roams; `roams` counts all. */
  readonly roaming: Roam[] = [];
  roams = 0;
  /** The first ICMP errors; `icmpErrors` counts all. */
  readonly icmp: IcmpNote[] = [];
  icmpErrors = 0;
  /** Whether its messages are copies of those of another pair: the capture was made on both sides of a NAT. */
  isSecondView = false;
  #parent: PeerPair | null = null;
  /** Whether end A of this pair is end B of its parent. */
  #isSwapped = false;

  constructor(kind: WireguardKind) {
    this.kind = kind;
  }

  /** The pair that this one was merged into, or itself. */
  get root(): PeerPair {
    let pair: PeerPair = this;
    while (pair.#parent !== null) pair = pair.#parent;
    return pair;
  }

  /** Whether end A of this pair is end B of its root. */
  get isSwapped(): boolean {
    let turned = false;
    for (let pair: PeerPair | null = this; pair !== null; pair = pair.#parent) turned = turned !== pair.#isSwapped;
    return turned;
  }

  /** Merges `other` into this pair. @param isTurned - whether side 0 of one is side 1 of the other */
  merge(other: PeerPair, isTurned: boolean): void {
    const root = this.root;
    const child = other.root;
    if (root === child) return;
    child.#isSwapped = (isTurned !== this.isSwapped) !== other.isSwapped;
    child.#parent = root;
  }

  /** Counts a roam, and keeps the first 64. */
  addRoam(roam: Roam): void {
    this.roams++;
    if (this.roaming.length < MAX_ROAMS) this.roaming.push(roam);
  }

  /** Counts an ICMP error, and keeps the first 64. */
  addIcmp(note: IcmpNote): void {
    this.icmpErrors++;
    if (this.icmp.length < MAX_ICMP) this.icmp.push(note);
  }
}

/** The side of a path in the numbering of the root: 0 is from end A to B, 1 from B to A. */
export function sideOf(path: Path): 0 | 1 {
  return path.pair.isSwapped ? (path.side === 0 ? 1 : 0) : path.side;
}

/**
 * Lower limits of the size classes, in octets of the encrypted packet with its padding. From 0: keepalives; 1: ACKs;
 * 1200: full size.
 */
export const SIZE_LIMITS = [0, 1, 128, 576, 1200] as const;
/** Fields of each size class in `Path.sizes`: messages, outer octets, least inner octets, most inner octets. */
export const SIZE_FIELDS = 4;

/** Counts of the messages from one address and port to another. Updated packet by packet. */
export class Path {
  readonly key: Int32Array;
  readonly pair: PeerPair;
  /** 0: from end A of the pair to end B. */
  readonly side: 0 | 1;
  /** The path in the opposite direction; `null` until it has a message. */
  reverse: Path | null = null;
  /** SessionStream of the last data message. */
  stream: SessionStream | null = null;
  /** The handshake whose initiations take this path and that has no response yet. */
  handshake: ObservedHandshake | null = null;

  /** Data messages with a packet inside. */
  data = 0;
  keepalives = 0;
  /** Handshake messages of all types, cookie replies included. */
  handshakeMessages = 0;
  /** Cookie replies among them. Their initiation may be missing in the capture. */
  cookieReplies = 0;
  /** Handshake messages that were seen before. */
  handshakeCopies = 0;
  /** `SIZE_FIELDS` numbers for each class of `SIZE_LIMITS`. */
  readonly sizes: number[] = new Array<number>(SIZE_LIMITS.length * SIZE_FIELDS).fill(0);
  /** Counts of the lengths of encrypted packets that are not a multiple of 16. */
  readonly oddLengths = new SmallCounts(8);
  /** Largest encrypted packet. */
  largestPayload = 0;
  /** Data messages that arrived in IP fragments. */
  reassembled = 0;
  /** Octets of the largest IP packet, as it was before fragmentation, and its frame. */
  largestOuter = 0;
  largestOuterFrame = 0;
  readonly outer = new OuterClasses();
  /** Traffic classes of handshake messages. */
  readonly handshakeTos = new SmallCounts(4);
  /** Packets that the capture marks as sent by the capturing host. */
  outgoing = 0;
  /** Packets that the capture marks as received by the capturing host. */
  incoming = 0;
  /** Messages that the capture does not hold in full, because of its snaplen. */
  cutMessages = 0;
  /** Of these, datagrams above 1500 octets that could not be split into messages. */
  unsplitDatagrams = 0;
  /** Captured datagrams that hold several messages, as GSO and GRO make them. */
  trains = 0;
  messagesInTrains = 0;

  firstNs = Number.NaN;
  lastNs = Number.NaN;
  /** Time of the first data in the opposite direction since the last message here; NaN if there are none. */
  unansweredNs = Number.NaN;
  /** Keepalives that confirm a handshake: counter 0, from the initiator (whitepaper §5.1). */
  confirmations = 0;
  /** Keepalives 10 s after data that were not answered (KEEPALIVE_TIMEOUT, whitepaper §6.5). */
  passiveKeepalives = 0;
  /** Pause before each other keepalive, in whole seconds. */
  readonly silences = new SmallCounts(16);
  readonly stalls = new Stalls();

  constructor(key: Int32Array, pair: PeerPair, side: 0 | 1) {
    this.key = key;
    this.pair = pair;
    this.side = side;
  }
}

/** The keys of one handshake: a stream for each direction. */
export class ObservedSession {
  readonly pair: PeerPair;
  /** `null` if the session began before the capture, or its response is missing. */
  readonly handshake: ObservedHandshake | null;
  /** Time at which the keys existed for certain: that of the response, or of the first message. NaN without times. */
  readonly sinceNs: number;
  /** Epoch of the clock at `sinceNs`. */
  readonly epoch: number;
  /** By the side of the path on which each stream began. */
  readonly streams: [SessionStream | null, SessionStream | null] = [null, null];

  constructor(pair: PeerPair, handshake: ObservedHandshake | null, sinceNs: number, epoch: number) {
    this.pair = pair;
    this.handshake = handshake;
    this.sinceNs = sinceNs;
    this.epoch = epoch;
  }
}

/** One direction of a session: the data messages with one receiver index. */
export class SessionStream {
  readonly receiver: number;
  readonly session: ObservedSession;
  /** The path of its newest message. */
  path: Path;
  /** The path before the last roam: late messages may still take it. */
  pathBefore: Path | null = null;
  readonly window: CounterWindow;
  /** An older stream with the same index. Reasons: chance, NAT, or a peer that numbers its indices from 0. */
  next: SessionStream | null;
  /** All data messages, keepalives and duplicates included. */
  messages = 0;
  keepalives = 0;
  firstFrame = 0;
  lastFrame = 0;
  firstNs = Number.NaN;
  lastNs = Number.NaN;
  /** Epoch of the clock at `lastNs`. */
  lastEpoch = 0;
  /** Messages later than REJECT_AFTER_TIME (180 s, whitepaper §6.1) after the handshake, and the first of them. */
  afterReject = 0;
  afterRejectFrame = 0;

  constructor(receiver: number, path: Path, session: ObservedSession, budget: BitBudget, next: SessionStream | null) {
    this.receiver = receiver;
    this.path = path;
    this.session = session;
    this.window = new CounterWindow(budget);
    this.next = next;
  }
}

/** One initiation of a handshake, and the answers to it other than a response. */
export interface Attempt {
  readonly handshake: ObservedHandshake;
  readonly path: Path;
  /** Sender index. */
  readonly sender: number;
  /** The first four octets of its ephemeral key. An index may be used again, a key is not. */
  readonly ephemeralStart: number;
  /** Whether its MAC2 is not zero: the initiator has a cookie (whitepaper §5.4.4). */
  readonly hasMac2: boolean;
  readonly frame: number;
  readonly atNs: number;
  /** Frame of the cookie reply to it; 0 if there is none. */
  cookieFrame: number;
  /** Frame of the ICMP error that quotes it; 0 if there is none. */
  icmpFrame: number;
  icmpError: string | null;
}

/** One handshake: initiations of one side until it receives a response or gives up. */
export interface ObservedHandshake {
  /** From the initiator to the responder. */
  readonly path: Path;
  /** The first 24 initiations; `initiations` counts all. */
  readonly attempts: Attempt[];
  /** 0 if the capture has only the response. */
  initiations: number;
  /** Time of the first initiation; NaN without a time or an initiation. */
  firstNs: number;
  lastInitiationNs: number;
  cookieReplies: number;
  icmpErrors: number;
  /** 0 without a response. */
  responseFrame: number;
  responseNs: number;
  /** Index that the responder chose: the sender index of the response. */
  responder: number;
  /** From the answered initiation to the response; NaN if unknown. */
  latencyNs: number;
  /** Whether the response came from another address than the one that the initiation went to. */
  isFromOtherAddress: boolean;
  /** The session that it established; `null` without a response. */
  session: ObservedSession | null;
}
