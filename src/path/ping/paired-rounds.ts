/**
 * Compares lanes round by round: the same probe number, or the same run, of each lane and of the first lane.
 *
 * Rounds are paired because both times of a pair saw the same hour of the network. A round that one of them lost gives
 * no pair.
 *
 * @module
 */
import type { LaneComparison } from '../../core/shapes/path/ping.ts';
import { median, medianWithInterval } from '../../stats/median.ts';

/** Pairs that are kept of a lane: the first ones of a longer test. */
const MOST_PAIRS = 65_536;
/** Rounds that wait for the other lane; the oldest is forgotten. */
const MOST_WAITING = 4096;

/** What a lane's time is compared with. */
export type PairedFigures = Pick<LaneComparison, 'rounds' | 'median_ratio' | 'ratio_ci95' | 'median_difference_ns'>;

/** Pairs of one lane with the first lane. */
class Pairs {
  readonly ratios: number[] = [];
  readonly differences: number[] = [];
}

/** Collects the times of all lanes. */
export class PairedRounds {
  readonly #lanes: readonly Pairs[];
  /** Times by round and lane. */
  readonly #waiting = new Map<number, (number | undefined)[]>();

  /** @param lanes - number of lanes */
  constructor(lanes: number) {
    this.#lanes = Array.from({ length: lanes }, () => new Pairs());
  }

  /** Records the time of a lane in a round. A second one of the same round is ignored. */
  record(lane: number, round: number, ns: number): void {
    const times = this.#waiting.get(round) ?? [];
    if (times[lane] !== undefined) return;
    times[lane] = ns;
    this.#waiting.set(round, times);
    const base = times[0];
    if (base !== undefined) {
      for (const [other, time] of times.entries()) {
        if (other !== 0 && time !== undefined && (lane === 0 || lane === other)) this.#pair(other, base, time);
      }
    }
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > MOST_WAITING && oldest !== undefined) this.#waiting.delete(oldest);
  }

  /** The comparison of a lane with the first one; `null` for the first one itself. */
  figures(lane: number): PairedFigures | null {
    const pairs = this.#lanes[lane];
    if (lane === 0 || pairs === undefined) return null;
    const { median: ratio, ci95 } = medianWithInterval(pairs.ratios);
    return {
      rounds: pairs.differences.length,
      median_ratio: ratio,
      ratio_ci95: ci95,
      median_difference_ns: median(pairs.differences),
    };
  }

  #pair(lane: number, base: number, time: number): void {
    const pairs = this.#lanes[lane];
    if (pairs === undefined || pairs.differences.length >= MOST_PAIRS) return;
    pairs.differences.push(time - base);
    // A time of 0 has no ratio: the clock does not tell it from nothing.
    if (base > 0 && time > 0) pairs.ratios.push(time / base);
  }
}
