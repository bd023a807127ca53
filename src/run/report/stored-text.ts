/**
 * The text of a stored document or stream, from a file or from standard input, gzipped or not.
 *
 * @module
 */
import { gunzipSync } from 'node:zlib';
import { messageOf, NetError } from '../../core/errors.ts';
import { quoted } from '../../core/printable.ts';
import type { FileContent } from '../decode/decode-ports.ts';

/** Most octets of one file, and of its text if it is gzipped: a day of rows of a second has less than a tenth. */
export const MOST_STORED_BYTES = 64 << 20;

/** Reads at most so many octets. */
export interface StoredPorts {
  readonly readFile: (path: string, limit: number) => Promise<FileContent>;
  readonly readStdin: (limit: number) => Promise<Uint8Array>;
}

/**
 * Reads a file; `-` is standard input. What is no UTF-8 in it becomes U+FFFD, and a byte order mark is left out.
 *
 * @throws NetError `ERR_USAGE` if it cannot be read, or is longer than the limit
 */
export async function readStoredText(path: string, { readFile, readStdin }: StoredPorts): Promise<string> {
  const limit = MOST_STORED_BYTES;
  try {
    const bytes = path === '-' ? await readStdin(limit + 1) : (await readFile(path, limit + 1)).bytes;
    const isGzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const plain = isGzipped ? gunzipSync(bytes, { maxOutputLength: limit + 1 }) : bytes;
    if (plain.length > limit) throw new RangeError(`longer than ${limit >> 20} MiB`);
    return new TextDecoder().decode(plain);
  } catch (error) {
    throw new NetError('ERR_USAGE', `${quoted(path)}: cannot read it: ${messageOf(error)}`, { cause: error });
  }
}
