/**
 * Makes the joint result of two captures from the messages that a joiner has collected.
 *
 * @module
 */
import type {
  CaptureJoin,
  CaptureSide,
  JoinDirection,
  JoinedCapture,
  JoinFlow,
  SenderEvidence,
} from '../documents/capture-join.ts';
import { type ClockOffset, clockOffset, type TimeDifference } from './clock-offset.ts';
import { DirectionEntries, type Joined } from './direction-entries.ts';
import { joinDirection, type OneSided, oneSided } from './direction-join.ts';
import { endpointText } from './endpoint-text.ts';
import type { Side } from './joined-side.ts';
import { DIRECTION } from './message-id.ts';
import { SizeLosses } from './size-losses.ts';
import { tunnelOfKind } from './stream-id.ts';
import { timeDifference } from './time-relation.ts';

/** Pairs of endpoints that are reported. */
const MAX_FLOWS = 64;

/** A direction, with the counts and times that decide which capture is closer to its sender. */
interface JoinedDirection {
  readonly number: number;
  readonly entries: Uint32Array;
  readonly difference: TimeDifference | null;
  readonly counts: OneSided;
}

interface DirectionPair {
  readonly directions: readonly JoinedDirection[];
  readonly offset: ClockOffset | null;
}

/** Pairs opposite directions, estimates the clock offset, and counts loss and delay of each flow. */
export function joinResult(joined: Joined): CaptureJoin {
  const directions = new DirectionEntries(joined);
  const pairs: DirectionPair[] = [];
  const only = { first: 0, second: 0 };
  const done = new Set<number>();
  for (let direction = 0; direction < directions.count; direction++) {
    if (done.has(direction) || directions.of(direction).length === 0) continue;
    const opposite = directions.opposite(direction);
    const pairDirections = [joinedDirection(joined, directions, direction)];
    done.add(direction);
    if (opposite >= 0 && !done.has(opposite) && directions.of(opposite).length > 0) {
      pairDirections.push(joinedDirection(joined, directions, opposite));
      done.add(opposite);
    }
    if (pairDirections.every(({ counts }) => counts.both === 0))
      only[directions.inFirst(direction) >= 0 ? 'first' : 'second']++;
    else pairs.push({ directions: pairDirections, offset: offsetOf(pairDirections) });
  }
  const offset = narrowest(pairs);
  pairs.sort((a, b) => messagesOf(b) - messagesOf(a));
  const losses = new SizeLosses();
  return {
    first: captureOf(joined.first, only.first),
    second: captureOf(joined.second, only.second),
    messages_shared: joined.shared,
    clock_offset_ns: offset === null ? null : offset.offsetNs + baseDifferenceNs(joined),
    clock_offset_error_ns: offset?.errorNs ?? null,
    flows: pairs.slice(0, MAX_FLOWS).map((pair) => flowOf(joined, directions, pair, offset, losses)),
    flows_left_out: Math.max(pairs.length - MAX_FLOWS, 0),
  };
}

function joinedDirection(joined: Joined, directions: DirectionEntries, direction: number): JoinedDirection {
  const entries = directions.of(direction);
  const difference = timeDifference(joined, entries);
  return { number: direction, entries, difference, counts: oneSided(joined, entries, difference) };
}

function offsetOf([a, b]: readonly JoinedDirection[]): ClockOffset | null {
  if (a?.difference === undefined || a.difference === null) return null;
  if (b?.difference === undefined || b.difference === null) return null;
  return clockOffset(a.difference, b.difference);
}

/** The estimate with the smallest error. All flows have the same two clocks. */
function narrowest(pairs: readonly DirectionPair[]): ClockOffset | null {
  let best: ClockOffset | null = null;
  for (const { offset } of pairs)
    if (offset !== null && (best === null || offset.errorNs < best.errorNs)) best = offset;
  return best;
}

function flowOf(
  joined: Joined,
  directions: DirectionEntries,
  pair: DirectionPair,
  offset: ClockOffset | null,
  losses: SizeLosses,
): JoinFlow {
  const senders = sendersOf(joined, pair, offset);
  const pairDirections = pair.directions.map((one, i): JoinDirection => {
    const { sender, by } = senders[i] ?? { sender: 'first', by: null };
    const table = sender === 'first' ? joined.first.directions : joined.second.directions;
    const own = sender === 'first' ? directions.inFirst(one.number) : directions.inSecond(one.number);
    const other = sender === 'first' ? directions.inSecond(one.number) : directions.inFirst(one.number);
    const [ends, number] =
      own >= 0
        ? [table, own]
        : [table === joined.first.directions ? joined.second.directions : joined.first.directions, other];
    return joinDirection(
      joined,
      {
        entries: one.entries,
        from: endpointText(ends, number, 'source'),
        to: endpointText(ends, number, 'destination'),
        sender,
        senderBy: by,
        difference: one.difference ?? expectedDifference(pair, one, offset),
        offsetNs: offset?.offsetNs ?? null,
      },
      losses,
    );
  });
  return { tunnel: tunnelOfKind(kindOf(joined, directions, pair)), directions: pairDirections };
}

interface Sender {
  readonly sender: CaptureSide;
  readonly by: SenderEvidence | null;
}

function sendersOf(
  joined: Joined,
  { directions: pairDirections, offset: own }: DirectionPair,
  offset: ClockOffset | null,
): readonly Sender[] {
  if (own !== null) {
    const first: Sender = { sender: 'first', by: 'both-directions' };
    const second: Sender = { sender: 'second', by: 'both-directions' };
    return own.forward === 'a' ? [first, second] : [second, first];
  }
  const known = pairDirections.map((one) => (one.counts.both > 0 ? senderOf(joined, one, offset) : null));
  return known.map((sender, i) => {
    if (sender !== null) return sender;
    return { sender: known[1 - i]?.sender === 'first' ? 'second' : 'first', by: 'opposite' };
  });
}

function senderOf(joined: Joined, { difference, counts }: JoinedDirection, offset: ClockOffset | null): Sender {
  if (offset !== null && difference !== null) {
    if (difference.minNs > offset.offsetNs) return { sender: 'first', by: 'clock-offset' };
    if (difference.maxNs < offset.offsetNs) return { sender: 'second', by: 'clock-offset' };
  }
  if (counts.firstOnly !== counts.secondOnly) {
    return { sender: counts.firstOnly > counts.secondOnly ? 'first' : 'second', by: 'loss' };
  }
  const minNs = difference === null ? 0 : difference.minNs + baseDifferenceNs(joined);
  if (minNs === 0) return { sender: 'first', by: null };
  return { sender: minNs > 0 ? 'first' : 'second', by: 'clocks' };
}

/** The expected time difference of a direction that has no message in both captures. */
function expectedDifference(
  { directions: pairDirections }: DirectionPair,
  one: JoinedDirection,
  offset: ClockOffset | null,
): TimeDifference | null {
  const opposite = pairDirections.find((other) => other !== one)?.difference ?? null;
  if (offset === null) return opposite;
  return { minNs: offset.offsetNs - offset.errorNs, maxNs: offset.offsetNs + offset.errorNs };
}

/** Times are relative to the first second of each capture. This is the difference of these seconds. */
function baseDifferenceNs({ first, second }: Joined): number {
  return ((second.baseS ?? 0) - (first.baseS ?? 0)) * 1e9;
}

function kindOf(
  { first, second }: Joined,
  directions: DirectionEntries,
  { directions: pairDirections }: DirectionPair,
): number {
  const direction = pairDirections[0]?.number ?? 0;
  const number = directions.inFirst(direction);
  return number >= 0
    ? first.directions.word(number, DIRECTION.kind)
    : second.directions.word(directions.inSecond(direction), DIRECTION.kind);
}

function messagesOf({ directions: pairDirections }: DirectionPair): number {
  return pairDirections.reduce((sum, { entries }) => sum + entries.length, 0);
}

function captureOf(side: Side, flowsOnlyHere: number): JoinedCapture {
  const { messages, withoutId, leftOut, baseS, startNs, endNs, clockJumps } = side;
  return {
    messages,
    messages_without_id: withoutId,
    messages_left_out: leftOut,
    flows_only_here: flowsOnlyHere,
    clock_jumps: clockJumps,
    start_unix_s: startNs <= endNs && baseS !== null ? baseS + startNs / 1e9 : null,
    duration_ns: startNs <= endNs ? endNs - startNs : null,
  };
}
