/**
 * Messages between the process of the command line and the near process in the namespaces.
 *
 * @module
 */
import type { ErrorCode } from '../../../core/errors.ts';
import type { LabConfig, LabDocument, LabEvent } from '../../../core/shapes/lab.ts';

/** The options of the lab that can be sent as a message. */
export type LabPlan = Omit<LabConfig, 'signal' | 'onEvent'>;

/** Messages to the near process. */
export type LabRequest =
  | { readonly tag: 'begin'; readonly plan: LabPlan }
  | { readonly tag: 'stop'; readonly reason: string };

/** Messages from the near process. */
export type LabReport =
  /** The process runs in its namespaces. */
  | { readonly tag: 'inside' }
  | { readonly tag: 'event'; readonly event: LabEvent }
  | { readonly tag: 'ended'; readonly document: LabDocument }
  | {
      readonly tag: 'failed';
      /** What may work instead: namespaces created in another way, the lab without namespaces, or nothing. */
      readonly instead: 'namespaces' | 'engines' | 'nothing';
      readonly code: ErrorCode;
      readonly message: string;
    };
