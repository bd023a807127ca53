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
 * Runs one test. It rejects with a NetError where nothing can be measured: the protocol or the system does not allow
 * it. A test that began gives a result, whatever becomes of it.
 */
export type ProbeRunner = (request: ProbeRequest, deps: ProbeDeps) => Promise<PathTestResult>;

/**
 * Runs one test over several lanes, which differ in source or address, interleaved. It gives a result for each lane, in
 * their order, and rejects where none can be measured.
 */
export type LaneRunner = (requests: readonly ProbeRequest[], deps: ProbeDeps) => Promise<readonly PathTestResult[]>;

/** How a kind of test is run: each source and address by itself, or all together. */
export type KindRunner =
  | { readonly tag: 'each'; readonly run: ProbeRunner }
  | { readonly tag: 'lanes'; readonly run: LaneRunner };
