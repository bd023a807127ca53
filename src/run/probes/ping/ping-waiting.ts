/**
 * Waiting for the next thing that happens to a ping, on Linux and elsewhere.
 *
 * @module
 */
import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import { type Instant, NS_PER_MS, NS_PER_US } from '../../../core/time.ts';
import type { Libc } from '../../../native/libc.ts';
import { Poller } from '../../../native/poller.ts';
import { monotonicNow } from '../../monotonic.ts';
import type { PingDriver } from './ping-driver.ts';

/** Longest wait in ppoll(): signals, output and timers of the event loop are handled in between. */
const TURN = 10 * NS_PER_MS;
/** How late a timer of Node may fire. The rest of the wait is spent in turns of the event loop. */
const TIMER_SLACK = 3 * NS_PER_MS;

/** Waits until something can be read, or until an instant, whichever is first; it may return early. */
export interface PingWaiting {
  wait(until: Instant, drivers: readonly PingDriver[]): Promise<void>;
  /** How long before a probe is due the loop stops waiting and spins on the clock. */
  readonly spinNs: number;
  /** Ends a wait early. */
  readonly wake: () => void;
  free(): void;
}

/**
 * Waits with ppoll(), which sees an answer at once, where the event loop would need a turn. It blocks the event loop for
 * 10 ms at most.
 */
export class PollWaiting implements PingWaiting {
  /** ppoll() returns tens of microseconds late, and a probe is made ready then. */
  readonly spinNs = 150 * NS_PER_US;
  readonly wake = (): void => {};
  readonly #poller: Poller;

  constructor(libc: Libc) {
    this.#poller = new Poller(libc);
  }

  async wait(until: Instant, drivers: readonly PingDriver[]): Promise<void> {
    this.#poller.clear();
    for (const driver of drivers) driver.watch(this.#poller);
    this.#poller.wait(Math.min(TURN, Math.max(0, until - monotonicNow())));
  }

  free(): void {
    this.#poller.free();
  }
}

/** Waits in the event loop: with a timer, and in turns for the last 3 ms, since timers are late. */
export class TimerWaiting implements PingWaiting {
  readonly spinNs = 0;
  #wake: (() => void) | null = null;

  readonly wake = (): void => this.#wake?.();

  async wait(until: Instant): Promise<void> {
    const left = until - monotonicNow();
    if (left <= TIMER_SLACK) {
      await turnOfEventLoop();
      return;
    }
    const ms = Math.min(1000, (left - TIMER_SLACK) / NS_PER_MS);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = null;
  }

  free(): void {}
}
