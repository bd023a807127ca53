/**
 * Warnings of which a stranger can cause many.
 *
 * @module
 */
import { NS_PER_S } from '../../core/time.ts';
import { monotonicNow } from '../monotonic.ts';

/** Least time between two warnings, so that a flood of packets does not cause a flood of messages. */
const WARNING_INTERVAL = 10 * NS_PER_S;

/** Returns `warn` limited to one call every 10 s. */
export function sparingly(warn: (message: string) => void): (message: string) => void {
  let warnedAt = Number.NEGATIVE_INFINITY;
  return (message) => {
    const now = monotonicNow();
    if (now - warnedAt < WARNING_INTERVAL) return;
    warnedAt = now;
    warn(message);
  };
}
