/**
 * What a client may ask of the server besides a test.
 *
 * @module
 */
import type { TraceAsk } from '../core/shapes/path/trace-back.ts';
import type { TestPurpose } from '../core/shapes/spec.ts';

/** Additions to a request for a test. */
export interface TestExtras {
  /** Whether the server should capture the tunnel's packets during the test. */
  readonly capture: boolean;
  /** The trace back that the server is to make in a latency test over UDP; `null` for none. */
  readonly trace: TraceAsk | null;
  /** What the test is for, if it is no measurement of its own; the server's operator sees it. */
  readonly purpose: TestPurpose | null;
  /** Whether the server tells its processor use while the test runs. An older one does not. */
  readonly live_cpu: boolean;
}
