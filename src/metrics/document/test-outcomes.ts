/**
 * Which kinds of tests of a document have all of their figures, and why the others have not.
 *
 * @module
 */
import type { Labels } from '../exposition.ts';
import { failureOf } from '../probe-outcome.ts';
import type { SampleSet } from './sample-set.ts';

/** An error as documents have it. */
export interface DocumentError {
  readonly code: string;
  readonly message: string;
}

/** What a test came to. */
export interface TestOutcome {
  /** Kind of the test. */
  readonly module: string;
  readonly complete: boolean;
  readonly error: DocumentError | null;
}

/** Module of the run as a whole, which is there even if nothing else is. */
const RUN = 'run';

/** Whether the figures of a test count: those of one that was cut short would be averaged with whole ones. */
export function hasFigures({ complete, error }: Omit<TestOutcome, 'module'>): boolean {
  return complete && error === null;
}

/** Adds the success of the run and of each kind of test, and the first reason why one has none. */
export function addOutcomes(
  out: SampleSet,
  labels: Labels,
  run: Omit<TestOutcome, 'module'>,
  tests: readonly TestOutcome[],
): void {
  const told = new Set<string>();
  for (const outcome of [{ ...run, module: RUN }, ...tests]) {
    const at = { ...labels, module: outcome.module };
    const isWhole = hasFigures(outcome);
    out.add('winze_probe_success', at, isWhole ? 1 : 0);
    if (isWhole || told.has(outcome.module)) continue;
    told.add(outcome.module);
    const error = outcome.error ?? tests.find((test) => test.error !== null)?.error ?? null;
    out.add('winze_probe_failure_info', { ...at, reason: reasonOf(error) }, 1);
  }
}

/** A run may be stopped by whoever started it; a probe of an exporter is stopped by its time alone. */
function reasonOf(error: DocumentError | null): string {
  return error?.code === 'ERR_ABORTED' ? 'stopped' : failureOf(error?.code ?? '');
}
