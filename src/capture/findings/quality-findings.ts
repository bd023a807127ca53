/**
 * What the capture itself lacks, and what that means for the figures.
 *
 * @module
 */
import type { Finding, PeerReport, WireguardReport } from '../../core/capture-report.ts';
import { counted, DIRECTIONS, finding } from './finding.ts';

const MIN_MESSAGES = 3;

/** @param droppedPackets - that the capture says it lost; `null`: it does not say */
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

export function qualityFindings(peer: PeerReport): readonly Finding[] {
  return [...oneSided(peer), ...midSession(peer), ...secondView(peer)];
}

function oneSided(peer: PeerReport): readonly Finding[] {
  return DIRECTIONS.flatMap((direction) => {
    const back = direction === 'a_to_b' ? 'b_to_a' : 'a_to_b';
    const isSilent = peer[back].messages === 0 && peer[back].ttl.length === 0;
    if (peer[direction].messages < MIN_MESSAGES || !isSilent) return [];
    const [from, to] = direction === 'a_to_b' ? ['A', 'B'] : ['B', 'A'];
    const what = `one-sided: messages of ${from} only, nothing of ${to}`;
    const next = 'capture both directions: the way back may pass another interface, or the filter hides it';
    return [finding(['capture-one-sided', 'warning', 'certain'], peer, what, next)];
  });
}

function midSession(peer: PeerReport): readonly Finding[] {
  const without = peer.sessions.filter(({ established_frame }) => established_frame === null);
  if (without.length === 0) return [];
  const what = `the capture begins within ${without.length === 1 ? 'a session' : `${without.length} sessions`}: the handshake is not in it`;
  const next = 'for handshake and key age, capture for more than two minutes';
  const frames = without.map(({ a_to_b, b_to_a }) => a_to_b?.first_frame ?? b_to_a?.first_frame ?? null);
  return [finding(['started-mid-session', 'note', 'certain'], peer, what, next, frames)];
}

function secondView(peer: PeerReport): readonly Finding[] {
  if (!peer.is_second_view) return [];
  const what = 'the same messages pass with other addresses too: before and after NAT, or on two interfaces';
  return [finding(['second-view', 'note', 'likely'], peer, what, 'read the peer that is on the interface you mean')];
}
