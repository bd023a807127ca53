/**
 * The failure to open a file to write to. It is the host's, or the name is wrong: both show in the message.
 *
 * @module
 */
import { messageOf, NetError } from './errors.ts';
import { quoted } from './printable.ts';

/** @param field - the option or field that names the file. @param cause - what the system says */
export function cannotWrite(field: string, path: string, cause: unknown): NetError {
  return new NetError('ERR_OUTPUT', `${field} ${quoted(path)}: cannot write the file: ${messageOf(cause)}`, { cause });
}
