/**
 * Probes that were sent: those that wait for an answer, and the last ones that no longer do, for duplicates and for
 * answers that come late.
 *
 * @module
 */
import type { Instant, Nanos } from '../../core/time.ts';

/** A probe that was sent. */
export interface SentProbe {
  readonly ttl: number;
  readonly flow: number;
  readonly round: number;
  readonly sentAt: Instant;
}

/** Probes without waiting answers that are remembered. */
const MOST_CLOSED = 8192;

/** The ledger of one trace. */
export class ProbeLedger {
  readonly #open = new Map<number, SentProbe>();
  readonly #closed = new Map<number, SentProbe & { answered: boolean }>();
  #last = 0;

  /** How many probes wait. */
  get waiting(): number {
    return this.#open.size;
  }

  /** Enters a probe. @returns its number */
  send(probe: SentProbe): number {
    this.#open.set(++this.#last, probe);
    return this.#last;
  }

  /** Takes out a probe that was never sent. */
  withdraw(id: number): void {
    this.#open.delete(id);
  }

  /**
   * Enters an answer.
   *
   * @returns the probe, and whether this is its first answer in time, one that comes late, or another one; `null` for a
   *   number that is not known
   */
  answer(id: number): { readonly probe: SentProbe; readonly what: 'first' | 'late' | 'duplicate' } | null {
    const open = this.#open.get(id);
    if (open) {
      this.#close(id, open, true);
      return { probe: open, what: 'first' };
    }
    const closed = this.#closed.get(id);
    if (!closed) return null;
    const what = closed.answered ? 'duplicate' : 'late';
    closed.answered = true;
    return { probe: closed, what };
  }

  /** Gives up the probes that wait longer than `waitNs`. */
  expire(now: Instant, waitNs: Nanos): readonly SentProbe[] {
    const expired: SentProbe[] = [];
    for (const [id, probe] of this.#open) {
      // They are in the order in which they were sent.
      if (probe.sentAt + waitNs > now) break;
      this.#close(id, probe, false);
      expired.push(probe);
    }
    return expired;
  }

  /** When the oldest probe that waits was sent. */
  oldest(): Instant | undefined {
    for (const { sentAt } of this.#open.values()) return sentAt;
    return undefined;
  }

  /** The number of the only probe of a flow that waits; `null` if there are none, or several. */
  onlyOf(flow: number): number | null {
    let only: number | null = null;
    for (const [id, probe] of this.#open) {
      if (probe.flow !== flow) continue;
      if (only !== null) return null;
      only = id;
    }
    return only;
  }

  #close(id: number, probe: SentProbe, answered: boolean): void {
    this.#open.delete(id);
    this.#closed.set(id, { ...probe, answered });
    if (this.#closed.size <= MOST_CLOSED) return;
    for (const oldest of this.#closed.keys()) {
      this.#closed.delete(oldest);
      return;
    }
  }
}
