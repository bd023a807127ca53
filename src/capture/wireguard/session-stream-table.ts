/**
 * Finds the stream of a data message, and detects roaming (whitepaper §2.1).
 *
 * @module
 */

import type { CaptureClock } from './capture-clock.ts';
import { BitBudget } from './delivery/bit-budget.ts';
import { hasSameDestination, hasSameSource } from './path/path-key.ts';
import { type ObservedHandshake, ObservedSession, type Path, SessionStream } from './peer-pair.ts';

const MAX_STREAMS = 16_384;
/** Lanes with the same receiver index that are searched. Indices are random 32-bit numbers: more do not share one. */
const MAX_CHAIN = 8;
/** If a capture shows a message twice (before and after NAT), the second copy is at most this many counters behind. */
const VIEW_DISTANCE = 64;
/** Messages that may get lost while an end roams. */
const MAX_ROAM_LOSS = 1_000_000;

/** All streams of a capture. At most 16 384: messages of further ones are counted, but not followed. */
export class SessionStreamTable {
  readonly streams: SessionStream[] = [];
  readonly #budget = new BitBudget();
  readonly #maxStreams: number;
  /** The newest stream of each receiver index; `SessionStream.next` leads to older ones. */
  readonly #byIndex = new Map<number, SessionStream>();

  constructor(maxLanes: number = MAX_STREAMS) {
    this.#maxStreams = maxLanes;
  }

  /**
   * Creates a session with both its streams, after a response. If there is no room for the path back, it has one.
   *
   * @param toResponder - receiver index of messages to the responder
   * @param toInitiator - receiver index of messages to the initiator
   */
  establish(handshake: ObservedHandshake, toResponder: number, toInitiator: number, epoch: number): void {
    const initiator = handshake.path;
    const responder = initiator.reverse;
    const session = new ObservedSession(initiator.pair, handshake, handshake.responseNs, epoch);
    initiator.pair.sessions.push(session);
    handshake.session = session;
    session.streams[initiator.side] = this.#create(toResponder, initiator, session);
    if (responder !== null)
      session.streams[initiator.side === 0 ? 1 : 0] = this.#create(toInitiator, responder, session);
  }

  /**
   * The stream of a message. A new one is created if there is none; `null` if there is no room.
   *
   * If the counters of a stream go on at another address, an end has roamed. If a counter was seen before at another
   * address, the message is a second view of the same one: a capture on both sides of a NAT contains each twice.
   */
  streamOf(path: Path, receiver: number, counter: number, frame: number, clock: CaptureClock): SessionStream | null {
    let moved: SessionStream | null = null;
    let stream = this.#byIndex.get(receiver) ?? null;
    let hasView = false;
    for (let i = 0; stream !== null && i < MAX_CHAIN; i++) {
      if (stream.path === path) {
        path.stream = stream;
        return stream;
      }
      if (hasSameSource(stream.path.key, path.key) || hasSameDestination(stream.path.key, path.key)) {
        const ahead = counter - stream.window.max;
        if (ahead > 0 && ahead <= MAX_ROAM_LOSS && stream.messages > 0 && mayMove(stream, path)) moved ??= stream;
        else if (stream.pathBefore === path) return stream;
        else if (stream.messages > 0 && ahead <= 0 && ahead > -VIEW_DISTANCE) hasView = true;
      }
      stream = stream.next;
    }
    if (moved !== null && !hasView) return roam(moved, path, counter, frame, clock.ns);
    if (hasView) path.pair.isSecondView = true;
    return this.#begin(path, receiver, clock);
  }

  #begin(path: Path, receiver: number, { ns, epoch }: CaptureClock): SessionStream | null {
    if (this.streams.length >= this.#maxStreams) return null;
    const session = openSession(path) ?? new ObservedSession(path.pair, null, ns, epoch);
    if (session.streams[path.side] === null && session.streams[path.side === 0 ? 1 : 0] === null) {
      path.pair.sessions.push(session);
    }
    const stream = this.#create(receiver, path, session);
    session.streams[path.side] = stream;
    path.stream = stream;
    return stream;
  }

  #create(receiver: number, path: Path, session: ObservedSession): SessionStream | null {
    if (this.streams.length >= this.#maxStreams) return null;
    const stream = new SessionStream(receiver, path, session, this.#budget, this.#byIndex.get(receiver) ?? null);
    this.#byIndex.set(receiver, stream);
    this.streams.push(stream);
    return stream;
  }
}

/** The session without a known handshake that only the other direction has used so far; `null` if there is none. */
function openSession(path: Path): ObservedSession | null {
  const session = path.reverse?.stream?.session ?? null;
  if (session === null || session.handshake !== null || session.streams[path.side] !== null) return null;
  return session.pair === path.pair ? session : null;
}

/**
 * Whether a stream may have moved to a path. A sender may send from a new address at any time. Messages go to a new
 * address of the receiver only after the receiver has sent from there, since its peer learns the endpoint from its
 * messages (whitepaper §2.1). Otherwise another receiver has chosen the same index.
 */
function mayMove(stream: SessionStream, path: Path): boolean {
  if (hasSameDestination(stream.path.key, path.key)) return true;
  const other = stream.session.streams.find((one) => one !== null && one !== stream && one.messages > 0);
  return other === undefined || other === null || other.path === path.reverse;
}

function roam(stream: SessionStream, path: Path, counter: number, frame: number, atNs: number): SessionStream {
  const before = stream.path;
  before.pair.merge(path.pair, before.side !== path.side);
  // If the other direction has moved before, this one follows it: that is one event.
  const isFollowing = path.reverse !== null && stream.session.streams.some((other) => other?.path === path.reverse);
  if (!isFollowing) {
    const isSender = hasSameDestination(before.key, path.key);
    before.pair.root.addRoam({ frame, atNs, before, after: path, isSender, receiver: stream.receiver, counter });
  }
  stream.pathBefore = before;
  stream.path = path;
  if (before.stream === stream) before.stream = null;
  path.stream = stream;
  return stream;
}
