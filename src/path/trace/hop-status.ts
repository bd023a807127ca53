/**
 * What the answers of each hop mean.
 *
 * A router answers probes in its spare time, and many limit their answers. Its loss is loss of the path only where every
 * hop beyond it loses as much: packets that a router drops cannot arrive further on. So the loss that a hop stands for is
 * the least of its own and of all hops beyond it that answer.
 *
 * @module
 */
import type { HopStatus } from '../../core/shapes/path/trace.ts';
import { formatPercent } from '../../core/units.ts';

/** Counts of one hop, and what ended there. */
export interface HopCounts {
  readonly sent: number;
  readonly received: number;
  readonly isTarget: boolean;
  readonly unreachable: string | null;
}

/** A status, and the sentence that says it. */
export interface HopMeaning {
  readonly status: HopStatus;
  readonly words: string;
}

/** A single probe that is lost is no statement about a path. */
const LEAST_LOST = 2;
/** Share of the target's loss from which a hop is said to see it: with few probes the two differ by chance. */
const SEEN = 0.5;
/** A hop that loses this much more than what goes on answers little besides. */
const NOTABLE_EXCESS = 0.1;

/** The meaning of every hop. @param hops - from the first TTL to the last */
export function hopMeanings(hops: readonly HopCounts[]): readonly HopMeaning[] {
  const target = hops.at(-1)?.isTarget === true ? hops.at(-1) : undefined;
  const lost = target === undefined ? 0 : target.sent - target.received;
  const goesOn = target === undefined || lost < LEAST_LOST ? 0 : lost / target.sent;
  const carried = carriedLoss(hops);
  const first = goesOn === 0 ? -1 : carried.findIndex((loss) => loss !== null && loss >= goesOn * SEEN);
  const lastAnswer = hops.findLastIndex(({ received }) => received > 0);
  return hops.map((hop, index) =>
    meaningOf(hop, {
      index,
      first,
      goesOn,
      lastAnswer,
      isReached: target !== undefined,
      carried: carried[index] ?? null,
    }),
  );
}

interface Place {
  readonly index: number;
  /** Index of the hop at which the target's loss begins; -1 for none. */
  readonly first: number;
  /** Loss of the target. */
  readonly goesOn: number;
  readonly lastAnswer: number;
  readonly isReached: boolean;
  readonly carried: number | null;
}

function meaningOf({ sent, received, isTarget, unreachable }: HopCounts, place: Place): HopMeaning {
  const { index, first, goesOn, lastAnswer, isReached, carried } = place;
  const ratio = sent === 0 ? 0 : (sent - received) / sent;
  if (isTarget) {
    if (received === sent) return { status: 'target', words: 'the target; it answers every probe' };
    const begins = index === first ? '; no hop before it loses as much' : '';
    const share = `${sent - received} of ${sent} probes lost`;
    return first < 0
      ? { status: 'target', words: `the target; ${share}` }
      : { status: index === first ? 'loss-begins' : 'loss', words: `the target; ${share}${begins}` };
  }
  if (unreachable !== null) return { status: 'unreachable', words: `says: ${unreachable}` };
  if (received === 0) {
    return index < lastAnswer
      ? { status: 'silent', words: 'does not answer; hops beyond it do' }
      : { status: 'no-answer', words: 'no answer from here on' };
  }
  if (first >= 0 && index >= first && carried !== null) {
    const excess = ratio > carried + NOTABLE_EXCESS ? ', and it answers only some probes besides' : '';
    return index === first
      ? {
          status: 'loss-begins',
          words: `loss of ${formatPercent(goesOn)} begins here or right before, and goes on to the target${excess}`,
        }
      : { status: 'loss', words: `the loss goes on to the target${excess}` };
  }
  if (received === sent) return { status: 'ok', words: 'answers every probe' };
  if (!isReached && index === lastAnswer) {
    return {
      status: 'answers-some',
      words: 'answers only some probes; nothing beyond it answers, so whether that is loss is not known',
    };
  }
  return { status: 'answers-some', words: 'answers only some probes; the loss does not go on' };
}

/** For each hop the least loss of it and of all hops beyond it that answer; `null` where none does. */
function carriedLoss(hops: readonly HopCounts[]): readonly (number | null)[] {
  let least: number | null = null;
  return hops
    .toReversed()
    .map(({ sent, received }) => {
      if (received > 0) least = Math.min(least ?? 1, (sent - received) / sent);
      return least;
    })
    .toReversed();
}
