/**
 * Findings from message counters: loss, duplicates, reordering.
 *
 * @module
 */
import { counted } from '../../core/units.ts';
import type { Finding } from '../documents/capture-report.ts';
import type { DeliveryReport, PeerReport } from '../documents/capture-wireguard.ts';
import { DIRECTIONS, type Direction, directionWords, finding, packetsOf, percent } from './finding.ts';

/** Loss ratios from which loss is a problem, or a warning. */
const PROBLEM_RATIO = 0.05;
const WARNING_RATIO = 0.001;
/** The mean length of random loss runs is 1 / (1 - p). From twice that, losses are called bursts. */
const BURST_FACTOR = 2;
const MIN_RUNS = 3;
/** Reordering by more than this is taken for loss by TCP (RFC 5681 §3.2: three duplicate ACKs). */
const HARMLESS_EXTENT = 3;
const MIN_RATIO = 0.001;
/**
 * Replay window of the kernel and wireguard-go: 8192 less a word of 64 bits (RFC 6479). That of `winze tunnel` is 32
 * wider.
 */
const REPLAY_WINDOW = 8192 - 64;
/** From this ratio of copies to messages, the capture has most messages twice: no network does that. */
const TWICE_RATIO = 0.45;

/** Findings about loss, duplicates, reordering and implausible counters, for both directions of a tunnel. */
export function deliveryFindings(peer: PeerReport): readonly Finding[] {
  return DIRECTIONS.flatMap((direction) => [
    ...lossOf(peer, direction),
    ...copiesOf(peer, direction),
    ...orderOf(peer, direction),
    ...doubtsOf(peer, direction),
  ]);
}

function lossOf(peer: PeerReport, direction: Direction): readonly Finding[] {
  const { delivery, unsplit_datagrams: unsplit } = peer[direction];
  const { lost, received, loss_ratio } = delivery;
  if (lost === 0 || loss_ratio === null) return [];
  const what = `${percent(loss_ratio)} lost ${directionWords(direction)}: ${lost} of ${lost + received} messages, ${patternOf(delivery)}`;
  const severity = loss_ratio >= PROBLEM_RATIO ? 'problem' : loss_ratio >= WARNING_RATIO ? 'warning' : 'note';
  const next =
    'they are lost between the sender and where the capture stands; capture nearer to the sender to find the place';
  return [
    finding(
      ['loss', severity, unsplit > 0 ? 'possible' : delivery.stale > 0 ? 'likely' : 'certain'],
      peer,
      what,
      next,
      gapFrames(peer, direction),
    ),
  ];
}

function patternOf({ loss_runs, loss_ratio }: DeliveryReport): string {
  const { n, mean, max } = loss_runs;
  if (n < MIN_RUNS) return n === 1 ? `in one run of ${max}` : `in ${n} runs, the longest of ${max}`;
  const byChance = 1 / (1 - Math.min(loss_ratio ?? 0, 0.99));
  const isBurst = (mean ?? 1) >= BURST_FACTOR * byChance;
  return isBurst ? `in bursts (${n} runs, the longest of ${max})` : `at random (longest run ${max})`;
}

function gapFrames(peer: PeerReport, direction: Direction): readonly number[] {
  const gaps = peer.sessions.flatMap((session) => session[direction]?.gaps ?? []);
  return gaps
    .filter(({ still_missing }) => still_missing !== 0)
    .sort((one, other) => other.counters - one.counters)
    .map(({ frame }) => frame);
}

function copiesOf(peer: PeerReport, direction: Direction): readonly Finding[] {
  const { handshake_copies, delivery } = peer[direction];
  const { duplicates, received } = delivery;
  const copies = duplicates + handshake_copies;
  const once = received + packetsOf(peer[direction]) - peer[direction].messages - handshake_copies;
  if (copies >= TWICE_RATIO * once && copies > 0 && (received === 0 || duplicates > 0)) {
    const what = `nearly every message ${directionWords(direction)} is there twice or more: of ${counted(once, 'message')}, ${copies} more`;
    const next =
      'capture on one interface only, not on a bridge and its ports, or "any"; and put no capture into a file twice';
    return [finding(['captured-twice', 'note', 'likely'], peer, what, next)];
  }
  if (duplicates === 0) return [];
  const ratio = duplicates / received;
  const what = `${counted(duplicates, 'duplicate')} ${directionWords(direction)} (${percent(ratio)})`;
  const severity = ratio >= MIN_RATIO ? 'warning' : 'note';
  const next = 'the receiver drops them; look for a link that repeats frames, or two paths in parallel';
  return [finding(['duplicates', severity, 'certain'], peer, what, next)];
}

function orderOf(peer: PeerReport, direction: Direction): readonly Finding[] {
  const { reordered, reorder_extent_max, received } = peer[direction].delivery;
  if (reordered === 0) return [];
  const what = `${counted(reordered, 'message')} ${directionWords(direction)} out of order (${percent(reordered / received)}), by up to ${reorder_extent_max}`;
  if (reorder_extent_max >= REPLAY_WINDOW) {
    const next = `the receiver's replay window is ${REPLAY_WINDOW} messages wide: the latest are lost to it`;
    return [finding(['reordering', 'problem', 'certain'], peer, what, next)];
  }
  const isHarmful = reorder_extent_max > HARMLESS_EXTENT && reordered / received >= MIN_RATIO;
  const next = 'TCP takes what comes more than three packets late for lost; look for load sharing by packet';
  return [finding(['reordering', isHarmful ? 'warning' : 'note', 'certain'], peer, what, next)];
}

function doubtsOf(peer: PeerReport, direction: Direction): readonly Finding[] {
  const { stale, implausible } = peer[direction].delivery;
  if (stale + implausible === 0) return [];
  const what = `${stale + implausible} counters ${directionWords(direction)} are far too old or too new`;
  const next = 'replayed or forged messages, or two captures in one file: they are left out of the figures';
  return [finding(['counters-out-of-range', 'warning', 'possible'], peer, what, next)];
}
