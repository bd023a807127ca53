/**
 * What routers and the kernel said of the path MTU: hints for the search, which verifies them, and never believes them.
 *
 * Whoever knows the ports of a flow can forge such a message (RFC 5927), and some routers put a wrong number into real
 * ones, or 0 (RFC 1191 §5). So a hint is at most a size that is tried next. Their number is bounded.
 *
 * @module
 */

/** Who reports an MTU: a router by ICMP, or the kernel of the host that sends. */
export type HintOrigin = 'icmp' | 'kernel';

/** An MTU that somebody reported. */
export interface MtuHint {
  readonly mtu: number;
  readonly origin: HintOrigin;
  /** Address of the router; `null` for the kernel. */
  readonly from: string | null;
  /** How often the same was reported. */
  readonly count: number;
}

/** The least MTU that a router may report: RFC 791 for IPv4, RFC 8201 §4 for IPv6. */
export const LEAST_REPORTED = { 4: 68, 6: 1280 } as const;
/** Different hints that are kept. A real path has a few links that are narrower than the one before. */
const MOST_HINTS = 16;

/** The hints of one search. */
export class MtuHints {
  readonly #least: number;
  readonly #hints: { mtu: number; origin: HintOrigin; from: string | null; count: number }[] = [];
  /** Messages that were not kept, because there were too many different ones. */
  #left = 0;

  constructor(family: 4 | 6) {
    this.#least = LEAST_REPORTED[family];
  }

  /**
   * Keeps a hint.
   *
   * @returns whether its size is worth a probe: it is new, and no larger than `mostUseful`
   */
  add(mtu: number, origin: HintOrigin, from: string | null, mostUseful: number): boolean {
    const known = this.#hints.find((hint) => hint.mtu === mtu && hint.from === from && hint.origin === origin);
    if (known) {
      known.count++;
      return false;
    }
    if (this.#hints.length === MOST_HINTS) {
      this.#left++;
      return false;
    }
    const isNew = !this.#hints.some((hint) => hint.mtu === mtu);
    this.#hints.push({ mtu, origin, from, count: 1 });
    return isNew && mtu >= this.#least && mtu <= mostUseful;
  }

  /** All that were kept, in the order in which they came. */
  get all(): readonly MtuHint[] {
    return this.#hints.map((hint) => ({ ...hint }));
  }

  /** Number of messages that were not kept. */
  get left(): number {
    return this.#left;
  }
}
