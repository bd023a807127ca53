/**
 * Reads a capture from end to end.
 *
 * @module
 */
import type { CaptureReader } from '../../capture/file/capture-reader.ts';
import { type CaptureRecord, createCaptureRecord } from '../../capture/record.ts';
import { type CaptureChunks, InputFailure } from './input-failure.ts';
import { type CaptureInput, openCapture } from './open-capture.ts';

/** Borrows the record until it returns; a promise that it returns is waited for. What it throws ends the reading. */
export type OnRecord = (record: CaptureRecord) => unknown;

/** Called when all packets that have come so far were given: the next may be long in coming. What it returns is waited for. */
export type OnPause = () => void | Promise<void>;

/**
 * Gives every packet of a capture to `onRecord`. What is wrong with the file is then `reader.fault`.
 *
 * @param reader - a new one.
 * @throws NetError as `openCapture`, and the reason of `signal`.
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

/** The same, of octets that are there already. */
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

/** Calls `onPause` whenever the next chunk is not there when it is asked for. */
async function* withPauses(chunks: CaptureChunks, onPause: OnPause | undefined): CaptureChunks {
  try {
    for (;;) {
      const next = chunks.next();
      // In between, signals and whoever takes our output get their turn.
      if (!(await isThere(next))) await onPause?.();
      const { value, done } = await next;
      if (done === true) return;
      yield value;
    }
  } finally {
    await chunks.return();
  }
}

/** Whether a promise is settled by the next turn of the event loop, which brings what the system has already. */
async function isThere(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  promise.then(settle, settle);
  await new Promise(setImmediate);
  return settled;
}
