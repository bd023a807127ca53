/**
 * What the thread of a trace is given, and what it reports.
 *
 * @module
 */
import type { ErrorCode } from '../../../core/errors.ts';
import type { HopRow, TraceRound } from '../../../core/shapes/path/trace.ts';
import type { Nanos } from '../../../core/time.ts';
import type { TraceOutcome } from '../../../path/trace/trace-outcome.ts';
import type { TracePlan } from '../../../path/trace/trace-plan.ts';
import type { PortPlan } from './probe-port.ts';

/** Words that a thread waits for. Each is 0, and 1 when the trace is to end now, or may begin. */
export const WORD = { cancelled: 0, go: 1 } as const;

/** The plan of a thread. */
export interface TraceThreadPlan {
  readonly trace: TracePlan;
  readonly port: PortPlan;
  /** Time from the moment when it may begin to the one when it does. */
  readonly delayNs: Nanos;
  /** By {@link WORD}. */
  readonly control: Int32Array;
}

/** Reports of the thread, in the order in which things happen. `ended` or `failed` is the last one. */
export type TraceReport =
  | { readonly tag: 'started'; readonly started: StartedTrace }
  | { readonly tag: 'hop'; readonly hop: HopRow }
  | { readonly tag: 'round'; readonly round: TraceRound }
  | { readonly tag: 'ended'; readonly outcome: TraceOutcome; readonly end: TraceEnd }
  | { readonly tag: 'failed'; readonly code: ErrorCode; readonly message: string };

/** The report with which a trace is over. */
export type LastReport = Extract<TraceReport, { tag: 'ended' | 'failed' }>;

/** How the probes are sent. */
export interface StartedTrace {
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly port: number;
  readonly method: string;
  /** What was done instead of what was asked; `null` if it was done. */
  readonly instead: string | null;
}

/** How a trace ended. */
export interface TraceEnd {
  readonly durationNs: number;
  /** False if it was cancelled. */
  readonly complete: boolean;
  readonly sourceAddress: string | null;
  readonly sourcePort: number | null;
  /** Round trips to the target, by which several traces are compared: see `TraceEngine.targetRtts`. */
  readonly targetRtts: ReadonlyMap<number, Nanos>;
  /** Probes that this host refused to send, and the last reason; `null` for none. */
  readonly refused: { readonly count: number; readonly reason: string } | null;
}
