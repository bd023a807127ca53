/**
 * Errors of the user's command line.
 *
 * @module
 */
import { NetError } from '../core/errors.ts';
import { printable } from '../report/escape.ts';

/** A usage error: one line that says what is wrong and what to write instead. Exit status 2. */
export function usage(message: string, options?: { readonly cause?: unknown }): NetError {
  return new NetError('ERR_USAGE', message, options);
}

/** Text that the user typed, as it may appear in a message: one line, every character visible. */
export function quoted(text: string): string {
  return printable(text, 100);
}
