/**
 * What a trace is to do, the probes that it sends, and the answers that come back.
 *
 * @module
 */
import type { MplsLabel } from '../../core/shapes/path/trace.ts';
import type { Instant, Nanos } from '../../core/time.ts';

/** Parameters of a trace. */
export interface TracePlan {
  /** `trace` ends by itself; `mtr` repeats until it is stopped, or for a number of rounds. */
  readonly kind: 'trace' | 'mtr';
  /** Address of the target, in the form in which answers have it. */
  readonly target: string;
  readonly maxHops: number;
  /** Probes for each hop (trace), or rounds (mtr); `null` until it is stopped. */
  readonly rounds: number | null;
  /** Rounds at the start that are not counted. */
  readonly warmup: number;
  /** Time from one round to the next; in a trace with several flows, from one flow to the next. */
  readonly gapNs: Nanos;
  /** Time after which no round begins; `null` for none. */
  readonly durationNs: Nanos | null;
  /** Flows, each with a source port of its own. */
  readonly flows: number;
  /** Longest wait for an answer. A TCP probe is sent again by the kernel after 1 s, so it waits less. */
  readonly longestWaitNs: Nanos;
}

/** A probe that is to be sent now. */
export interface Probe {
  /** Number of the probe, 1 and up: its answer has to bring it back. */
  readonly id: number;
  readonly flow: number;
  readonly ttl: number;
}

/**
 * What an answer says.
 *
 * - `time-exceeded`: from a router
 * - `target`: from the target: port unreachable, echo reply, connected, refused
 * - `unreachable`: from a router that does not deliver
 * - `too-big`: from a router whose next link takes less
 */
export type AnswerKind = 'time-exceeded' | 'target' | 'unreachable' | 'too-big';

/** An answer to a probe. */
export interface ProbeAnswer {
  /** `null`: the answer quotes too little of the probe to say to which. */
  readonly id: number | null;
  readonly flow: number;
  readonly from: string;
  readonly kind: AnswerKind;
  /** For `unreachable`: why, in words. */
  readonly reason: string | null;
  /** TTL that the answer arrived with; `null` where the system does not say. */
  readonly ttl: number | null;
  /** For `too-big`: MTU of the next link. */
  readonly mtuBytes: number | null;
  /** MPLS labels with which the probe arrived there; empty where the answer has none. */
  readonly labels: readonly MplsLabel[];
  readonly at: Instant;
}
