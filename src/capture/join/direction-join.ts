/**
 * Loss, duplicates, reordering and delay of one direction, from the messages of two captures.
 *
 * @module
 */
import type { CaptureSide, JoinDirection, JoinedId, SenderEvidence } from '../documents/capture-join.ts';
import type { TimeDifference } from './clock-offset.ts';
import type { Joined } from './direction-entries.ts';
import { missedByBoth } from './missed-numbers.ts';
import { mtuBlackHole } from './mtu-black-hole.ts';
import type { SizeLosses } from './size-losses.ts';
import { sortedDistribution } from './sorted-distribution.ts';
import { streamIdText } from './stream-id.ts';
import { Coverage } from './time-relation.ts';

const MAX_IDS = 8;

/** A direction, and what was found out about it before its messages are counted. */
export interface DirectionFacts {
  /** Its messages, as indices in the message table. */
  readonly entries: Uint32Array;
  /** Endpoints as text. */
  readonly from: string;
  readonly to: string;
  /** The capture that is closer to the sender. */
  readonly sender: CaptureSide;
  /** How that was decided; `null` if it was not, and `sender` is a default. */
  readonly senderBy: SenderEvidence | null;
  /** Range of time differences, to decide which messages both captures could have. */
  readonly difference: TimeDifference | null;
  /** Clock of the second capture minus that of the first; `null` if unknown. */
  readonly offsetNs: number | null;
}

/** Counts of a direction, before it is known which capture is closer to the sender. */
export interface OneSided {
  /** Messages in the first capture only, while the second was running. */
  readonly firstOnly: number;
  /** Messages in the second capture only, while the first was running. */
  readonly secondOnly: number;
  /** Messages in both captures. */
  readonly both: number;
}

/** Counts the messages of a direction by the captures that have them. */
export function oneSided(joined: Joined, entries: Uint32Array, difference: TimeDifference | null): OneSided {
  const coverage = new Coverage(joined, difference);
  const { firstCounts, secondCounts } = joined.table;
  let firstOnly = 0;
  let secondOnly = 0;
  let both = 0;
  for (const entry of entries) {
    if (firstCounts[entry] === 0) secondOnly += coverage.inFirst(entry) ? 1 : 0;
    else if (secondCounts[entry] === 0) firstOnly += coverage.inSecond(entry) ? 1 : 0;
    else both++;
  }
  return { firstOnly, secondOnly, both };
}

/**
 * Counts loss, duplicates and reordering of a direction, and computes the distributions of its delays.
 *
 * @param losses - working memory: it is cleared and filled
 */
export function joinDirection(joined: Joined, facts: DirectionFacts, losses: SizeLosses): JoinDirection {
  const { entries, from, to, sender, senderBy } = facts;
  const isFirst = sender === 'first';
  const { table } = joined;
  const sentCounts = isFirst ? table.firstCounts : table.secondCounts;
  const receivedCounts = isFirst ? table.secondCounts : table.firstCounts;
  const coverage = new Coverage(joined, facts.difference);
  const ids = new Map<number, { sent: number; lost: number }>();
  let sent = 0;
  let lost = 0;
  let duplicated = 0;
  let outside = 0;
  let missedBySender = 0;
  losses.clear();
  for (const entry of entries) {
    if (sentCounts[entry] === 0) {
      if (isFirst ? coverage.inFirst(entry) : coverage.inSecond(entry)) missedBySender++;
      continue;
    }
    if (!(isFirst ? coverage.inSecond(entry) : coverage.inFirst(entry))) {
      outside++;
      continue;
    }
    const isLost = receivedCounts[entry] === 0;
    sent++;
    if (isLost) lost++;
    else duplicated += Math.max((receivedCounts[entry] ?? 0) - (sentCounts[entry] ?? 0), 0);
    losses.add(table.sizes[entry] ?? 0, isLost);
    const stream = table.streams[entry] ?? 0;
    const id = ids.get(stream);
    if (id === undefined) ids.set(stream, { sent: 1, lost: isLost ? 1 : 0 });
    else {
      id.sent++;
      if (isLost) id.lost++;
    }
  }
  const delays = sortedDelays(joined, entries, isFirst);
  const around = losses.aroundLargest();
  const shift = facts.offsetNs === null ? null : isFirst ? -facts.offsetNs : facts.offsetNs;
  return {
    from,
    to,
    sender,
    sender_by: senderBy,
    packets_sent: sent,
    packets_received: sent - lost,
    packets_lost: lost,
    loss_ratio: sent === 0 ? null : lost / sent,
    packets_duplicated: duplicated,
    packets_reordered: reordered(joined, entries, isFirst),
    packets_outside: outside,
    packets_missed_by_sender: missedBySender,
    packets_missed_by_both: missedByBoth(joined, entries),
    one_way_delay_ns: shift === null ? null : sortedDistribution(delays, shift),
    delay_variation_ns: sortedDistribution(delays, -(delays[0] ?? 0)),
    sizes: losses.classes(),
    largest_received_bytes: around.largestReceivedBytes,
    smallest_lost_bytes: losses.smallestLost(),
    mtu_black_hole: mtuBlackHole(around),
    ids: topIds(joined, ids),
    ids_left_out: Math.max(ids.size - MAX_IDS, 0),
  };
}

function topIds({ streams }: Joined, ids: ReadonlyMap<number, { sent: number; lost: number }>): JoinedId[] {
  return [...ids]
    .sort(([, a], [, b]) => b.sent - a.sent)
    .slice(0, MAX_IDS)
    .map(([stream, { sent, lost }]) => ({
      id: streamIdText(streams, stream),
      packets_sent: sent,
      packets_lost: lost,
    }));
}

/** Time at the receiver minus time at the sender of each message, without correction of the clocks, ascending. */
function sortedDelays({ table }: Joined, entries: Uint32Array, isFirst: boolean): Float64Array {
  const delays = new Float64Array(entries.length);
  let count = 0;
  for (const entry of entries) {
    const difference = (table.secondTimes[entry] ?? 0) - (table.firstTimes[entry] ?? 0);
    if (!Number.isNaN(difference)) delays[count++] = isFirst ? difference : -difference;
  }
  return delays.slice(0, count).sort();
}

/**
 * Counts messages that were received after one that was sent later.
 *
 * Entries are in the order of the first capture. Their ranks are the order of the second.
 */
function reordered({ table }: Joined, entries: Uint32Array, isFirst: boolean): number {
  const { firstCounts, secondCounts, secondRanks } = table;
  const isShared = (entry: number): boolean => firstCounts[entry] !== 0 && secondCounts[entry] !== 0;
  let count = 0;
  if (isFirst) {
    let earliest = Number.POSITIVE_INFINITY;
    for (let i = entries.length - 1; i >= 0; i--) {
      const entry = entries[i] ?? 0;
      if (!isShared(entry)) continue;
      const rank = secondRanks[entry] ?? 0;
      if (rank > earliest) count++;
      else earliest = rank;
    }
    return count;
  }
  let latest = -1;
  for (const entry of entries) {
    if (!isShared(entry)) continue;
    const rank = secondRanks[entry] ?? 0;
    if (rank < latest) count++;
    else latest = rank;
  }
  return count;
}
