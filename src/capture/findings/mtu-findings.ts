/**
 * What sizes say: packets that are too large for the path.
 *
 * @module
 */
import type { Finding, PeerReport } from '../../core/capture-report.ts';
import {
  counted,
  DIRECTIONS,
  type Direction,
  dataOf,
  directionWords,
  finding,
  overheadOf,
  percent,
  seconds,
  tunnelMtuFor,
} from './finding.ts';

/** Data that come back while full-size messages stall, and yet acknowledge nothing. */
const MAX_REPLIES_PER_MESSAGE = 1;
const SUSPICIOUS_LOSS = 0.2;
const MIN_LOST = 5;
/** Where only smaller packets arrive, none of full size do. */
const SMALL_OUTER_BYTES = 700;
/** What IPv6 needs inside (RFC 8200 §5), and what most paths carry. */
const SAFE_MTU = 1280;

export function mtuFindings(peer: PeerReport): readonly Finding[] {
  return [
    ...tooBig(peer),
    ...DIRECTIONS.flatMap((direction) => [...blackHole(peer, direction), ...fragmented(peer, direction)]),
  ];
}

function tooBig(peer: PeerReport): readonly Finding[] {
  const errors = peer.icmp.filter(({ error }) => error === 'fragmentation needed' || error === 'packet too big');
  if (errors.length === 0) return [];
  const mtus = errors.flatMap(({ next_hop_mtu_bytes }) => next_hop_mtu_bytes ?? []);
  const mtu = mtus.length > 0 ? Math.min(...mtus) : null;
  const from = [...new Set(errors.map((error) => error.from))].slice(0, 3).join(', ');
  const what = `tunnel packets are too big for the path: ICMP ${errors[0]?.error} from ${from}${mtu === null ? '' : `, next hop ${mtu}`}`;
  const next = mtu === null ? adviceWithoutMtu() : `set the tunnel's MTU to ${tunnelMtuFor(peer, mtu)} at both ends`;
  return [
    finding(
      ['icmp-too-big', 'problem', 'certain'],
      peer,
      what,
      next,
      errors.map(({ frame }) => frame),
    ),
  ];
}

function blackHole(peer: PeerReport, direction: Direction): readonly Finding[] {
  const hasToldMtu = peer.icmp.some(({ next_hop_mtu_bytes }) => next_hop_mtu_bytes !== null);
  if (hasToldMtu) return [];
  const stalls = peer.stalls.filter(
    (stall) => stall.direction === direction && stall.replies <= MAX_REPLIES_PER_MESSAGE * stall.messages,
  );
  const [worst] = [...stalls].sort((one, other) => other.messages - one.messages);
  if (worst !== undefined) {
    const what = `MTU black hole suspected ${directionWords(direction)}: messages of ${worst.outer_bytes} octets were sent ${worst.messages} times without an answer, pauses doubling from ${seconds(worst.first_pause_ns)} to ${seconds(worst.last_pause_ns)}; no ICMP`;
    // All that was lost shows at the far end only; here it is a pattern that an outage makes too.
    const confidence =
      worst.replies === 0 && dataOf(peer[direction === 'a_to_b' ? 'b_to_a' : 'a_to_b']) > 0 ? 'likely' : 'possible';
    const next = `${adviceWithoutMtu()}, below ${worst.outer_bytes - overheadOf(peer)} as it is now`;
    return [finding(['mtu-black-hole', 'problem', confidence], peer, what, next, worst.frames)];
  }
  const { delivery, largest_outer_bytes } = peer[direction];
  const isSuspicious =
    (delivery.loss_ratio ?? 0) >= SUSPICIOUS_LOSS &&
    delivery.lost >= MIN_LOST &&
    largest_outer_bytes < SMALL_OUTER_BYTES;
  if (!isSuspicious) return [];
  const what = `MTU black hole possible ${directionWords(direction)}: ${percent(delivery.loss_ratio ?? 0)} lost, and nothing larger than ${largest_outer_bytes} octets arrived`;
  const next = `compare with a capture at the sender; if the large ones are missing, ${adviceWithoutMtu()}`;
  return [finding(['mtu-black-hole', 'problem', 'possible'], peer, what, next, [peer[direction].largest_outer_frame])];
}

function adviceWithoutMtu(): string {
  return `lower the tunnel's MTU at both ends, to ${SAFE_MTU} for a first try`;
}

function fragmented(peer: PeerReport, direction: Direction): readonly Finding[] {
  const { packets, ratio, largest_bytes, frames } = peer[direction].fragments;
  if (packets === 0) return [];
  const what = `outer fragments ${directionWords(direction)}: ${counted(packets, 'packet')}, ${percent(ratio ?? 0)} of all; the largest has ${largest_bytes} octets`;
  // Pieces but the last come in eights: a link's MTU may be up to seven octets more.
  const next = `set the tunnel's MTU to ${tunnelMtuFor(peer, largest_bytes)} at both ends, so that its packets fit`;
  return [finding(['outer-fragments', 'warning', 'certain'], peer, what, next, frames)];
}
