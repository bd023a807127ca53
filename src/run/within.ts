/**
 * A wait that has an end.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';

/** Waits for a promise, but no longer than `limitMs`. @returns its value; `undefined` if it takes longer */
export async function within<T>(limitMs: number, promise: Promise<T>): Promise<T | undefined> {
  const abort = new AbortController();
  try {
    return await Promise.race([promise, delay(limitMs, undefined, { signal: abort.signal })]);
  } finally {
    abort.abort();
  }
}
