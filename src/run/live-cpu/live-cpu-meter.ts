/**
 * Processor use of this process while a test runs, for a display that changes.
 *
 * @module
 */
import { NS_PER_MS, NS_PER_US } from '../../core/time.ts';

/** The kernel counts in ticks of up to 10 ms: a shorter time has no figure. */
const LEAST_NS = 100 * NS_PER_MS;

/** Reads the use between one call and the next. */
export class LiveCpuMeter {
  readonly #now: () => bigint;
  readonly #usage: () => NodeJS.CpuUsage;
  #lastNs: bigint;
  #last: NodeJS.CpuUsage;

  /**
   * @param now - nanoseconds of a monotonic clock
   * @param usage - processor time of this process since it began, all threads together
   */
  constructor(now: () => bigint = process.hrtime.bigint, usage: () => NodeJS.CpuUsage = process.cpuUsage) {
    this.#now = now;
    this.#usage = usage;
    this.#lastNs = now();
    this.#last = usage();
  }

  /** The share of a core that was used since the call before, or since construction; `null` after less than 0.1 s. */
  take(): number | null {
    const usage = this.#usage();
    const now = this.#now();
    const elapsed = Number(now - this.#lastNs);
    if (elapsed < LEAST_NS) return null;
    const used = usage.user + usage.system - this.#last.user - this.#last.system;
    this.#lastNs = now;
    this.#last = usage;
    return (used * NS_PER_US) / elapsed;
  }
}
