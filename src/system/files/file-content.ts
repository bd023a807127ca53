/**
 * Reads files that users name, up to a limit, and creates files that hold secrets.
 *
 * @module
 */
import { open } from 'node:fs/promises';
import process from 'node:process';
import { openPrivateFile } from './private-file.ts';

/**
 * Reads at most `limit` bytes, since the user may name a device that never ends. `mode` has the permission bits; `null`
 * where the system has none, and for other than regular files.
 */
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
    // The mode of a pipe, /dev/stdin and similar says nothing about who can read the content.
    const mode = process.platform !== 'win32' && stat.isFile() ? stat.mode & 0o777 : null;
    const bytes = buffer.slice(0, length);
    // The content may be a secret, and the caller can zero only `bytes`.
    buffer.fill(0, 0, length);
    return { bytes, mode };
  } finally {
    await file.close();
  }
}

/** Opens a file that only its owner can read, for writing in pieces (see `openPrivateFile`). */
export async function openSecretOutput(path: string) {
  const file = await openPrivateFile(path);
  return {
    write: async (text: string): Promise<void> => void (await file.appendFile(text)),
    writeBytes: async (bytes: Uint8Array): Promise<void> => void (await file.appendFile(bytes)),
    close: (): Promise<void> => file.close(),
  };
}
