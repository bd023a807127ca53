/**
 * Waits for a socket without holding up the rest of the program for long.
 *
 * @module
 */
import { setImmediate } from 'node:timers/promises';
import { NetError } from '../../../core/errors.ts';
import { type Instant, NS_PER_MS } from '../../../core/time.ts';
import type { Libc } from '../../../native/libc.ts';
import { Poller } from '../../../native/poller.ts';
import { monotonicNow } from '../../monotonic.ts';

/** Longest time in which the event loop has no turn. */
const SLICE = 5 * NS_PER_MS;

/**
 * Waits until one of `events` (as in POLL) occurs, or an error.
 *
 * @returns false at `until`
 * @throws NetError `ERR_ABORTED` when the signal aborts
 */
export async function waitForSocket(
  libc: Libc,
  fd: number,
  events: number,
  until: Instant,
  signal: AbortSignal,
): Promise<boolean> {
  const poller = new Poller(libc);
  try {
    for (;;) {
      if (signal.aborted) throw new NetError('ERR_ABORTED', 'stopped while connecting');
      poller.clear();
      const place = poller.add(fd, events);
      poller.wait(Math.min(SLICE, until - monotonicNow()));
      if (poller.ready(place) !== 0) return true;
      if (monotonicNow() >= until) return false;
      await setImmediate();
    }
  } finally {
    poller.free();
  }
}
