/**
 * The wall clock of this host: for people, and for the timestamps that WireGuard sends.
 *
 * @module
 */

import type { WallTime } from '../core/shapes/tunnel-config.ts';
import { NS_PER_MS } from '../core/time.ts';

export function wallNow(): WallTime {
  const ms = Date.now();
  return { seconds: Math.floor(ms / 1000), nanoseconds: (ms % 1000) * NS_PER_MS };
}
