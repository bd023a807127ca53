/**
 * The error for a file that could not be opened for writing.
 *
 * @module
 */
import { messageOf, NetError } from './errors.ts';
import { quoted } from './printable.ts';

/**
 * Makes the `ERR_OUTPUT` error for a file that cannot be written.
 *
 * @param field - the option or field that names the file
 * @param cause - the error of the file system
 */
export function cannotWrite(field: string, path: string, cause: unknown): NetError {
  return new NetError('ERR_OUTPUT', `${field} ${quoted(path)}: cannot write the file: ${messageOf(cause)}`, { cause });
}
