/**
 * The runner of traces: `-t tr` and `-t mtr`.
 *
 * @module
 */
import { NetError } from '../../../core/errors.ts';
import type { ProbeRequest } from '../../../core/shapes/path/probe-spec.ts';
import type { TraceResult } from '../../../core/shapes/path/trace.ts';
import { abortError } from '../../client/abort.ts';
import { askedSource } from '../asked-source.ts';
import type { ProbeDeps } from '../runner.ts';
import { tracesBack } from './back/trace-back.ts';
import { NameLookup } from './name-lookup.ts';
import { UDP_PORT } from './open-port.ts';
import type { StartedTrace, TraceReport } from './trace-messages.ts';
import { laneDelay, portPlan, refuseWhatCannotBe, tracePlan } from './trace-plans.ts';
import { comparedTraces, failedTrace, type MeasuredTrace, traceResult } from './trace-results.ts';
import { runInThread, StartGate } from './trace-thread-handle.ts';

/** Wait for names after the last probe. */
const NAMES_MS = 500;

/** What the lanes of one test share. */
interface Shared {
  readonly gate: StartGate;
  readonly lookup: NameLookup;
  readonly lanes: number;
  readonly deps: ProbeDeps;
}

/**
 * Runs the traces of all lanes at the same time, so that all of them meet the same network. Rounds of mtr alternate.
 *
 * @returns a result for each lane, in their order
 * @throws NetError when no lane can begin: `ERR_UNSUPPORTED` without the system calls of Linux, `ERR_CONNECT` without a route
 */
export async function runTraces(requests: readonly ProbeRequest[], deps: ProbeDeps): Promise<readonly TraceResult[]> {
  for (const request of requests) refuseWhatCannotBe(request);
  const lanes = requests.length;
  const lookup = new NameLookup(requests.some(({ names }) => names));
  const shared: Shared = { gate: new StartGate(lanes), lookup, lanes, deps };
  const isMtr = requests.some(({ test }) => test === 'mtr');
  const [traces, meanwhile] = await Promise.all([
    Promise.all(requests.map((request, place) => traceOrError(request, place, shared))),
    // mtr goes on until it is stopped, so that the way back is traced meanwhile.
    isMtr ? tracesBack(requests, deps) : null,
  ]);
  const [first] = traces;
  if (first instanceof NetError && traces.every((one) => one instanceof NetError)) throw first;
  // The first call may be the first to see some addresses.
  for (const one of traces) if (!(one instanceof NetError)) lookup.named(one.result.hops);
  const backs = meanwhile ?? (await tracesBack(requests, deps));
  for (const back of backs) lookup.named(back?.hops ?? []);
  await lookup.settle(deps.signal.aborted ? 0 : NAMES_MS);
  const measured = requests.flatMap((request, place) => {
    const trace = traces[place];
    return trace === undefined ? [] : [trace instanceof NetError ? failedTrace(request, trace) : trace];
  });
  return comparedTraces(measured).map((result, place) => {
    const back = backs[place] ?? null;
    const named = {
      ...result,
      hops: lookup.named(result.hops),
      back: back && { ...back, hops: lookup.named(back.hops) },
    };
    const isCut = requests[place]?.both === true && (back === null || back.error?.code === 'ERR_ABORTED');
    return result.complete && isCut && deps.signal.aborted ? cutShort(named, deps.signal) : named;
  });
}

/** The trace there is whole, and that back was stopped. */
function cutShort(result: TraceResult, signal: AbortSignal): TraceResult {
  const { code, message } = abortError(signal);
  return { ...result, complete: false, error: { code, message } };
}

async function traceOrError(request: ProbeRequest, place: number, shared: Shared): Promise<MeasuredTrace | NetError> {
  try {
    return await runTrace(request, place, shared);
  } catch (error) {
    if (error instanceof NetError) return error;
    throw error;
  }
}

async function runTrace(
  request: ProbeRequest,
  place: number,
  { gate, lookup, lanes, deps: { signal, onEvent } }: Shared,
): Promise<MeasuredTrace> {
  const { family, address, name } = request.target;
  const lane = { address, from: askedSource(request, lanes) };
  let started: StartedTrace | null = null;
  const tell = (report: TraceReport): void => {
    if (report.tag === 'started') {
      started = report.started;
      const { protocol, port, method, instead } = started;
      if (instead !== null) onEvent({ tag: 'notice', message: instead });
      const where = { ...lane, family, port: protocol === 'icmp' ? null : port, max_hops: request.max_hops };
      onEvent({ tag: 'probe-started', test: request.test, protocol, method, name, ...where });
    } else if (report.tag === 'hop') {
      for (const hop of lookup.named([report.hop])) onEvent({ tag: 'hop', ...lane, hop });
    } else if (report.tag === 'round') {
      onEvent({ tag: 'round', ...lane, round: { ...report.round, hops: lookup.named(report.round.hops) } });
    }
  };
  const trace = tracePlan(request);
  const plan = { trace, port: portPlan(request), delayNs: laneDelay(trace, place, lanes) };
  const last = await runInThread(plan, gate, signal, tell);
  if (last.tag === 'failed') throw new NetError(last.code, last.message);
  return traceResult(request, started ?? fallback(request), last, signal);
}

function fallback({ protocol }: ProbeRequest): StartedTrace {
  return { protocol, port: UDP_PORT, method: protocol, instead: null };
}
