/**
 * Whether a test was cut short.
 *
 * @module
 */
import { abortError } from '../../client/abort.ts';

/**
 * The error of a test that was stopped before its end; `null` if it was not. A test without an end of its own, as with
 * `-d 0`, is whole whenever it is stopped.
 */
export function cutError(
  signal: AbortSignal,
  { count, durationNs }: { readonly count: number | null; readonly durationNs: number },
): { readonly code: string; readonly message: string } | null {
  if (!signal.aborted || (durationNs === 0 && count === null)) return null;
  const { code, message } = abortError(signal);
  return { code, message };
}
