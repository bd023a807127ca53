/**
 * Errors of the user's command line.
 *
 * @module
 */
import { NetError } from '../../core/errors.ts';

/** Creates a usage error: one line that says what is wrong and what to write instead. Exit status 2. */
export function usage(message: string, options?: { readonly cause?: unknown }): NetError {
  return new NetError('ERR_USAGE', message, options);
}
