/**
 * Random jitter for WireGuard's timers.
 *
 * @module
 */
import type { Nanos } from '../../core/time.ts';
import { REKEY_TIMEOUT_JITTER_MAX } from '../../tunnel/wireguard/constants.ts';

/**
 * A random delay from 0 to REKEY_TIMEOUT_JITTER_MAX, exclusive, in nanoseconds. It is not secret and needed often, so a
 * fast generator is used.
 */
export function timerJitter(): Nanos {
  return Math.floor(Math.random() * REKEY_TIMEOUT_JITTER_MAX);
}
