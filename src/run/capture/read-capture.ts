/**
 * Reads a capture from end to end.
 *
 * @module
 */
import type { CaptureReader } from '../../capture/file/capture-reader.ts';
import { type CaptureRecord, createCaptureRecord } from '../../capture/record.ts';
import { InputFailure } from './input-failure.ts';
import { type CaptureInput, openCapture } from './open-capture.ts';

/**
 * Gives every packet of a capture to `onRecord`. What is wrong with the file is then `reader.fault`.
 *
 * @param reader - a new one.
 * @param onRecord - borrows the record until it returns.
 * @throws NetError as `openCapture`, and the reason of `signal`.
 */
export async function readCapture(
  input: CaptureInput,
  reader: CaptureReader,
  onRecord: (record: CaptureRecord) => void,
  signal?: AbortSignal,
): Promise<void> {
  const record = createCaptureRecord();
  try {
    for await (const chunk of await openCapture(input)) {
      signal?.throwIfAborted();
      reader.push(chunk);
      let outcome = reader.next(record);
      for (; outcome === 'record'; outcome = reader.next(record)) onRecord(record);
      if (outcome === 'end') return;
    }
    reader.finish();
  } catch (error) {
    if (!(error instanceof InputFailure)) throw error;
    reader.finish(error.message);
  }
  while (reader.next(record) === 'record') onRecord(record);
}
