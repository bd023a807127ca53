/**
 * Input and output of the rules that find what limited a test.
 *
 * @module
 */
import type { CpuFacts, End, FlowResult, LimitedBy } from '../../core/shapes/flow.ts';
import type { Clip, TestSpec } from '../../core/shapes/spec.ts';
import type { ThreadUse } from '../flow/thread-use.ts';
import type { PathTrial } from './path-trial.ts';

/** What is known about one direction of a bandwidth test. */
export interface LimitInputs {
  readonly spec: TestSpec;
  /** What the server cut of the test that was asked for. */
  readonly clipped: readonly Clip[];
  readonly flow: FlowResult;
  readonly cpu: Readonly<Record<End, CpuFacts | null>>;
  /** The thread that had the least time to spare, among the senders and among the receivers of this direction. */
  readonly senderThread: ThreadUse | null;
  readonly receiverThread: ThreadUse | null;
  /** What was tried on the path afterwards; `null` if nothing was. */
  readonly trial: PathTrial | null;
}

/** The cause that a rule found, with its evidence; `undefined` if it found none. */
export type Finding = Omit<LimitedBy, 'direction'> | undefined;
