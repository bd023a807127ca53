/**
 * Opens all lanes of a test. A lane that cannot be opened has an error, and the others go on.
 *
 * @module
 */
import { NetError } from '../../../core/errors.ts';
import type { ProbeEvent } from '../../../core/shapes/path/events.ts';
import type { LaneComparison } from '../../../core/shapes/path/ping.ts';
import type { ProbeRequest } from '../../../core/shapes/path/probe-spec.ts';
import type { PathTestBase } from '../../../core/shapes/path/test-base.ts';
import { type Libc, loadLibc } from '../../../native/libc.ts';
import type { PairedRounds } from '../../../path/ping/paired-rounds.ts';
import { askedSource } from '../asked-source.ts';
import type { OpenedLane } from './open-lane.ts';
import { type PingWaiting, PollWaiting, TimerWaiting } from './ping-waiting.ts';

/** A lane that was opened. */
export interface Lane extends OpenedLane {
  readonly request: ProbeRequest;
}

/** The lanes of one test. */
export interface Lanes {
  readonly opened: readonly Lane[];
  readonly waiting: PingWaiting;
  /**
   * Puts the results of lanes into the order of the requests, with those of lanes that could not be opened.
   *
   * @param results - of the opened lanes, in their order
   */
  readonly inOrder: <R>(results: readonly R[], failed: (request: ProbeRequest, error: NetError) => R) => readonly R[];
  readonly close: () => void;
}

/**
 * Opens one lane.
 *
 * @param libc - `null` for the portable engine
 * @param wake - ends the wait of the loop
 * @throws NetError where it cannot be opened
 */
export type LaneOpener = (
  request: ProbeRequest,
  libc: Libc | null,
  wake: () => void,
) => OpenedLane | Promise<OpenedLane>;

/**
 * Opens the lanes of one test, one after the other: they differ in source or address only.
 *
 * @throws NetError of the first lane when none can be opened
 */
export async function openLanes(
  requests: readonly ProbeRequest[],
  open: LaneOpener,
  onEvent: (event: ProbeEvent) => void,
): Promise<Lanes> {
  // TLS is with Node's sockets, which the event loop watches.
  const isPortable = requests[0]?.engine === 'portable' || requests[0]?.tls === true;
  const libc = isPortable ? null : loadLibc();
  const waiting = libc === null ? new TimerWaiting() : new PollWaiting(libc);
  const openings: (Lane | { readonly request: ProbeRequest; readonly error: NetError })[] = [];
  for (const request of requests) {
    try {
      openings.push({ request, ...(await open(request, libc, waiting.wake)) });
    } catch (error) {
      if (!(error instanceof NetError)) throw error;
      openings.push({ request, error });
    }
  }
  const opened = openings.flatMap((one) => ('error' in one ? [] : [one]));
  const failed = openings.find((one) => 'error' in one);
  if (opened.length === 0 && failed && 'error' in failed) throw failed.error;
  for (const { request, driver, protocol, warnings } of opened) {
    for (const message of warnings) onEvent({ tag: 'notice', message });
    onEvent(startedEvent(request, driver, protocol, requests.length));
  }
  return {
    opened,
    waiting,
    inOrder: (results, failedResult) => {
      const left = [...results];
      return openings.flatMap((one) => ('error' in one ? [failedResult(one.request, one.error)] : left.splice(0, 1)));
    },
    close: () => {
      for (const { driver, session } of opened) {
        driver.close();
        session?.close();
      }
      waiting.free();
    },
  };
}

/** Adds to each result how its lane compares with the first one. */
export function withComparisons<R extends PathTestBase & { readonly compared: LaneComparison | null }>(
  results: readonly R[],
  pairs: PairedRounds,
): readonly R[] {
  const [base] = results;
  return results.map((result, place) => {
    const figures = pairs.figures(place);
    if (figures === null || base === undefined) return result;
    const { source, family, address } = base;
    return { ...result, compared: { source, family, address, ...figures } };
  });
}

function startedEvent(
  request: ProbeRequest,
  { method, port }: OpenedLane['driver'],
  protocol: OpenedLane['protocol'],
  lanes: number,
) {
  const { test, target } = request;
  const { name, address, family } = target;
  const where = { family, address, port, name, from: askedSource(request, lanes), max_hops: null };
  return { tag: 'probe-started', test, protocol, method, ...where } as const;
}
