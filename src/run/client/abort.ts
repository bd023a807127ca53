/**
 * What an aborted run fails with.
 *
 * @module
 */
import { NetError } from '../../core/errors.ts';

/** The caller's own reason if it is one of ours (`stopped by SIGINT`), else a plain word. */
export function abortError(signal: AbortSignal | null): NetError {
  const reason: unknown = signal?.reason;
  return reason instanceof NetError ? reason : new NetError('ERR_ABORTED', 'stopped before the end');
}
