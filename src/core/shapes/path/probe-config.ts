/**
 * Configuration of a run of probes.
 *
 * @module
 */
import type { EngineChoice } from '../spec.ts';
import type { ProbeEvent } from './events.ts';
import type { ProbedServer, ProbeSource, ProbeSpec, ProbeTarget } from './probe-spec.ts';

/** Configuration of one run of `probe`. */
export interface ProbeConfig {
  readonly target: ProbeTarget;
  /** The target is a server of winze, at its port; `null` for any other host. */
  readonly server: ProbedServer | null;
  /** Tests to run one after the other. */
  readonly tests: readonly ProbeSpec[];
  readonly title: string | null;
  /**
   * IP versions to test; empty for that of the first address of the name. Traces run at the same time, pings, connections and
   * HTTP are interleaved, and searches for the path MTU come one after the other.
   */
  readonly families: readonly (4 | 6)[];
  /** Sources that are compared, in the same way; empty for the one of `local_address` and `device`. */
  readonly sources: readonly ProbeSource[];
  /** Other addresses of the same target, such as inside a tunnel, which are compared with it in the same way. */
  readonly via: readonly string[];
  readonly local_address: string | null;
  /** Network device to bind to (SO_BINDTODEVICE). */
  readonly device: string | null;
  readonly connect_timeout_ns: number;
  readonly engine: EngineChoice;
  /** Ends the run; what was measured until then is returned. */
  readonly signal: AbortSignal | null;
  readonly onEvent: (event: ProbeEvent) => void;
}
