/**
 * Sends the probes of engines and hears their answers: one loop for all lanes, which are the sources and families that
 * are compared.
 *
 * @module
 */
import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import { type Instant, type Nanos, NS_PER_MS } from '../../../core/time.ts';
import type { ProbeEngine } from '../../../path/probe-engine.ts';
import { monotonicNow } from '../../monotonic.ts';
import type { PingDriver } from './ping-driver.ts';
import type { PingWaiting } from './ping-waiting.ts';

/** Probes that one lane sends in a turn. */
const MOST_AT_ONCE = 128;

/** How long before the first probe the loop spins: what it calls was not compiled yet, and takes a millisecond. */
export const FIRST_SPIN_NS = 3 * NS_PER_MS;

/** One source and address that is probed. */
export interface ProbeLane<E> {
  readonly driver: PingDriver;
  readonly engine: ProbeEngine<E>;
}

/**
 * Runs engines until all their probes have an answer or are lost, or `signal` ends it.
 *
 * @param lanes - the engine of each lane has begun already
 * @param timeoutNs - of a probe, after which the driver forgets it
 * @param onEvent - called for each event of an engine, with the place of its lane
 */
export async function runLanes<E>(
  lanes: readonly ProbeLane<E>[],
  timeoutNs: Nanos,
  waiting: PingWaiting,
  signal: AbortSignal,
  onEvent: (lane: number, event: E) => void,
): Promise<void> {
  const drivers = lanes.map(({ driver }) => driver);
  const tell = (): void => {
    for (const [place, { engine }] of lanes.entries()) {
      for (let event = engine.pollEvent(); event !== undefined; event = engine.pollEvent()) onEvent(place, event);
    }
  };
  const stop = (): void => waiting.wake();
  signal.addEventListener('abort', stop);
  try {
    while (!signal.aborted && lanes.some(({ engine }) => !engine.isDone)) {
      await waiting.wait(wakeAt(lanes, waiting.spinNs), drivers);
      for (const { driver, engine } of lanes) driver.read(engine);
      for (const { driver, engine } of lanes) sendDue(driver, engine, waiting.spinNs);
      const now = monotonicNow();
      for (const { driver, engine } of lanes) {
        engine.handleTimeout(now);
        driver.giveUp(now - timeoutNs);
      }
      tell();
      // What the event loop hears in this turn is told after the next one, or below.
      await turnOfEventLoop();
    }
    tell();
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function wakeAt<E>(lanes: readonly ProbeLane<E>[], spinNs: Nanos): Instant {
  return Math.min(...lanes.map(({ engine }) => Math.min(engine.dueAt - spinOf(engine, spinNs), engine.pollTimeout())));
}

function spinOf<E>(engine: ProbeEngine<E>, spinNs: Nanos): Nanos {
  return spinNs > 0 && engine.nextSequence === 0 ? FIRST_SPIN_NS : spinNs;
}

/** Sends what is due, and spins for a probe that is due in a moment. */
function sendDue<E>(driver: PingDriver, engine: ProbeEngine<E>, spinNs: Nanos): void {
  for (let sent = 0; sent < MOST_AT_ONCE; sent++) {
    const { dueAt } = engine;
    let now = monotonicNow();
    if (dueAt - now > spinOf(engine, spinNs)) return;
    driver.prepare(engine.nextSequence);
    const probe = engine.takeProbe(Math.max(dueAt, monotonicNow()));
    if (probe === undefined) return;
    now = monotonicNow();
    while (now < dueAt) now = monotonicNow();
    engine.handleSent(probe.sequence, driver.send(probe, engine));
  }
}
