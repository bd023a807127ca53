/**
 * What the near process and the far one tell each other.
 *
 * @module
 */

import type { ErrorCode } from '../../../core/errors.ts';
import type { EngineChoice } from '../../../core/shapes/config.ts';

export type FarRequest =
  | { readonly tag: 'run'; readonly id: number; readonly argv: readonly string[]; readonly input: string }
  | { readonly tag: 'start'; readonly id: number; readonly argv: readonly string[]; readonly name: string }
  | { readonly tag: 'serve'; readonly id: number; readonly engine: EngineChoice };

export type FarReport =
  | { readonly tag: 'ready' }
  /** `value` is the output of `run`, the process id of `start`, the port of `serve`. */
  | { readonly tag: 'done'; readonly id: number; readonly value: string | number }
  | { readonly tag: 'failed'; readonly id: number; readonly code: ErrorCode; readonly message: string }
  /** What was started by the request `id` has ended. */
  | { readonly tag: 'ended'; readonly id: number; readonly said: string };
