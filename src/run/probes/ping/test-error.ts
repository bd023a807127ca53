/**
 * The error of a test: it was cut short, or nothing was answered.
 *
 * @module
 */
import { abortError } from '../../client/abort.ts';

/** How much was asked for. */
interface Asked {
  readonly count: number | null;
  readonly durationNs: number;
}

type TestError = { readonly code: string; readonly message: string } | null;

/**
 * The error of a test that was stopped before its end; `null` if it was not. A test without an end of its own, as with
 * `-d 0`, is whole whenever it is stopped.
 */
export function cutError(signal: AbortSignal, { count, durationNs }: Asked): TestError {
  if (!signal.aborted || (durationNs === 0 && count === null)) return null;
  const { code, message } = abortError(signal);
  return { code, message };
}

/**
 * The error of a test: what cut it short, or that all attempts failed.
 *
 * @param what - an attempt, as in `no probe was answered`
 */
export function testError(cut: TestError, succeeded: number, failed: number, what: string): TestError {
  if (cut !== null || succeeded > 0 || failed === 0) return cut;
  return { code: 'ERR_NOTHING_RECEIVED', message: what };
}
