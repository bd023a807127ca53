/**
 * Handshakes, rekeys, endpoint changes and ICMP errors of a peer as text.
 *
 * @module
 */
import type { HandshakeReport, PeerReport } from '../../capture/documents/capture-wireguard.ts';
import { timeText, UNKNOWN } from '../text/figures.ts';
import { grid } from '../text/grid.ts';
import { wrap } from '../text/layout.ts';
import { atText, counted, framesText } from './report-figures.ts';

/** Handshakes that are listed. */
const MAX_ROWS = 12;
/** Endpoint changes, and kinds of ICMP errors, that are listed. */
const MAX_ROAMS = 5;

/** The table of the handshakes of a peer, at most twelve, and the number of the others. No lines without handshakes. */
export function handshakeLines(peer: PeerReport): readonly string[] {
  const { handshakes, handshakes_not_listed } = peer;
  if (handshakes.length === 0) return [];
  const rows = handshakes.slice(0, MAX_ROWS).map((handshake) => rowOf(peer, handshake));
  const more = handshakes.length - rows.length + handshakes_not_listed;
  return [
    ...grid(['handshakes', 'frame', 'sent', 'response', 'latency', 'keys', 'remarks'], rows, 'left'),
    ...(more > 0 ? [`and ${counted(more, 'handshake')} more`] : []),
  ];
}

function rowOf(peer: PeerReport, handshake: HandshakeReport): readonly string[] {
  const { initiator, outcome, initiations, attempts, first_at_ns, response_at_ns, latency_ns, response_frame } =
    handshake;
  const from = initiator === 'a' ? 'A to B' : 'B to A';
  const rekey = peer.rekeys.find(({ frame }) => frame === attempts[0]?.frame);
  return [
    atText(first_at_ns ?? response_at_ns),
    `${attempts[0]?.frame ?? response_frame ?? UNKNOWN}`,
    initiations === 0 ? 'not here' : `${from}${initiations === 1 ? '' : ` x${initiations}`}`,
    outcome === 'unanswered' ? 'none' : response_frame === null ? 'not here' : `frame ${response_frame}`,
    timeText(latency_ns),
    rekey === undefined ? UNKNOWN : `after ${(rekey.age_ns / 1e9).toFixed(1)} s`,
    remarksOf(handshake),
  ];
}

/** Short remarks; the findings explain them. */
function remarksOf({ icmp_errors, cookie_replies, attempts, confirmed, outcome }: HandshakeReport): string {
  return [
    ...(icmp_errors > 0 ? [`${icmp_errors} ICMP`] : []),
    ...(cookie_replies > 0 ? ['cookie'] : []),
    ...(attempts.some(({ has_mac2 }) => has_mac2) ? ['mac2'] : []),
    ...(outcome !== 'unanswered' && !confirmed ? ['unused'] : []),
  ].join(', ');
}

/**
 * Lines about changes of the endpoint of a peer (roaming, whitepaper §2.1), at most five, and the number of the others.
 */
export function roamLines({ roaming, roams }: PeerReport): readonly string[] {
  const lines = roaming
    .slice(0, MAX_ROAMS)
    .flatMap(({ frame, at_ns, end, from, to }) =>
      wrap(`moved  ${end.toUpperCase()} from ${from} to ${to}, frame ${frame} at ${atText(at_ns)}`, '       '),
    );
  return roams > MAX_ROAMS ? [...lines, `       and ${counted(roams - MAX_ROAMS, 'move')} more`] : lines;
}

/**
 * Lines about the ICMP errors that quote packets of a peer, grouped by error and by the router that sent them, at most
 * five.
 */
export function icmpLines({ icmp, icmp_errors }: PeerReport): readonly string[] {
  if (icmp_errors === 0) return [];
  const kinds = new Map<string, number[]>();
  for (const { error, from, next_hop_mtu_bytes, frame } of icmp) {
    const words = `${error} from ${from}${next_hop_mtu_bytes === null ? '' : `, next hop ${next_hop_mtu_bytes} octets`}`;
    kinds.set(words, [...(kinds.get(words) ?? []), frame]);
  }
  return [...kinds]
    .slice(0, MAX_ROAMS)
    .flatMap(([words, frames]) => wrap(`ICMP   ${words} (frames ${framesText(frames, 6)})`, '       '));
}
