/**
 * What runs one test of a path.
 *
 * @module
 */
import type { PathTestResult } from '../../core/shapes/path/document.ts';
import type { ProbeEvent } from '../../core/shapes/path/events.ts';
import type { ProbeRequest } from '../../core/shapes/path/probe-spec.ts';

/** What a runner needs besides its request. */
export interface ProbeDeps {
  /** Ends the test; the runner then returns what was measured, with `complete: false`. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: ProbeEvent) => void;
}

/**
 * Runs one test over its lanes, which differ in source or address: at the same time, interleaved, or one after the other. It
 * gives a result for each lane, in their order; fewer if it was stopped before all of them began. It rejects with a NetError
 * where none can be measured: the protocol or the system does not allow it. A test that began gives a result, whatever
 * becomes of it.
 */
export type LaneRunner = (requests: readonly ProbeRequest[], deps: ProbeDeps) => Promise<readonly PathTestResult[]>;
