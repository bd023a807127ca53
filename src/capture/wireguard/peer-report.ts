/**
 * The report on two peers and the tunnel between them.
 *
 * @module
 */
import type { PeerEnd, PeerReport, SessionReport } from '../documents/capture-wireguard.ts';
import { capturePointOf } from './capture-point.ts';
import { sessionStreamReport } from './delivery/delivery-report.ts';
import { directionReport } from './delivery/direction-report.ts';
import { handshakeReport, rekeysOf } from './handshake/handshake-report.ts';
import { frameOrNull, timeOrNull } from './or-null.ts';
import type { Fragments } from './path/fragments.ts';
import { destinationText, sourceText } from './path/path-key.ts';
import {
  type ObservedHandshake,
  type ObservedSession,
  type Path,
  type PeerPair,
  type Roam,
  type SessionStream,
  sideOf,
} from './peer-pair.ts';

const MAX_SESSIONS = 200;
const MAX_HANDSHAKES = 200;
const MAX_ENDPOINTS = 16;

/**
 * Makes the report on one pair of peers.
 *
 * @param id - number of the pair in the report, from 1
 * @param members - all pairs that were merged into `root`, itself included
 * @param handshakes - handshakes of all members, in the order of the capture
 * @param fragments - IP fragments of the whole capture
 */
export function peerReport(
  id: number,
  root: PeerPair,
  members: readonly PeerPair[],
  handshakes: readonly ObservedHandshake[],
  fragments: Fragments,
): PeerReport {
  const all = members.flatMap(({ paths }) => paths);
  const paths = [all.filter((path) => sideOf(path) === 0), all.filter((path) => sideOf(path) === 1)] as const;
  const sessions = members.flatMap((member) => member.sessions).sort((one, other) => one.sinceNs - other.sinceNs || 0);
  const streams = [streamsOf(sessions, 0), streamsOf(sessions, 1)] as const;
  const ends = endsOf(all);
  return {
    id,
    kind: root.kind,
    a: ends[0],
    b: ends[1],
    capture_point: capturePointOf(paths, streams, handshakes),
    is_second_view: members.some(({ isSecondView }) => isSecondView),
    first_at_ns: timeOrNull(smallest(all.map(({ firstNs }) => firstNs))),
    last_at_ns: timeOrNull(-smallest(all.map(({ lastNs }) => -lastNs))),
    a_to_b: directionReport(paths[0], streams[0], fragments),
    b_to_a: directionReport(paths[1], streams[1], fragments),
    sessions: sessions.slice(0, MAX_SESSIONS).map(sessionReport),
    sessions_not_listed: Math.max(0, sessions.length - MAX_SESSIONS),
    handshakes: handshakes.slice(0, MAX_HANDSHAKES).map((handshake) => handshakeReport(handshake, sessions)),
    handshakes_not_listed: Math.max(0, handshakes.length - MAX_HANDSHAKES),
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

function streamOf(session: ObservedSession, side: 0 | 1): SessionStream | null {
  return session.streams[session.pair.isSwapped ? (side === 0 ? 1 : 0) : side] ?? null;
}

function streamsOf(sessions: readonly ObservedSession[], side: 0 | 1): readonly SessionStream[] {
  return sessions.flatMap((session) => streamOf(session, side) ?? []);
}

function sessionReport(session: ObservedSession): SessionReport {
  const { handshake } = session;
  const [a, b] = [streamOf(session, 0), streamOf(session, 1)];
  return {
    established_frame: frameOrNull(handshake?.responseFrame ?? 0),
    established_at_ns: handshake === null ? null : timeOrNull(handshake.responseNs),
    spans_clock_jump: [a, b].some(
      (stream) => stream !== null && stream.messages > 0 && stream.lastEpoch !== session.epoch,
    ),
    initiator: handshake === null ? null : sideOf(handshake.path) === 0 ? 'a' : 'b',
    a_to_b: a === null ? null : sessionStreamReport(a),
    b_to_a: b === null ? null : sessionStreamReport(b),
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
