/**
 * The wall clock of this host: for display, and for the timestamps in WireGuard's initiations (TAI64N).
 *
 * @module
 */

import type { WallTime } from '../core/shapes/tunnel-config.ts';
import { NS_PER_MS } from '../core/time.ts';

/** The current time since the Unix epoch, with a resolution of 1 ms. */
export function wallNow(): WallTime {
  const ms = Date.now();
  return { seconds: Math.floor(ms / 1000), nanoseconds: (ms % 1000) * NS_PER_MS };
}

/** Formats a time of day by ISO 8601, in UTC and with milliseconds. */
export function isoTime({ seconds, nanoseconds }: WallTime): string {
  return new Date(seconds * 1000 + nanoseconds / 1e6).toISOString();
}
