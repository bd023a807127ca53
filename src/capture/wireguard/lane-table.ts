/**
 * Finds the lane of a data message, and detects roaming (whitepaper §2.1).
 *
 * @module
 */

import type { Clock } from './clock.ts';
import { BitBudget } from './delivery/bit-budget.ts';
import { hasSameDestination, hasSameSource } from './path/path-key.ts';
import { type Exchange, Lane, type Path, Session } from './peer.ts';

const MAX_LANES = 16_384;
/** Lanes with the same receiver index that are searched. Indices are random 32-bit numbers: more do not share one. */
const MAX_CHAIN = 8;
/** If a capture shows a message twice (before and after NAT), the second copy is at most this many counters behind. */
const VIEW_DISTANCE = 64;
/** Messages that may get lost while an end roams. */
const MAX_ROAM_LEAP = 1_000_000;

/** All lanes of a capture. At most 16 384: messages of further ones are counted, but not followed. */
export class LaneTable {
  readonly lanes: Lane[] = [];
  readonly #budget = new BitBudget();
  readonly #maxLanes: number;
  /** The newest lane of each receiver index; `Lane.next` leads to older ones. */
  readonly #byIndex = new Map<number, Lane>();

  constructor(maxLanes: number = MAX_LANES) {
    this.#maxLanes = maxLanes;
  }

  /**
   * Creates a session with both its lanes, after a response.
   *
   * @param initiator - the path from the initiator to the responder
   * @param toResponder - receiver index of messages to the responder
   * @param responder - the path back; `null` if there is no room for it
   * @param toInitiator - receiver index of messages to the initiator
   */
  establish(
    exchange: Exchange,
    initiator: Path,
    toResponder: number,
    responder: Path | null,
    toInitiator: number,
    era: number,
  ): void {
    const session = new Session(initiator.peer, exchange, exchange.responseNs, era);
    initiator.peer.sessions.push(session);
    exchange.session = session;
    session.lanes[initiator.side] = this.#create(toResponder, initiator, session);
    if (responder !== null) session.lanes[initiator.side === 0 ? 1 : 0] = this.#create(toInitiator, responder, session);
  }

  /**
   * The lane of a message. A new one is created if there is none; `null` if there is no room.
   *
   * If the counters of a lane go on at another address, an end has roamed. If a counter was seen before at another
   * address, the message is a second view of the same one: a capture on both sides of a NAT contains each twice.
   */
  laneOf(path: Path, receiver: number, counter: number, frame: number, clock: Clock): Lane | null {
    let moved: Lane | null = null;
    let lane = this.#byIndex.get(receiver) ?? null;
    let hasView = false;
    for (let i = 0; lane !== null && i < MAX_CHAIN; i++) {
      if (lane.path === path) {
        path.lane = lane;
        return lane;
      }
      if (hasSameSource(lane.path.key, path.key) || hasSameDestination(lane.path.key, path.key)) {
        const ahead = counter - lane.window.max;
        if (ahead > 0 && ahead <= MAX_ROAM_LEAP && lane.messages > 0 && mayMove(lane, path)) moved ??= lane;
        else if (lane.pathBefore === path) return lane;
        else if (lane.messages > 0 && ahead <= 0 && ahead > -VIEW_DISTANCE) hasView = true;
      }
      lane = lane.next;
    }
    if (moved !== null && !hasView) return roam(moved, path, counter, frame, clock.ns);
    if (hasView) path.peer.isSecondView = true;
    return this.#begin(path, receiver, clock);
  }

  #begin(path: Path, receiver: number, { ns, era }: Clock): Lane | null {
    if (this.lanes.length >= this.#maxLanes) return null;
    const session = openSession(path) ?? new Session(path.peer, null, ns, era);
    if (session.lanes[path.side] === null && session.lanes[path.side === 0 ? 1 : 0] === null) {
      path.peer.sessions.push(session);
    }
    const lane = this.#create(receiver, path, session);
    session.lanes[path.side] = lane;
    path.lane = lane;
    return lane;
  }

  #create(receiver: number, path: Path, session: Session): Lane | null {
    if (this.lanes.length >= this.#maxLanes) return null;
    const lane = new Lane(receiver, path, session, this.#budget, this.#byIndex.get(receiver) ?? null);
    this.#byIndex.set(receiver, lane);
    this.lanes.push(lane);
    return lane;
  }
}

/** The session without a known handshake that only the other direction has used so far; `null` if there is none. */
function openSession(path: Path): Session | null {
  const session = path.reverse?.lane?.session ?? null;
  if (session === null || session.exchange !== null || session.lanes[path.side] !== null) return null;
  return session.peer === path.peer ? session : null;
}

/**
 * Whether a lane may have moved to a path. A sender may send from a new address at any time. Messages go to a new
 * address of the receiver only after the receiver has sent from there, since its peer learns the endpoint from its
 * messages (whitepaper §2.1). Otherwise another receiver has chosen the same index.
 */
function mayMove(lane: Lane, path: Path): boolean {
  if (hasSameDestination(lane.path.key, path.key)) return true;
  const other = lane.session.lanes.find((one) => one !== null && one !== lane && one.messages > 0);
  return other === undefined || other === null || other.path === path.reverse;
}

function roam(lane: Lane, path: Path, counter: number, frame: number, atNs: number): Lane {
  const before = lane.path;
  before.peer.join(path.peer, before.side !== path.side);
  // If the other direction has moved before, this one follows it: that is one event.
  const isFollowing = path.reverse !== null && lane.session.lanes.some((other) => other?.path === path.reverse);
  if (!isFollowing) {
    const isSender = hasSameDestination(before.key, path.key);
    before.peer.root.addRoam({ frame, atNs, before, after: path, isSender, receiver: lane.receiver, counter });
  }
  lane.pathBefore = before;
  lane.path = path;
  if (before.lane === lane) before.lane = null;
  path.lane = lane;
  return lane;
}
