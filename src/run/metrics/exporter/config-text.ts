/**
 * The text of a file of modules.
 *
 * @module
 */
import { messageOf, usageError } from '../../../core/errors.ts';
import { quoted } from '../../../core/printable.ts';
import type { DecodePorts } from '../../decode/decode-ports.ts';

/** More than any list of modules has. */
const MAX_BYTES = 1 << 20;

/** Reads what `--config` names. @throws NetError `ERR_USAGE` if it cannot be read, or is longer than 1 MiB */
export async function configText(path: string, { readFile }: Pick<DecodePorts, 'readFile'>): Promise<string> {
  let bytes: Uint8Array;
  try {
    ({ bytes } = await readFile(path, MAX_BYTES + 1));
  } catch (error) {
    throw usageError(`--config ${quoted(path)}: cannot read the file: ${messageOf(error)}`, { cause: error });
  }
  if (bytes.length > MAX_BYTES) throw usageError(`--config ${quoted(path)}: longer than ${MAX_BYTES} bytes`);
  return new TextDecoder().decode(bytes);
}
