/**
 * The wall clock as text, for lines of JSON.
 *
 * @module
 */
import type { WallTime } from '../../core/shapes/tunnel-config.ts';

/** Formats a time of day by ISO 8601, in UTC and with milliseconds. */
export function isoTime({ seconds, nanoseconds }: WallTime): string {
  return new Date(seconds * 1000 + nanoseconds / 1e6).toISOString();
}
