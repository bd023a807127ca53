/**
 * Reads files that users name, with a bound, and creates those that hold secrets.
 *
 * @module
 */
import { open } from 'node:fs/promises';
import process from 'node:process';
import { openPrivateFile } from './private-file.ts';

/** Reads at most `limit` bytes: the user may name a device that never ends. `mode` is `null` where the system has none. */
export async function readBoundedFile(
  path: string,
  limit: number,
): Promise<{ readonly bytes: Uint8Array; readonly mode: number | null }> {
  const file = await open(path, 'r');
  try {
    const buffer = new Uint8Array(limit);
    let length = 0;
    while (length < limit) {
      const { bytesRead } = await file.read(buffer, length, limit - length, null);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    const stat = await file.stat();
    // Of /dev/stdin, a pipe and the like it says nothing about who can read what is in it.
    const mode = process.platform !== 'win32' && stat.isFile() ? stat.mode & 0o777 : null;
    const bytes = buffer.slice(0, length);
    // What was read may be a secret, and whoever reads it zeroes `bytes` alone.
    buffer.fill(0, 0, length);
    return { bytes, mode };
  } finally {
    await file.close();
  }
}

/** Opens a file that only its owner can read, to write to it piece by piece. */
export async function openSecretOutput(path: string) {
  const file = await openPrivateFile(path);
  return {
    write: async (text: string): Promise<void> => void (await file.appendFile(text)),
    writeBytes: async (bytes: Uint8Array): Promise<void> => void (await file.appendFile(bytes)),
    close: (): Promise<void> => file.close(),
  };
}
