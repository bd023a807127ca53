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

/**
 * Gives every packet of a capture to `onRecord`. What is wrong with the file is then `reader.fault`.
 *
 * @param reader - a new one.
 * @param onPause - called when all packets that have come so far were given; the next may be long in coming.
 * @throws NetError as `openCapture`, and the reason of `signal`.
 */
export async function readCapture(
  input: CaptureInput,
  reader: CaptureReader,
  onRecord: OnRecord,
  signal?: AbortSignal,
  onPause?: () => void,
): Promise<void> {
  await readChunks(await openCapture(input), reader, onRecord, signal, onPause);
}

/** The same, of octets that are there already. */
export async function readChunks(
  chunks: CaptureChunks,
  reader: CaptureReader,
  onRecord: OnRecord,
  signal?: AbortSignal,
  onPause?: () => void,
): Promise<void> {
  const record = createCaptureRecord();
  try {
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      reader.push(chunk);
      let outcome = reader.next(record);
      for (; outcome === 'record'; outcome = reader.next(record)) {
        const pending = onRecord(record);
        if (pending instanceof Promise) await pending;
      }
      if (outcome === 'end') return;
      onPause?.();
    }
    reader.finish();
  } catch (error) {
    if (!(error instanceof InputFailure)) throw error;
    reader.finish(error.message);
  }
  while (reader.next(record) === 'record') await onRecord(record);
}
