/**
 * Unpacks gzip data chunk by chunk, several members after one another included.
 *
 * What was unpacked before damage is given before the error. To iterate the stream itself would lose it:
 * Node forgets what a destroyed stream still holds.
 *
 * @module
 */
import { createGunzip, type Gunzip } from 'node:zlib';
import { messageOf } from '../../core/errors.ts';
import { type CaptureChunks, InputFailure } from './input-failure.ts';

/** At most so much of what stands before damage is lost. */
const UNPACKED_BYTES = 64 * 1024;

/** RFC 1952 §2.3.1. */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/**
 * Unpacks. Takes the next packed chunk only when the last is used up, and no more of it than the consumer
 * keeps up with.
 *
 * @param release - lets a read of a packed chunk that is under way return, when the iteration is left.
 * @throws InputFailure where the data is damaged or cut.
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

/** Never rejects: what goes wrong destroys the stream. */
async function feed(packed: AsyncIterable<Uint8Array>, gunzip: Gunzip): Promise<void> {
  const closed = new Promise<void>((resolve) => gunzip.once('close', resolve));
  try {
    for await (const chunk of packed) {
      // The chunk is borrowed: it has to be used up before the next is asked for. A stream that is
      // destroyed while its consumer lags never calls back.
      await Promise.race([closed, new Promise((resolve) => gunzip.write(chunk, resolve))]);
      if (gunzip.destroyed) return;
    }
    gunzip.end();
  } catch (error) {
    gunzip.destroy(error instanceof Error ? error : new Error(messageOf(error)));
  }
}
