/**
 * The times of the phases of one HTTP exchange.
 *
 * @module
 */
import type { HttpPhase, HttpTimes } from '../../../core/shapes/path/http.ts';
import type { Clock, Instant, Nanos } from '../../../core/time.ts';

/** Measures phases one after the other. What the program does between two phases belongs to none. */
export class PhaseClock {
  readonly #clock: Clock;
  readonly #times = new Map<HttpPhase, Nanos>();
  #phase: HttpPhase = 'resolve';
  #begunAt: Instant;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#begunAt = clock();
  }

  /** The phase that began last. */
  get phase(): HttpPhase {
    return this.#phase;
  }

  begin(phase: HttpPhase): void {
    this.#phase = phase;
    this.#begunAt = this.#clock();
  }

  /** Ends the phase, and begins the next one at the same instant. */
  end(next: HttpPhase | null): void {
    const now = this.#clock();
    this.#times.set(this.#phase, now - this.#begunAt);
    this.#begunAt = now;
    if (next !== null) this.#phase = next;
  }

  /** The times. @param isWhole - whether the last phase ended, and there is a total: the sum of all phases */
  times(isWhole: boolean): HttpTimes {
    const of = (phase: HttpPhase): Nanos | null => this.#times.get(phase) ?? null;
    return {
      resolve_ns: of('resolve'),
      connect_ns: of('connect'),
      tls_ns: of('tls'),
      first_byte_ns: of('first-byte'),
      transfer_ns: of('transfer'),
      total_ns: isWhole ? [...this.#times.values()].reduce((sum, ns) => sum + ns, 0) : null,
    };
  }
}
