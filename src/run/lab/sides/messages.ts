/**
 * What the command line's process and the one inside the namespaces tell each other.
 *
 * @module
 */
import type { ErrorCode } from '../../../core/errors.ts';
import type { LabConfig, LabDocument, LabEvent } from '../../../core/shapes/lab.ts';

/** What the lab is asked for, without what cannot travel. */
export type LabPlan = Omit<LabConfig, 'signal' | 'onEvent'>;

export type LabRequest =
  | { readonly tag: 'begin'; readonly plan: LabPlan }
  | { readonly tag: 'stop'; readonly reason: string };

export type LabReport =
  /** The process is there, inside its namespaces. */
  | { readonly tag: 'inside' }
  | { readonly tag: 'event'; readonly event: LabEvent }
  | { readonly tag: 'ended'; readonly document: LabDocument }
  | {
      readonly tag: 'failed';
      /** What may still work: namespaces made in another way, the lab without them, or nothing that is known of. */
      readonly instead: 'namespaces' | 'engines' | 'nothing';
      readonly code: ErrorCode;
      readonly message: string;
    };
