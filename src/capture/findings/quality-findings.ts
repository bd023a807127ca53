/**
 * Findings about the capture itself: what it lacks, and the effect on its counts.
 *
 * @module
 */
import { counted } from '../../core/units.ts';
import type { Finding } from '../documents/capture-report.ts';
import type { PeerReport, SessionReport, WireguardReport } from '../documents/capture-wireguard.ts';
import { DIRECTIONS, finding, packetsOf } from './finding.ts';

const MIN_MESSAGES = 3;

/**
 * Findings about the whole capture: dropped packets, snaplen, segmentation offload, limits of tables.
 *
 * @param droppedPackets - packets that were not captured, by the capture's own count; `null` if it has no count
 */
export function captureFindings(report: WireguardReport, droppedPackets: number | null): readonly Finding[] {
  const sum = (value: (peer: PeerReport, direction: 'a_to_b' | 'b_to_a') => number): number =>
    report.peers.reduce((total, peer) => total + value(peer, 'a_to_b') + value(peer, 'b_to_a'), 0);
  const cut = sum((peer, direction) => peer[direction].cut_messages);
  const trains = sum((peer, direction) => peer[direction].trains);
  const unsplit = sum((peer, direction) => peer[direction].unsplit_datagrams);
  const inTrains = sum((peer, direction) => peer[direction].messages_in_trains);
  const found: Finding[] = [];
  if ((droppedPackets ?? 0) > 0) {
    const what = `the capture lost ${counted(droppedPackets ?? 0, 'packet')} itself`;
    const next =
      'losses here may be its own: capture with a larger buffer (-B), a filter, or fewer octets of each packet (-s 1700)';
    found.push(finding(['capture-dropped', 'warning', 'certain'], null, what, next));
  }
  if (cut > 0) {
    const what = `${counted(cut, 'message')} cut by the snap length`;
    found.push(
      finding(['capture-cut', 'note', 'certain'], null, what, 'enough for this report; to decrypt, capture with -s 0'),
    );
  }
  if (unsplit > 0) {
    const what = `${counted(unsplit, 'datagram')} larger than a frame and cut: several messages each, it seems`;
    const next = 'all but the first pass for lost: capture whole packets, or 1700 octets of each (-s 1700)';
    found.push(finding(['trains-cut', 'warning', 'likely'], null, what, next));
  }
  if (trains > 0) {
    const what = `${counted(trains, 'datagram')} stand for ${inTrains} messages: segmentation offload`;
    const next = 'they are counted one by one; on the wire they are packets of their own';
    found.push(finding(['segmentation-offload', 'note', 'certain'], null, what, next));
  }
  if (report.messages_not_followed > 0) {
    const what = `${counted(report.messages_not_followed, 'message')} beyond the bounds of the tables`;
    found.push(finding(['not-followed', 'note', 'certain'], null, what, 'narrow it down with --filter'));
  }
  return found;
}

/** Findings about one tunnel: a direction, a response or a handshake is missing, or its packets are seen twice. */
export function qualityFindings(peer: PeerReport): readonly Finding[] {
  return [...oneSided(peer), ...responseMissing(peer), ...midSession(peer), ...secondView(peer)];
}

/**
 * A finding if only one end has messages, and they show that the other end has answered, or there are at least three.
 */
function oneSided(peer: PeerReport): readonly Finding[] {
  return DIRECTIONS.flatMap((direction) => {
    const back = direction === 'a_to_b' ? 'b_to_a' : 'a_to_b';
    const { messages, cookie_replies: cookies } = peer[direction];
    if (packetsOf(peer[back]) > 0 || peer[back].messages > 0) return [];
    const silent = back === 'a_to_b' ? 'a' : 'b';
    const of = (outcome: string): typeof peer.handshakes =>
      peer.handshakes.filter(
        (one) => one.outcome === outcome && (one.initiator === silent) === (outcome === 'response-only'),
      );
    const responses = of('response-only');
    const missing = of('response-missing');
    if (messages < MIN_MESSAGES && responses.length + missing.length + cookies === 0) return [];
    const [from, to] = direction === 'a_to_b' ? ['A', 'B'] : ['B', 'A'];
    const evidence = [
      ...(responses.length > 0 ? [`${counted(responses.length, 'response')} to initiations`] : []),
      ...(cookies > 0 ? [`${cookies} cookie ${cookies === 1 ? 'reply' : 'replies'} to initiations`] : []),
      ...(missing.length > 0
        ? [`data after ${missing.length === 1 ? 'a response' : `${missing.length} responses`}`]
        : []),
    ];
    const lacks = evidence.length === 0 ? '' : `; there are ${evidence.join(', ')} that are not in the capture`;
    const what = `one-sided: messages of ${from} only, nothing of ${to}${lacks}`;
    const next = 'capture both directions: the way back may pass another interface, or the filter hides it';
    const frames = [...responses, ...missing].map(
      ({ response_frame, attempts }) => response_frame ?? attempts[0]?.frame ?? null,
    );
    return [finding(['capture-one-sided', 'warning', 'certain'], peer, what, next, frames)];
  });
}

/** A finding about missing responses, if the capture has other packets of that end. */
function responseMissing(peer: PeerReport): readonly Finding[] {
  const missing = peer.handshakes.filter(
    ({ outcome, initiator }) =>
      outcome === 'response-missing' && packetsOf(peer[initiator === 'a' ? 'b_to_a' : 'a_to_b']) > 0,
  );
  if (missing.length === 0) return [];
  const what = `the response to ${missing.length === 1 ? 'an initiation' : `${missing.length} initiations`} is not in the capture: data with the new keys are`;
  const next = 'the handshake was a success; the capture lost the response, or it came another way';
  const frames = missing.flatMap(({ attempts }) => attempts.map(({ frame }) => frame));
  return [finding(['response-missing', 'note', 'certain'], peer, what, next, frames)];
}

function midSession(peer: PeerReport): readonly Finding[] {
  const asked = peer.handshakes.flatMap(({ outcome, attempts }) =>
    outcome === 'response-missing' ? (attempts[0]?.frame ?? []) : [],
  );
  const without = peer.sessions.filter(
    (session) => session.established_frame === null && !asked.some((frame) => frame < firstFrameOf(session)),
  );
  if (without.length === 0) return [];
  const what = `the capture begins within ${without.length === 1 ? 'a session' : `${without.length} sessions`}: the handshake is not in it`;
  const next = 'for handshake and key age, capture for more than two minutes';
  const frames = without.map(firstFrameOf);
  return [finding(['started-mid-session', 'note', 'certain'], peer, what, next, frames)];
}

function firstFrameOf({ a_to_b, b_to_a }: SessionReport): number {
  const frames = [a_to_b, b_to_a].flatMap((stream) => stream?.first_frame ?? []);
  return Math.min(...frames);
}

function secondView(peer: PeerReport): readonly Finding[] {
  if (!peer.is_second_view) return [];
  const what = 'the same messages pass with other addresses too: before and after NAT, or on two interfaces';
  return [finding(['second-view', 'note', 'likely'], peer, what, 'read the peer that is on the interface you mean')];
}
