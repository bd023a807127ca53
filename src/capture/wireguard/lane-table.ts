/**
 * Finds the lane of a data message, and notices when an end has moved.
 *
 * @module
 */

import type { Clock } from './clock.ts';
import { BitBudget } from './delivery/bit-budget.ts';
import { hasSameDestination, hasSameSource } from './path/path-key.ts';
import { type Exchange, Lane, type Path, Session } from './peer.ts';

const MAX_LANES = 16_384;
/** Lanes with one index that are looked through. Chance makes no more. */
const MAX_CHAIN = 8;
/** How far behind its first view the second one of a message comes at most. */
const VIEW_DISTANCE = 64;
/** Messages that may get lost while an end moves. */
const MAX_ROAM_LEAP = 1_000_000;

export class LaneTable {
  readonly lanes: Lane[] = [];
  readonly #budget = new BitBudget();
  readonly #maxLanes: number;
  /** By receiver index, the newest first. */
  readonly #byIndex = new Map<number, Lane>();

  constructor(maxLanes: number = MAX_LANES) {
    this.#maxLanes = maxLanes;
  }

  /** Begins both lanes of a session. @param initiator - path from who sent the initiation */
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
   * The lane of a message, which is begun if there is none; `null` if there is no room.
   *
   * A lane whose counters go on from another address has moved. A message that came before is another
   * view of it: a capture before and after NAT has each twice.
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

/** The session without a handshake that the other direction has begun, and this one has not. */
function openSession(path: Path): Session | null {
  const session = path.reverse?.lane?.session ?? null;
  if (session === null || session.exchange !== null || session.lanes[path.side] !== null) return null;
  return session.peer === path.peer ? session : null;
}

/**
 * Whether a lane may have moved to a path. A sender goes where it likes. A receiver has moved when its own messages
 * have, for its peer learns from them where it is; else another receiver has chosen the same index.
 */
function mayMove(lane: Lane, path: Path): boolean {
  if (hasSameDestination(lane.path.key, path.key)) return true;
  const other = lane.session.lanes.find((one) => one !== null && one !== lane && one.messages > 0);
  return other === undefined || other === null || other.path === path.reverse;
}

function roam(lane: Lane, path: Path, counter: number, frame: number, atNs: number): Lane {
  const before = lane.path;
  before.peer.join(path.peer, before.side !== path.side);
  // The other direction follows; that is the same move.
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
