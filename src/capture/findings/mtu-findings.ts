/**
 * Findings about packets that are too large for the path.
 *
 * @module
 */

import { counted } from '../../core/units.ts';
import { LEAST_MTU } from '../../tunnel/mtu.ts';
import type { Finding } from '../documents/capture-report.ts';
import type { PeerReport } from '../documents/capture-wireguard.ts';
import {
  DIRECTIONS,
  type Direction,
  dataOf,
  directionWords,
  finding,
  isOverIpv6,
  mtuAdvice,
  overheadOf,
  percent,
  seconds,
} from './finding.ts';
import { filterFor } from './fragment-findings.ts';

/** With more messages in the other direction for each repeated one, the connection is alive: it is no black hole. */
const MAX_REPLIES_PER_MESSAGE = 1;
/** Loss that is suspicious if only small packets arrive. */
const SUSPICIOUS_LOSS = 0.2;
const MIN_LOST = 5;
/** Fragments except the last have a multiple of 8 octets (RFC 791 §3.2): the MTU may be larger by up to 7. */
const PIECE_DOUBT_BYTES = 7;
/** If the largest packet is smaller than this, none of full size has arrived. */
const SMALL_OUTER_BYTES = 700;

/** Findings about ICMP errors for large packets, MTU black holes and outer fragments. */
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
  const next = mtu === null ? adviceWithoutMtu() : mtuAdvice(peer, mtu);
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
    // Losses are visible only at the receiver. Here it is a pattern that an outage causes as well.
    const confidence =
      worst.replies === 0 && dataOf(peer[direction === 'a_to_b' ? 'b_to_a' : 'a_to_b']) > 0 ? 'likely' : 'possible';
    const inside = worst.outer_bytes - overheadOf(peer);
    const next =
      inside > LEAST_MTU[6]
        ? `${adviceWithoutMtu()}, below ${inside} as it is now`
        : `packets of ${inside} octets inside are no larger than every tunnel carries: capture at the other end, and see whether they arrive`;
    return [finding(['mtu-black-hole', 'problem', confidence], peer, what, next, worst.frames)];
  }
  const { delivery, largest_outer_bytes } = peer[direction];
  const isSuspicious =
    (delivery.loss_ratio ?? 0) >= SUSPICIOUS_LOSS &&
    delivery.lost >= MIN_LOST &&
    largest_outer_bytes < SMALL_OUTER_BYTES;
  if (!isSuspicious) return [];
  const what = `MTU black hole possible ${directionWords(direction)}: ${percent(delivery.loss_ratio ?? 0)} lost, and nothing larger than ${largest_outer_bytes} octets arrived`;
  // For IPv6, a port filter of libpcap does not even match the first fragment.
  const hidden = isOverIpv6(peer)
    ? `; a filter by port would hide all fragments of IPv6, and look like this: capture with ${filterFor(peer)}`
    : '';
  const next = `compare with a capture at the sender; if the large ones are missing, ${adviceWithoutMtu()}${hidden}`;
  return [finding(['mtu-black-hole', 'problem', 'possible'], peer, what, next, [peer[direction].largest_outer_frame])];
}

function adviceWithoutMtu(): string {
  return `lower the tunnel's MTU at both ends, to ${LEAST_MTU[6]} for a first try`;
}

function fragmented(peer: PeerReport, direction: Direction): readonly Finding[] {
  const { packets, ratio, largest_bytes, largest_cut_bytes, frames } = peer[direction].fragments;
  if (packets === 0) return [];
  const what = `outer fragments ${directionWords(direction)}: ${counted(packets, 'packet')}, ${percent(ratio ?? 0)} of all; the largest has ${largest_bytes} octets`;
  // The size of a last fragment says nothing about the MTU.
  const next =
    largest_cut_bytes === null
      ? 'see what hides the first fragments: these are last ones only, and have neither ports nor the size that the path carries'
      : mtuAdvice(peer, largest_cut_bytes, PIECE_DOUBT_BYTES);
  return [finding(['outer-fragments', 'warning', 'certain'], peer, what, next, frames)];
}
