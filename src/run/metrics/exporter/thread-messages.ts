/**
 * Messages between an exporter and the threads of its probes.
 *
 * @module
 */
import type { ProbeModule } from '../../../core/shapes/metrics/exporter-config.ts';
import type { ProbeOutcome } from '../../../metrics/probe-outcome.ts';
import type { NamedTarget } from './probe-target.ts';

/** A probe to run. */
export interface ProbeTask {
  readonly module: ProbeModule;
  readonly target: NamedTarget;
  /** Address inside a tunnel; `null` without one. */
  readonly via: string | null;
  /** Of the servers; `null` without one. */
  readonly secret: Uint8Array | null;
}

/** What a thread is told. */
export type ToProbeThread = { readonly tag: 'run'; readonly task: ProbeTask } | { readonly tag: 'stop' };

/** What a thread tells. */
export type FromProbeThread =
  /** Round trips to the target, in nanoseconds, since the last such message. */
  | { readonly tag: 'round-trips'; readonly rttsNs: readonly number[] }
  | { readonly tag: 'ended'; readonly outcome: ProbeOutcome };
