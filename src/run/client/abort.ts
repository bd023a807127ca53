/**
 * The error of an aborted run.
 *
 * @module
 */
import { NetError } from '../../core/errors.ts';

/**
 * The reason of the signal if it is a NetError (`stopped by SIGINT`); otherwise `ERR_ABORTED` with a general message.
 */
export function abortError(signal: AbortSignal | null): NetError {
  const reason: unknown = signal?.reason;
  return reason instanceof NetError ? reason : new NetError('ERR_ABORTED', 'stopped before the end');
}
