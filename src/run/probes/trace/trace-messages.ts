/**
 * What the thread of a trace is given, and what it reports.
 *
 * @module
 */
import type { ErrorCode } from '../../../core/errors.ts';
import type { HopRow, TraceRound } from '../../../core/shapes/path/trace.ts';
import type { TraceOutcome } from '../../../path/trace/trace-outcome.ts';
import type { TracePlan } from '../../../path/trace/trace-plan.ts';
import type { PortPlan } from './probe-port.ts';

/** The plan of a thread. `cancelled[0]` is not 0 when the trace is to end now. */
export interface TraceThreadPlan {
  readonly trace: TracePlan;
  readonly port: PortPlan;
  readonly cancelled: Int32Array;
}

/** Reports of the thread, in the order in which things happen. `ended` or `failed` is the last one. */
export type TraceReport =
  | { readonly tag: 'started'; readonly started: StartedTrace }
  | { readonly tag: 'hop'; readonly hop: HopRow }
  | { readonly tag: 'round'; readonly round: TraceRound }
  | { readonly tag: 'ended'; readonly outcome: TraceOutcome; readonly end: TraceEnd }
  | { readonly tag: 'failed'; readonly code: ErrorCode; readonly message: string };

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
  /** Probes that this host refused to send, and the last reason; `null` for none. */
  readonly refused: { readonly count: number; readonly reason: string } | null;
}
