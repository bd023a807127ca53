/**
 * Decompresses gzip data chunk by chunk, also if it has several members.
 *
 * If the data is damaged, everything that was decompressed before is yielded before the error. Iterating the stream
 * itself would lose that part, since Node discards the buffer of a destroyed stream.
 *
 * @module
 */
import { createGunzip, type Gunzip } from 'node:zlib';
import { messageOf } from '../../core/errors.ts';
import { type CaptureChunks, InputFailure } from './input-failure.ts';

/** Size of the output buffer: at most this much before the damage is lost. */
const UNPACKED_BYTES = 64 * 1024;

/** Whether data begins with the magic number of gzip (RFC 1952 §2.3.1). */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/**
 * Decompresses a stream. The next input chunk is taken only when the last one was consumed, so input and output stay
 * within bounds.
 *
 * @param release - is called when the iteration is left: makes a pending read of the input return
 * @throws InputFailure if the data is damaged or truncated
 */
export async function* gunzipChunks(packed: AsyncIterable<Uint8Array>, release: () => void): CaptureChunks {
  const gunzip = createGunzip({ chunkSize: UNPACKED_BYTES });
  let wake = (): void => undefined;
  let over = false;
  let failure: unknown = null;
  const end = (error: unknown): void => {
    over = true;
    failure ??= error ?? null;
    wake();
  };
  gunzip.on('readable', () => wake());
  gunzip.on('end', () => end(null));
  gunzip.on('error', end);
  const feeding = feed(packed, gunzip);
  try {
    for (;;) {
      const chunk: Uint8Array | null = gunzip.read();
      if (chunk !== null) yield chunk;
      else if (over) break;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    if (failure instanceof InputFailure) throw failure;
    if (failure !== null) {
      throw new InputFailure(`the gzip data is damaged or cut: ${messageOf(failure)}`, { cause: failure });
    }
  } finally {
    gunzip.destroy();
    release();
    await feeding;
  }
}

/** Writes the input to the stream. Never rejects: on an error, it destroys the stream with that error. */
async function feed(packed: AsyncIterable<Uint8Array>, gunzip: Gunzip): Promise<void> {
  const closed = new Promise<void>((resolve) => gunzip.once('close', resolve));
  try {
    for await (const chunk of packed) {
      // The chunk is borrowed: it must be consumed before the next one is requested. A stream that is
      // destroyed before its buffer was read never calls back.
      await Promise.race([closed, new Promise((resolve) => gunzip.write(chunk, resolve))]);
      if (gunzip.destroyed) return;
    }
    gunzip.end();
  } catch (error) {
    gunzip.destroy(error instanceof Error ? error : new Error(messageOf(error)));
  }
}
