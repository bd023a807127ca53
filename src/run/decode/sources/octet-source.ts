/**
 * A capture file, or octets from a program, as a source of packets.
 *
 * @module
 */
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import type { CaptureChunks } from '../../capture/input-failure.ts';
import { captureChunks, openCapture } from '../../capture/open-capture.ts';
import { readChunks } from '../../capture/read-capture.ts';
import type { PacketSource } from '../decode-capture.ts';
import { StopReading } from './stop-reading.ts';

/**
 * Makes a source of the packets in a file.
 *
 * @param file - a path, `-` for the standard input, or octets. A stream is destroyed if reading ends early
 */
export function octetSource(file: string | AsyncIterable<Uint8Array>): PacketSource {
  return {
    name: typeof file === 'string' ? file : 'octets',
    isLive: false,
    read: async (reader, onRecord, signal, onPause) => {
      const chunks =
        typeof file === 'string' ? await openCapture({ path: file, stdin: process.stdin }) : captureChunks(file);
      await readChunks(
        untilAborted(chunks, signal, () => destroy(file)),
        reader,
        onRecord,
        signal,
        onPause,
      );
    },
  };
}

/**
 * The same chunks until `signal` is aborted. A consumer that waits for a chunk then is rejected with `StopReading`.
 *
 * @param release - makes a pending read return
 */
async function* untilAborted(chunks: CaptureChunks, signal: AbortSignal, release: () => void): CaptureChunks {
  let stopWaiting = (): void => undefined;
  const onAbort = (): void => stopWaiting();
  signal.addEventListener('abort', onAbort, { once: true });
  let isWaiting = false;
  try {
    for (let isFirst = true; ; isFirst = false) {
      isWaiting = true;
      // Not a race with one promise for all chunks: that would keep all chunks in memory until the end.
      const next = await new Promise<IteratorResult<Uint8Array, void>>((resolve, reject) => {
        stopWaiting = () => reject(new StopReading());
        // The first is asked for in any case: a generator that has not begun does not close its file.
        if (isFirst || !signal.aborted) chunks.next().then(resolve, reject);
        if (signal.aborted) stopWaiting();
      });
      isWaiting = false;
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    release();
    const returned = chunks.return().catch(() => undefined);
    // A read of a file returns, and then the file is closed. A read of a pipe without data may never return.
    await (isWaiting ? Promise.race([returned, delay(RETURN_LIMIT_MS, undefined, { ref: false })]) : returned);
  }
}

/** How long to wait for a pending read when reading was stopped. */
const RETURN_LIMIT_MS = 500;

function destroy(file: string | AsyncIterable<Uint8Array>): void {
  if (typeof file === 'object' && 'destroy' in file && typeof file.destroy === 'function') file.destroy();
}
