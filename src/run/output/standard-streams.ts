/**
 * Standard input and output of a process, as the ports that commands use.
 *
 * @module
 */
import { fstatSync } from 'node:fs';
import type { DataStream } from './streams.ts';

const DRAINED = ['drain', 'error', 'close'];

/** The port for standard output. */
export function dataStream(stream: NodeJS.WriteStream): DataStream {
  const listeners: ((error: unknown) => void)[] = [];
  let failed = false;
  stream.on('error', (error) => {
    failed = true;
    for (const listener of listeners) listener(error);
  });
  return {
    isTTY: stream.isTTY === true,
    get columns() {
      return stream.isTTY ? stream.columns : undefined;
    },
    get rows() {
      return stream.isTTY ? stream.rows : undefined;
    },
    write: (text) => void stream.write(text),
    writeBytes: (bytes, onWritten) => void stream.write(bytes, onWritten),
    waiting: () => (failed ? 0 : stream.writableLength),
    drained: () => (stream.writableNeedDrain && !failed ? drainOf(stream) : undefined),
    onFailure: (listener) => void listeners.push(listener),
    flush: () =>
      new Promise((resolve) => {
        // The callback of a failed write comes before the error event.
        if (failed) resolve();
        else stream.write('', () => setImmediate(resolve));
      }),
  };
}

/** Settles when the stream takes more, or its reader has left. */
function drainOf(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      for (const event of DRAINED) stream.off(event, settle);
      resolve();
    };
    for (const event of DRAINED) stream.once(event, settle);
  });
}

/** Reads a stream to its end, at most `limit` bytes of it. */
export async function readBounded(stream: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of stream) {
    parts.push(part);
    length += part.length;
    if (length >= limit) break;
  }
  return new Uint8Array(Buffer.concat(parts).subarray(0, limit));
}

/** Permission bits of the file that a descriptor leads to; `null` if it leads elsewhere, or the system has none. */
export function fileModeOf(descriptor: number, platform: string): number | null {
  try {
    const stat = fstatSync(descriptor);
    return stat.isFile() && platform !== 'win32' ? stat.mode & 0o777 : null;
  } catch {
    // EBADF: it was closed before the program started.
    return null;
  }
}
