/**
 * Which sizes of a search come next: what somebody said, the common ones, what divides the rest, and at the end the
 * smallest failed one a second time.
 *
 * @module
 */
import type { MtuBounds } from './mtu-bounds.ts';
import { between, commonSizes, spread } from './probe-sizes.ts';
import type { SizeRound } from './size-round.ts';

/** Hints that may change what is tried next: without a bound, forged messages could keep a search going. */
const MOST_STEERING = 8;

/** What a plan depends on besides the bounds. */
export interface SizePlanSpec {
  /** Smallest packet that is sent. */
  readonly least: number;
  /** Sizes in flight at once. */
  readonly parallel: number;
}

/** Fills the rounds of one search. */
export class SizePlan {
  readonly #spec: SizePlanSpec;
  readonly #bounds: MtuBounds;
  readonly #round: SizeRound;
  /** Sizes of hints, which are tried before others. */
  #wanted: number[] = [];
  #steered = 0;
  /** The smallest failed size, while it is tried a second time. */
  #confirming: number | null = null;
  /** Whether the common sizes have been tried. */
  #hasBegun = false;

  constructor(spec: SizePlanSpec, bounds: MtuBounds, round: SizeRound) {
    this.#spec = spec;
    this.#bounds = bounds;
    this.#round = round;
  }

  /** Somebody said that packets of `mtu` octets pass and larger ones do not. @returns whether that is tried */
  steer(mtu: number): boolean {
    if (this.#steered === MOST_STEERING || mtu <= this.#bounds.passed || mtu < this.#spec.least) return false;
    this.#steered++;
    this.want(mtu);
    this.want(mtu + 1);
    return true;
  }

  /** Tries a size before others, if it is not decided. */
  want(size: number): void {
    if (this.#bounds.isOpen(size)) this.#wanted.push(size);
  }

  /** Adds sizes to the round: those of hints at once, and others when the round is over. */
  fill(): void {
    for (const size of this.#wanted.splice(0)) if (this.#bounds.isOpen(size)) this.#round.add(size);
    const { passed, failed, most } = this.#bounds;
    const { parallel } = this.#spec;
    if (passed === 0) {
      // Before the first answer the largest is tried alone: if it passes, that is all.
      if (this.#bounds.isOpen(most)) this.#round.add(most);
      return;
    }
    const isWaiting = !this.#round.isEmpty && (this.#hasBegun || parallel === 1);
    if (isWaiting) return;
    this.#hasBegun = true;
    if (this.#bounds.isClosed) {
      this.#confirming = failed;
      return this.#round.add(failed);
    }
    const common = commonSizes(passed, failed, most);
    const sizes = common.length > 0 ? spread(common, parallel) : between(passed, failed, parallel);
    for (const size of sizes) this.#round.add(size);
  }

  /** Drops what is decided from the round. To be called when the bounds have changed. @param failed - size that failed */
  settle(failed: number | null): void {
    if (this.#confirming === failed || this.#confirming !== this.#bounds.failed) this.#confirming = null;
    const confirming = this.#confirming;
    this.#round.keep((size) => this.#bounds.isOpen(size) || size === confirming);
  }
}
