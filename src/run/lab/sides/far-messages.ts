/**
 * Messages between the near process and the far process.
 *
 * @module
 */

import type { ErrorCode } from '../../../core/errors.ts';
import type { EngineChoice } from '../../../core/shapes/spec.ts';

/** Requests to the far process; the report to each has the same `id`. */
export type FarRequest =
  | { readonly tag: 'run'; readonly id: number; readonly argv: readonly string[]; readonly input: string }
  | { readonly tag: 'start'; readonly id: number; readonly argv: readonly string[]; readonly name: string }
  | { readonly tag: 'serve'; readonly id: number; readonly engine: EngineChoice };

/** Messages from the far process. */
export type FarReport =
  | { readonly tag: 'ready' }
  /** `value` is the output of `run`, the process id of `start`, the port of `serve`. */
  | { readonly tag: 'done'; readonly id: number; readonly value: string | number }
  | { readonly tag: 'failed'; readonly id: number; readonly code: ErrorCode; readonly message: string }
  /** The program that the request `id` has started has ended. */
  | { readonly tag: 'ended'; readonly id: number; readonly said: string };
