/**
 * The runner of `-t pi`, and of `-t l` without a server of winze.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { PingResult } from '../../../core/shapes/path/ping.ts';
import type { ProbeRequest } from '../../../core/shapes/path/probe-spec.ts';
import { NS_PER_MS, NS_PER_S } from '../../../core/time.ts';
import { PairedRounds } from '../../../path/ping/paired-rounds.ts';
import { PingEngine } from '../../../path/ping/ping-engine.ts';
import type { ProbePlan } from '../../../path/ping/probe-schedule.ts';
import { monotonicNow } from '../../monotonic.ts';
import type { ProbeDeps } from '../runner.ts';
import { openLane } from './open-lane.ts';
import { type Lane, type LaneOpener, openLanes, withComparisons } from './open-lanes.ts';
import { FIRST_SPIN_NS, runLanes } from './ping-loop.ts';
import { failedResult, pingResult, pingRow } from './ping-results.ts';
import { openServerLane } from './server-lane.ts';

/** Longest wait for an answer: TCP sends its SYN a second time in it, after one second (RFC 6298). */
const TIMEOUT_NS = 3 * NS_PER_S;
const BEFORE_FIRST_MS = 20;
const USUAL_DURATION_NS = 10 * NS_PER_S;
/** As ping(8) and ethr. */
const PING_GAP_NS = NS_PER_S;
/** Of a latency test to a host that did not agree to it: ten connections a second are no load to a service. */
const LATENCY_GAP_NS = 100 * NS_PER_MS;

/**
 * Pings all lanes of one test. Their schedules are shifted against each other, so that their probes alternate and no two
 * leave together.
 *
 * @returns a result for each lane, in their order
 * @throws NetError when no lane can be opened
 */
export async function runPing(requests: readonly ProbeRequest[], deps: ProbeDeps): Promise<readonly PingResult[]> {
  const asked = planOf(requests);
  const lanes = await openLanes(requests, openerOf(requests, asked, deps), deps.onEvent);
  try {
    const plan = grantedPlan(asked, lanes.opened, deps);
    // Rows and their modules are loaded when the first event is printed: not while the first probe is due.
    await delay(BEFORE_FIRST_MS);
    const startedAt = monotonicNow() + FIRST_SPIN_NS;
    const shift = Math.floor(plan.gapNs / lanes.opened.length);
    const running = lanes.opened.map((lane, place) => ({
      ...lane,
      engine: new PingEngine(plan, lane.request.target.address, startedAt + place * shift),
    }));
    for (const { session, engine } of running) if (session) session.onLost = () => engine.stop();
    const pairs = new PairedRounds(running.length);
    const isCompared = requests.length > 1;
    await runLanes(running, plan.timeoutNs, lanes.waiting, deps.signal, (place, event) => {
      const lane = running[place];
      if (lane) deps.onEvent({ tag: 'ping', row: pingRow(lane, event, isCompared) });
      if (event.tag === 'answer' && !event.isWarmup) pairs.record(place, event.sequence, event.rttNs);
    });
    const durationNs = monotonicNow() - startedAt;
    const results = running.map((lane) => pingResult(lane, plan, lane.engine.figures(), durationNs, deps.signal));
    await Promise.all(running.map(({ session }) => session?.end(deps.signal.aborted)));
    return lanes.inOrder(withComparisons(results, pairs), (request, error) => failedResult(request, plan, error));
  } finally {
    lanes.close();
  }
}

/** Only the first lane waits in the queue of a busy server: others would wait for the first one to end. */
function openerOf(requests: readonly ProbeRequest[], plan: ProbePlan, deps: ProbeDeps): LaneOpener {
  return (request, libc, wake) => {
    const { server } = request;
    if (server === null || request.protocol !== 'udp') return openLane(request, libc, plan.timeoutNs, wake);
    const wait = server.wait && request === requests[0];
    return openServerLane(libc, { ...request, server: { ...server, wait } }, plan, wake, deps);
  };
}

/** The plan within what servers granted. All lanes have the same one, so that they can be compared. */
function grantedPlan(asked: ProbePlan, lanes: readonly Lane[], { onEvent }: ProbeDeps): ProbePlan {
  const sessions = lanes.flatMap(({ session }) => session ?? []);
  const gapNs = Math.max(asked.gapNs, ...sessions.map((session) => session.gapNs));
  const mostNs = Math.min(...sessions.map((session) => session.mostNs ?? Number.POSITIVE_INFINITY));
  const leftNs = mostNs - asked.warmup * gapNs;
  const wantedNs = Math.min(
    asked.durationNs || Number.POSITIVE_INFINITY,
    (asked.count ?? Number.POSITIVE_INFINITY) * gapNs,
  );
  const isCut = leftNs < wantedNs;
  const notice = (message: string): void => onEvent({ tag: 'notice', message });
  if (gapNs > asked.gapNs)
    notice(`the server returns a probe every ${gapNs / NS_PER_MS} ms, not more: -g is that here`);
  if (isCut) notice(`the server allows a test of ${mostNs / NS_PER_S} s: the ping ends then`);
  return { ...asked, gapNs, durationNs: isCut ? Math.max(1, leftNs) : asked.durationNs };
}

function planOf([first]: readonly ProbeRequest[]): ProbePlan {
  const count = first?.count ?? null;
  return {
    gapNs: first?.gap_ns ?? (first?.test === 'latency' ? LATENCY_GAP_NS : PING_GAP_NS),
    timeoutNs: TIMEOUT_NS,
    warmup: first?.warmup ?? 0,
    count,
    // A number of probes is an end of its own.
    durationNs: first?.duration_ns ?? (count === null ? USUAL_DURATION_NS : 0),
  };
}
