/**
 * The chance in WireGuard's timers.
 *
 * @module
 */
import type { Nanos } from '../../core/time.ts';
import { REKEY_TIMEOUT_JITTER_MAX } from '../../tunnel/wireguard/constants.ts';

/** Nothing secret, and wanted with every packet that begins a silence: the cheap kind of chance will do. */
export function timerJitter(): Nanos {
  return Math.floor(Math.random() * REKEY_TIMEOUT_JITTER_MAX);
}
