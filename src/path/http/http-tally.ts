/**
 * Figures of repeated HTTP runs: a distribution for each phase, and why runs failed.
 *
 * @module
 */
import type { HttpResult, HttpRun } from '../../core/shapes/path/http.ts';
import { Histogram } from '../../stats/histogram.ts';

/** Different failures and status codes that are listed. */
const MOST_LISTED = 16;

/** The part of a result that the runs give. */
export type HttpFigures = Pick<
  HttpResult,
  | 'runs'
  | 'runs_failed'
  | 'failures'
  | 'resolve_ns'
  | 'connect_ns'
  | 'tls_ns'
  | 'first_byte_ns'
  | 'transfer_ns'
  | 'total_ns'
  | 'statuses'
  | 'body_bytes'
>;

/** Counts the runs of one lane. Those of the warm-up are not recorded. */
export class HttpTally {
  readonly #phases = {
    resolve_ns: new Histogram(),
    connect_ns: new Histogram(),
    tls_ns: new Histogram(),
    first_byte_ns: new Histogram(),
    transfer_ns: new Histogram(),
    total_ns: new Histogram(),
  };
  readonly #failures = new Map<string, HttpResult['failures'][number]>();
  readonly #statuses = new Map<number, number>();
  #runs = 0;
  #failed = 0;
  #body: { min: number; max: number } | null = null;

  /** Records a run. The phases that a failed run completed count too. */
  record(run: HttpRun): void {
    this.#runs++;
    for (const name of ['resolve_ns', 'connect_ns', 'tls_ns', 'first_byte_ns', 'transfer_ns', 'total_ns'] as const) {
      const ns = run[name];
      if (ns !== null) this.#phases[name].record(Math.max(0, ns));
    }
    if (run.status !== null && (this.#statuses.has(run.status) || this.#statuses.size < MOST_LISTED)) {
      this.#statuses.set(run.status, (this.#statuses.get(run.status) ?? 0) + 1);
    }
    const bytes = run.body_bytes;
    if (bytes !== null && run.failure === null) {
      this.#body = { min: Math.min(this.#body?.min ?? bytes, bytes), max: Math.max(this.#body?.max ?? bytes, bytes) };
    }
    if (run.failure === null) return;
    this.#failed++;
    const key = `${run.failure.phase} ${run.failure.code}`;
    const known = this.#failures.get(key);
    if (known) this.#failures.set(key, { ...known, count: known.count + 1 });
    else if (this.#failures.size < MOST_LISTED) this.#failures.set(key, { ...run.failure, count: 1 });
  }

  /** The figures so far. */
  figures(): HttpFigures {
    const { resolve_ns, connect_ns, tls_ns, first_byte_ns, transfer_ns, total_ns } = this.#phases;
    return {
      runs: this.#runs,
      runs_failed: this.#failed,
      failures: [...this.#failures.values()].sort((one, other) => other.count - one.count),
      resolve_ns: resolve_ns.distribution(),
      connect_ns: connect_ns.distribution(),
      tls_ns: tls_ns.distribution(),
      first_byte_ns: first_byte_ns.distribution(),
      transfer_ns: transfer_ns.distribution(),
      total_ns: total_ns.distribution(),
      statuses: [...this.#statuses]
        .map(([status, count]) => ({ status, count }))
        .sort((one, other) => other.count - one.count),
      body_bytes: this.#body,
    };
  }
}
