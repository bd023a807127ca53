/**
 * How much payload the probes of each target may send in an hour.
 *
 * @module
 */
import { type Instant, NS_PER_S } from '../../../core/time.ts';

const HOUR = 3600 * NS_PER_S;

/** Payload that was spent, by target. */
export class HourBudget {
  readonly #spent = new Map<string, { readonly at: Instant; readonly bytes: number }[]>();

  /** Spends payload before it is sent. @returns whether the hour until now has room for it */
  spend(target: string, bytes: number, budgetBytes: number, now: Instant): boolean {
    for (const [key, list] of this.#spent) {
      const recent = list.filter(({ at }) => now - at < HOUR);
      if (recent.length === 0) this.#spent.delete(key);
      else this.#spent.set(key, recent);
    }
    const list = this.#spent.get(target) ?? [];
    const sum = list.reduce((total, one) => total + one.bytes, 0);
    if (sum + bytes > budgetBytes) return false;
    this.#spent.set(target, [...list, { at: now, bytes }]);
    return true;
  }
}
