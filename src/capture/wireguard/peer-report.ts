/**
 * The report on two peers and the tunnel between them.
 *
 * @module
 */
import type { PeerEnd, PeerReport, SessionReport } from '../documents/capture-report.ts';
import { capturePointOf } from './capture-point.ts';
import { laneReport } from './delivery/delivery-report.ts';
import { directionReport } from './delivery/direction-report.ts';
import { handshakeReport, rekeysOf } from './handshake/handshake-report.ts';
import { frameOrNull, timeOrNull } from './or-null.ts';
import type { Fragments } from './path/fragments.ts';
import { destinationText, sourceText } from './path/path-key.ts';
import { type Exchange, type Lane, type Path, type Peer, type Roam, type Session, sideOf } from './peer.ts';

const MAX_SESSIONS = 200;
const MAX_HANDSHAKES = 200;
const MAX_ENDPOINTS = 16;

/**
 * Makes the report on one pair of peers.
 *
 * @param id - number of the pair in the report, from 1
 * @param members - all pairs that were merged into `root`, itself included
 * @param exchanges - handshakes of all members, in the order of the capture
 * @param fragments - IP fragments of the whole capture
 */
export function peerReport(
  id: number,
  root: Peer,
  members: readonly Peer[],
  exchanges: readonly Exchange[],
  fragments: Fragments,
): PeerReport {
  const all = members.flatMap(({ paths }) => paths);
  const paths = [all.filter((path) => sideOf(path) === 0), all.filter((path) => sideOf(path) === 1)] as const;
  const sessions = members.flatMap((member) => member.sessions).sort((one, other) => one.sinceNs - other.sinceNs || 0);
  const lanes = [lanesOf(sessions, 0), lanesOf(sessions, 1)] as const;
  const ends = endsOf(all);
  return {
    id,
    kind: root.kind,
    a: ends[0],
    b: ends[1],
    capture_point: capturePointOf(paths, lanes, exchanges),
    is_second_view: members.some(({ isSecondView }) => isSecondView),
    first_at_ns: timeOrNull(smallest(all.map(({ firstNs }) => firstNs))),
    last_at_ns: timeOrNull(-smallest(all.map(({ lastNs }) => -lastNs))),
    a_to_b: directionReport(paths[0], lanes[0], fragments),
    b_to_a: directionReport(paths[1], lanes[1], fragments),
    sessions: sessions.slice(0, MAX_SESSIONS).map(sessionReport),
    sessions_not_listed: Math.max(0, sessions.length - MAX_SESSIONS),
    handshakes: exchanges.slice(0, MAX_HANDSHAKES).map((exchange) => handshakeReport(exchange, sessions)),
    handshakes_not_listed: Math.max(0, exchanges.length - MAX_HANDSHAKES),
    rekeys: rekeysOf(sessions),
    roams: members.reduce((total, member) => total + member.roams, 0),
    roaming: members.flatMap(({ roaming }) => roaming).map(roamReport),
    icmp_errors: members.reduce((total, member) => total + member.icmpErrors, 0),
    icmp: members
      .flatMap(({ icmp }) => icmp)
      .map(({ frame, atNs, from, error, nextHopMtu, path }) => ({
        frame,
        at_ns: timeOrNull(atNs),
        from,
        error,
        next_hop_mtu_bytes: nextHopMtu,
        direction: directionOf(path),
      })),
    stalls: all.flatMap((path) =>
      path.stalls.list.map((stall) => ({
        direction: directionOf(path),
        outer_bytes: stall.messageBytes,
        messages: stall.messages,
        first_pause_ns: stall.firstPauseNs,
        last_pause_ns: stall.lastPauseNs,
        replies: stall.replies,
        frames: stall.frames,
      })),
    ),
  };
}

function directionOf(path: Path): 'a_to_b' | 'b_to_a' {
  return sideOf(path) === 0 ? 'a_to_b' : 'b_to_a';
}

/** NaN if there are no times. */
function smallest(times: readonly number[]): number {
  return times.reduce((least, ns) => (ns < least || Number.isNaN(least) ? ns : least), Number.NaN);
}

function laneOf(session: Session, side: 0 | 1): Lane | null {
  return session.lanes[session.peer.isTurned ? (side === 0 ? 1 : 0) : side] ?? null;
}

function lanesOf(sessions: readonly Session[], side: 0 | 1): readonly Lane[] {
  return sessions.flatMap((session) => laneOf(session, side) ?? []);
}

function sessionReport(session: Session): SessionReport {
  const { exchange } = session;
  const [a, b] = [laneOf(session, 0), laneOf(session, 1)];
  return {
    established_frame: frameOrNull(exchange?.responseFrame ?? 0),
    established_at_ns: exchange === null ? null : timeOrNull(exchange.responseNs),
    spans_clock_jump: [a, b].some((lane) => lane !== null && lane.messages > 0 && lane.lastEra !== session.era),
    initiator: exchange === null ? null : sideOf(exchange.path) === 0 ? 'a' : 'b',
    a_to_b: a === null ? null : laneReport(a),
    b_to_a: b === null ? null : laneReport(b),
  };
}

function roamReport({ frame, atNs, before, after, isSender, receiver, counter }: Roam): PeerReport['roaming'][number] {
  const isA = (sideOf(after) === 0) === isSender;
  return {
    frame,
    at_ns: timeOrNull(atNs),
    end: isA ? 'a' : 'b',
    from: isSender ? sourceText(before.key) : destinationText(before.key),
    to: isSender ? sourceText(after.key) : destinationText(after.key),
    receiver_index: receiver,
    counter,
  };
}

/** The endpoints of both ends. The last endpoint of each is its main one, the others are listed after it. */
function endsOf(paths: readonly Path[]): readonly [PeerEnd, PeerEnd] {
  const seen: readonly [Set<string>, Set<string>] = [new Set(), new Set()];
  for (const path of [...paths].sort((one, other) => one.lastNs - other.lastNs || 0)) {
    const side = sideOf(path);
    move(seen[side], sourceText(path.key));
    move(seen[side === 0 ? 1 : 0], destinationText(path.key));
  }
  return [endOf(seen[0]), endOf(seen[1])];
}

/** Moves a name to the end of the insertion order. */
function move(names: Set<string>, name: string): void {
  names.delete(name);
  names.add(name);
}

function endOf(names: Set<string>): PeerEnd {
  const [endpoint = '', ...others] = [...names].reverse();
  return { endpoint, other_endpoints: others.slice(0, MAX_ENDPOINTS) };
}
