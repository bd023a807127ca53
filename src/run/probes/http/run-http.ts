/**
 * The runner of `-x https://…` and `-x http://…`.
 *
 * Runs are made in rounds: one run of each source and family, in alternating order (A B, B A), so that what the network
 * does in a while meets all of them alike.
 *
 * @module
 */
import { createSecureContext } from 'node:tls';
import { usageError } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import type { HttpResult, HttpRun } from '../../../core/shapes/path/http.ts';
import type { ProbeRequest } from '../../../core/shapes/path/probe-spec.ts';
import { type Instant, NS_PER_MS, NS_PER_S } from '../../../core/time.ts';
import { HttpTally } from '../../../path/http/http-tally.ts';
import { PairedRounds } from '../../../path/ping/paired-rounds.ts';
import { type ProbePlan, ProbeSchedule } from '../../../path/ping/probe-schedule.ts';
import { monotonicNow } from '../../monotonic.ts';
import { askedSource } from '../asked-source.ts';
import { withComparisons } from '../ping/open-lanes.ts';
import { cutError } from '../ping/test-error.ts';
import type { ProbeDeps } from '../runner.ts';
import { offeredProtocols } from './alpn.ts';
import { type ExchangePlan, exchange } from './http-exchange.ts';
import type { HttpLane } from './http-lane.ts';
import { httpResult } from './http-results.ts';

const USUAL_DURATION_NS = 10 * NS_PER_S;
const USUAL_GAP_NS = NS_PER_S;
const OF_HTTP: readonly string[] = ['http:', 'https:'];
/** Length of a timer of Node at most: a longer one fires at once. */
const MOST_TIMER_MS = 3_600_000;

/**
 * Requests a URL again and again from each lane.
 *
 * @returns a result for each lane, in their order
 * @throws NetError `ERR_USAGE` without a URL, `ERR_UNSUPPORTED` for a source that this system does not offer
 */
export async function runHttp(requests: readonly ProbeRequest[], deps: ProbeDeps): Promise<readonly HttpResult[]> {
  const lanes = requests.map(laneOf);
  const [first] = requests;
  if (first === undefined) return [];
  const plan: ProbePlan = {
    gapNs: first.gap_ns ?? USUAL_GAP_NS,
    timeoutNs: first.connect_timeout_ns,
    warmup: first.warmup,
    count: first.count,
    durationNs: first.duration_ns ?? (first.count === null ? USUAL_DURATION_NS : 0),
  };
  const schedule = new ProbeSchedule(plan, monotonicNow());
  const pairs = new PairedRounds(lanes.length);
  for (const { plan } of lanes) deps.onEvent(startedOf(plan, lanes.length));
  try {
    for (const lane of lanes) lane.alpn = await offeredProtocols(lane.plan, deps.signal);
    for (let round = 0; ; round++) {
      if (!(await until(schedule.dueAt, deps.signal))) break;
      const probe = schedule.take(monotonicNow());
      if (probe === undefined) continue;
      const order = round % 2 === 0 ? [...lanes.keys()] : [...lanes.keys()].reverse();
      for (const place of order) {
        const lane = lanes[place];
        if (lane === undefined) continue;
        const run = await runOnce(lane, round, probe.isWarmup, lanes.length > 1, deps.signal);
        deps.onEvent({ tag: 'http-run', run });
        if (run.total_ns !== null && !run.warmup) pairs.record(place, round, run.total_ns);
      }
    }
  } catch (error) {
    if (!deps.signal.aborted) throw error;
  }
  const stopped = cutError(deps.signal, plan);
  return withComparisons(
    lanes.map((lane) => httpResult(lane, plan.gapNs, stopped)),
    pairs,
  );
}

async function runOnce(
  lane: HttpLane,
  round: number,
  isWarmup: boolean,
  isCompared: boolean,
  signal: AbortSignal,
): Promise<HttpRun> {
  const { request } = lane.plan;
  const done = await exchange(lane.plan, signal);
  if (done.head !== null || lane.last?.head == null) lane.last = done;
  lane.isCut ||= done.isCut;
  const run: HttpRun = {
    address: request.target.address,
    family: request.target.family,
    from: isCompared ? (request.source.address ?? request.source.device) : null,
    round,
    warmup: isWarmup,
    ...done.times,
    status: done.head?.status ?? null,
    body_bytes: done.bodyBytes,
    failure: done.failure,
  };
  if (!isWarmup) lane.tally.record(run);
  return run;
}

/** Waits until a round is due. @returns false if none is left, or the test was stopped */
async function until(dueAt: Instant, signal: AbortSignal): Promise<boolean> {
  if (dueAt === Number.POSITIVE_INFINITY || signal.aborted) return false;
  while (!signal.aborted) {
    const left = dueAt - monotonicNow();
    if (left <= 0) return true;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, Math.min(MOST_TIMER_MS, Math.ceil(left / NS_PER_MS)));
      signal.addEventListener('abort', done, { once: true });
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
    });
  }
  return false;
}

function laneOf(request: ProbeRequest): HttpLane {
  const { url: text, port } = request.target;
  if (text === null || !URL.canParse(text) || !OF_HTTP.includes(new URL(text).protocol)) {
    throw usageError('HTTP is asked of a URL; write -x https://HOST/');
  }
  const url = new URL(text);
  const isSecure = url.protocol === 'https:';
  const plan = {
    request,
    url,
    port: port ?? (Number(url.port) || (isSecure ? 443 : 80)),
    context: isSecure ? createSecureContext() : null,
  };
  return { plan, tally: new HttpTally(), alpn: null, last: null, isCut: false };
}

function startedOf({ request, port }: ExchangePlan, lanes: number) {
  const { name, address, family } = request.target;
  const from = askedSource(request, lanes);
  const common = { test: 'http', protocol: 'tcp', method: 'http/1.1', max_hops: null } as const;
  return { tag: 'probe-started', ...common, family, address, port, from, name: printable(name, 253) } as const;
}
