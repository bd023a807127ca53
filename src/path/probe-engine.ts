/**
 * What a loop of probes asks of an engine: which probe is due, and what became of those that were sent.
 *
 * @module
 */
import type { Instant } from '../core/time.ts';
import type { AnswerFacts, Failure } from './probe-outcome.ts';

/** A probe to be sent now. */
export interface DueProbe {
  /** Number of the probe, from 0, over warm-up and measured probes together. */
  readonly sequence: number;
  readonly dueAt: Instant;
  readonly isWarmup: boolean;
}

/** Hears what becomes of probes. */
export interface ProbeOutcomes {
  /** Records an answer. One to a probe that was never sent is ignored. */
  handleAnswer(sequence: number, at: Instant, facts: AnswerFacts): void;
  /** Records that a probe failed. A probe that does not wait any more is left as it is. */
  handleFailure(sequence: number, at: Instant, failure: Failure): void;
  /** The only probe that waits; `undefined` if there are none or several. */
  theOnlyOne(): number | undefined;
}

/** An engine without I/O that decides which probes are sent when. @typeParam E - its events */
export interface ProbeEngine<E> extends ProbeOutcomes {
  /** When the next probe is due; infinite if none is left, or none may be sent before another one ends. */
  readonly dueAt: Instant;
  /** Number of the probe that will be sent next. */
  readonly nextSequence: number;
  /** Whether every probe was sent, and none waits. */
  readonly isDone: boolean;
  /** Takes the probe that is due at `now`, for the caller to send; `undefined` if none is. `handleSent` says when it left. */
  takeProbe(now: Instant): DueProbe | undefined;
  /** Records when a probe left. Taking a probe costs tens of microseconds, which are to be before it leaves. */
  handleSent(sequence: number, at: Instant): void;
  /** Gives up probes whose time is over. */
  handleTimeout(now: Instant): void;
  /** When to call `handleTimeout` next; infinite for never. Changes with every other call. */
  pollTimeout(): Instant;
  pollEvent(): E | undefined;
}
