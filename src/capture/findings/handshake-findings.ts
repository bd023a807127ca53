/**
 * Findings about handshakes: unanswered, refused, slow, repeated.
 *
 * @module
 */
import { counted } from '../../core/units.ts';
import type { Finding } from '../documents/capture-report.ts';
import type { HandshakeReport, PeerReport } from '../documents/capture-wireguard.ts';
import { finding, seconds, times } from './finding.ts';

/** A message less than this before the end of the capture may be answered after it. */
const RESPONSE_LIMIT_NS = 1e9;
/** An initiator that does not accept a response tries again within this time: several times REKEY_TIMEOUT (5 s). */
const REPEATED_NS = 30e9;

/** Findings about the handshakes of a tunnel. @param endNs - time of the last packet of the capture */
export function handshakeFindings(peer: PeerReport, endNs: number): readonly Finding[] {
  return [
    ...peer.handshakes.flatMap((handshake) => outcomeOf(peer, handshake, endNs)),
    ...underLoad(peer),
    ...notAccepted(peer, endNs),
    ...otherAddress(peer),
  ];
}

function outcomeOf(peer: PeerReport, handshake: HandshakeReport, endNs: number): readonly Finding[] {
  const { outcome, initiations, first_at_ns, last_initiation_at_ns } = handshake;
  const frames = handshake.attempts.flatMap(({ frame, icmp_frame }) => [frame, icmp_frame]);
  const [from, to] = handshake.initiator === 'a' ? ['A', 'B'] : ['B', 'A'];
  // If a cookie reply explains every retry, the finding about load is enough.
  if (outcome === 'answered' && initiations > 1 && handshake.cookie_replies < initiations - 1) {
    const causes = causesOf(handshake);
    const what = `handshake of ${from} answered at initiation ${initiations} only, ${seconds(handshake.elapsed_ns ?? 0)} after the first${causes}`;
    const next = `see why ${to} did not answer before: was it up, and reachable?`;
    return [
      finding(['handshake-retried', 'warning', 'certain'], peer, what, next, [...frames, handshake.response_frame]),
    ];
  }
  if (outcome !== 'unanswered') return [];
  const waited = endNs - (last_initiation_at_ns ?? 0);
  if (initiations === 1 && handshake.icmp_errors === 0 && waited < RESPONSE_LIMIT_NS) return [];
  const span = (last_initiation_at_ns ?? 0) - (first_at_ns ?? 0);
  const during = initiations > 1 ? ` in ${seconds(span)}` : '';
  const what = `handshake of ${from} unanswered: ${counted(initiations, 'initiation')}${during}, no response`;
  if (handshake.icmp_errors > 0) {
    const errors = errorsOf(handshake);
    const next = errors.includes('port unreachable')
      ? `start WireGuard at ${to}, or correct the port of its endpoint: nothing listens there`
      : `open UDP to ${to}'s port in the firewall or route that sends the ICMP error`;
    return [finding(['handshake-refused', 'problem', 'certain'], peer, `${what}; ICMP ${errors}`, next, frames)];
  }
  if (handshake.cookie_replies > 0)
    return [
      finding(
        ['handshake-unanswered', 'problem', 'certain'],
        peer,
        `${what}, cookie replies only`,
        `see below: ${to} is under load`,
        frames,
      ),
    ];
  const next =
    peer.capture_point.at === (handshake.initiator === 'a' ? 'b' : 'a')
      ? `they arrive at ${to} and it is silent: compare ${to}'s public key in the configuration of ${from}, ${from}'s at ${to}, and the clock of ${from}`
      : `capture at ${to}: if they do not arrive, a firewall, NAT or the port is in the way; if they do, keys or the clock of ${from} are wrong`;
  return [finding(['handshake-unanswered', 'problem', 'certain'], peer, `${what}, no ICMP error`, next, frames)];
}

function causesOf(handshake: HandshakeReport): string {
  const causes = [
    ...(handshake.icmp_errors > 0 ? [`${handshake.icmp_errors} refused by ICMP ${errorsOf(handshake)}`] : []),
    ...(handshake.cookie_replies > 0 ? [`${handshake.cookie_replies} answered by a cookie reply`] : []),
  ];
  return causes.length > 0 ? `: ${causes.join(', ')}` : ', the others met silence';
}

function errorsOf({ attempts }: HandshakeReport): string {
  return [...new Set(attempts.flatMap(({ icmp_error }) => icmp_error ?? []))].join(', ');
}

function underLoad(peer: PeerReport): readonly Finding[] {
  const replies = peer.a_to_b.cookie_replies + peer.b_to_a.cookie_replies;
  if (replies === 0) return [];
  const attempts = peer.handshakes.flatMap((handshake) => handshake.attempts);
  const frames = attempts.map(({ cookie_reply_frame }) => cookie_reply_frame);
  const isUsed = attempts.some(({ has_mac2 }) => has_mac2);
  const what = `responder under load: it sent ${counted(replies, 'cookie reply').replace('replys', 'replies')}${isUsed ? ', and the initiator came back with the cookie' : ''}`;
  const next = 'look at the rate of handshakes and the processor at the responder: a flood, or too many peers at once';
  return [finding(['responder-under-load', 'warning', 'certain'], peer, what, next, frames)];
}

/** A finding about responses after which the initiator sends nothing with the new keys. */
function notAccepted(peer: PeerReport, endNs: number): readonly Finding[] {
  const unused = peer.handshakes.filter(({ response_frame, confirmed }) => response_frame !== null && !confirmed);
  const repeated = unused.filter((handshake) =>
    peer.handshakes.some((other) => {
      const pauseNs = (other.first_at_ns ?? other.response_at_ns ?? 0) - (handshake.response_at_ns ?? 0);
      return other !== handshake && other.initiator === handshake.initiator && pauseNs > 0 && pauseNs < REPEATED_NS;
    }),
  );
  const silent = unused.filter(({ outcome }) => outcome === 'answered');
  if (repeated.length > 0) {
    const frames = repeated.map(({ response_frame }) => response_frame);
    const isSeen = repeated.some(({ outcome }) => outcome === 'answered');
    const what = isSeen
      ? `the initiator does not accept the response: it asked again ${times(repeated.length)} after one`
      : `responses again and again, and no data: they do not arrive at the initiator, or it does not accept them; it asked again ${times(repeated.length)}`;
    const next = isSeen
      ? 'compare the preshared keys of both ends; then see whether responses arrive at the initiator'
      : 'capture at the initiator: if responses arrive, compare the preshared keys of both ends; if not, look at the way back';
    return [finding(['response-not-accepted', 'problem', 'likely'], peer, what, next, frames)];
  }
  const open = silent.filter(({ response_at_ns }) => endNs - (response_at_ns ?? 0) >= RESPONSE_LIMIT_NS);
  if (open.length === 0) return [];
  const frames = open.map(({ response_frame }) => response_frame);
  const what = `after ${counted(open.length, 'response')} the initiator sent nothing with the new keys`;
  const next = 'see whether the response arrives at the initiator, and whether data pass elsewhere';
  return [finding(['handshake-unconfirmed', 'warning', 'likely'], peer, what, next, frames)];
}

function otherAddress(peer: PeerReport): readonly Finding[] {
  const found = peer.handshakes.filter(({ answered_from_other_address }) => answered_from_other_address);
  if (found.length === 0) return [];
  const what = `the response came from another address than the initiation went to, ${times(found.length)}`;
  const next = 'look at the routes of the responder: with several addresses it must answer from the one that was asked';
  const frames = found.map(({ response_frame }) => response_frame);
  return [finding(['answered-from-other-address', 'problem', 'likely'], peer, what, next, frames)];
}
