/**
 * Reads a capture from start to end.
 *
 * @module
 */
import type { CaptureReader } from '../../capture/file/capture-reader.ts';
import { type CaptureRecord, createCaptureRecord } from '../../capture/record.ts';
import { type CaptureChunks, InputFailure } from './input-failure.ts';
import { type CaptureInput, openCapture } from './open-capture.ts';

/**
 * Is called with each packet. The record is borrowed until it returns, or the promise that it returns is settled. An
 * error that it throws ends the reading.
 */
export type OnRecord = (record: CaptureRecord) => unknown;

/** Is called when all packets received so far were passed on, and the next is not there yet. Its promise is awaited. */
export type OnPause = () => void | Promise<void>;

/**
 * Calls `onRecord` with every packet of a capture. An error inside the file is in `reader.fault` afterwards.
 *
 * @param reader - a new one
 * @throws NetError as `openCapture`; the reason of `signal`
 */
export async function readCapture(
  input: CaptureInput,
  reader: CaptureReader,
  onRecord: OnRecord,
  signal?: AbortSignal,
  onPause?: OnPause,
): Promise<void> {
  await readChunks(await openCapture(input), reader, onRecord, signal, onPause);
}

/** The same for a capture that is open already. */
export async function readChunks(
  chunks: CaptureChunks,
  reader: CaptureReader,
  onRecord: OnRecord,
  signal?: AbortSignal,
  onPause?: OnPause,
): Promise<void> {
  const record = createCaptureRecord();
  try {
    for await (const chunk of withPauses(chunks, onPause)) {
      signal?.throwIfAborted();
      reader.push(chunk);
      let outcome = reader.next(record);
      for (; outcome === 'record'; outcome = reader.next(record)) {
        const pending = onRecord(record);
        if (pending instanceof Promise) await pending;
      }
      if (outcome === 'end') return;
    }
    reader.finish();
  } catch (error) {
    if (!(error instanceof InputFailure)) throw error;
    reader.finish(error.message);
  }
  while (reader.next(record) === 'record') await onRecord(record);
}

/** Calls `onPause` whenever the next chunk is not available at once. */
async function* withPauses(chunks: CaptureChunks, onPause: OnPause | undefined): CaptureChunks {
  try {
    for (;;) {
      const next = chunks.next();
      // This also gives signals and the consumer of our output a turn of the event loop.
      if (!(await isThere(next))) await onPause?.();
      const { value, done } = await next;
      if (done === true) return;
      yield value;
    }
  } finally {
    await chunks.return();
  }
}

/** Whether a promise is settled in the next turn of the event loop: that delivers data that the system has already. */
async function isThere(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  promise.then(settle, settle);
  await new Promise(setImmediate);
  return settled;
}
