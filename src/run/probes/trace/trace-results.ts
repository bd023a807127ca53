/**
 * Results of traces, in the names of JSON, and how several of them compare.
 *
 * @module
 */
import { NetError } from '../../../core/errors.ts';
import type { ProbeRequest } from '../../../core/shapes/path/probe-spec.ts';
import type { TraceResult } from '../../../core/shapes/path/trace.ts';
import type { Nanos } from '../../../core/time.ts';
import { PairedRounds } from '../../../path/ping/paired-rounds.ts';
import { Histogram } from '../../../stats/histogram.ts';
import { abortError } from '../../client/abort.ts';
import type { LastReport, StartedTrace } from './trace-messages.ts';

const BRANCHES_OF_TCP =
  'each TCP probe has a source port of its own: where the path branches, hops may be of different branches';

const SERVER_IS_SILENT =
  'a server of winze answers no datagram of a stranger, so its own hop is missing here; -p tcp reaches it';

/** A result, and the round trips to the target by round, by which it is compared. */
export interface MeasuredTrace {
  readonly result: TraceResult;
  readonly targetRtts: ReadonlyMap<number, Nanos>;
}

/** The result of a trace that began. */
export function traceResult(
  request: ProbeRequest,
  { protocol, port, method, instead }: StartedTrace,
  last: Extract<LastReport, { tag: 'ended' }>,
  signal: AbortSignal,
): MeasuredTrace {
  const { outcome, end } = last;
  const error = errorOf(request, last, signal);
  const result: TraceResult = {
    test: kindOf(request),
    protocol,
    family: request.target.family,
    source: { address: end.sourceAddress, device: request.source.device },
    via: request.via,
    address: request.target.address,
    port: protocol === 'icmp' ? null : port,
    method,
    complete: error === null,
    error: error && { code: error.code, message: error.message },
    warnings: [
      ...(instead === null ? [] : [instead]),
      ...(protocol === 'tcp' ? [BRANCHES_OF_TCP] : []),
      ...(protocol === 'udp' && request.server !== null && !outcome.reached ? [SERVER_IS_SILENT] : []),
      ...(end.refused === null ? [] : [`this host refused to send ${end.refused.count} probes: ${end.refused.reason}`]),
    ],
    duration_ns: end.durationNs,
    source_port: end.sourcePort,
    ...outcome,
    compared: null,
    back: null,
  };
  return { result, targetRtts: end.targetRtts };
}

/** The result of a trace that could not begin, beside others that could. */
export function failedTrace(request: ProbeRequest, { code, message }: NetError): MeasuredTrace {
  const { protocol, target, source, via, max_hops } = request;
  const result: TraceResult = {
    test: kindOf(request),
    protocol,
    family: target.family,
    source,
    via,
    address: target.address,
    port: protocol === 'icmp' ? null : target.port,
    method: 'none',
    complete: false,
    error: { code, message },
    warnings: [],
    duration_ns: 0,
    source_port: null,
    rounds: 0,
    max_hops,
    hops: [],
    reached: false,
    hop_count: null,
    loss_ratio: null,
    rtt_ns: new Histogram().distribution(),
    branches: [],
    loop: null,
    answered_by: [],
    unmatched_answers: 0,
    findings: [],
    compared: null,
    back: null,
  };
  return { result, targetRtts: new Map() };
}

/** Adds to each result how it compares with the first one. */
export function comparedTraces(traces: readonly MeasuredTrace[]): readonly TraceResult[] {
  const [base] = traces;
  if (base === undefined) return [];
  const pairs = new PairedRounds(traces.length);
  for (const [round, rtt] of base.targetRtts) {
    pairs.record(0, round, rtt);
    for (const [place, { targetRtts }] of traces.entries()) {
      const other = place === 0 ? undefined : targetRtts.get(round);
      if (other !== undefined) pairs.record(place, round, other);
    }
  }
  return traces.map(({ result }, place) => {
    const figures = pairs.figures(place);
    if (figures === null) return result;
    const { source, family, address, hop_count, loss_ratio } = base.result;
    const compared = {
      source,
      family,
      address,
      ...figures,
      hop_difference: difference(result.hop_count, hop_count),
      loss_ratio_added: difference(result.loss_ratio, loss_ratio),
    };
    return { ...result, compared };
  });
}

function difference(one: number | null, base: number | null): number | null {
  return one === null || base === null ? null : one - base;
}

function kindOf({ test }: ProbeRequest): 'trace' | 'mtr' {
  return test === 'mtr' ? 'mtr' : 'trace';
}

/**
 * A trace that was stopped is not complete, unless it is an mtr without an end of its own; and one that nothing answered
 * has measured nothing.
 */
function errorOf(
  { test, count, duration_ns }: ProbeRequest,
  { outcome, end }: Extract<LastReport, { tag: 'ended' }>,
  signal: AbortSignal,
): NetError | null {
  const isEndless = test === 'mtr' && count === null && !duration_ns;
  if (!end.complete && !isEndless) return abortError(signal);
  if (outcome.hops.some(({ probes_received }) => probes_received > 0)) return null;
  return new NetError('ERR_NOTHING_RECEIVED', 'no probe was answered: not by the target, and not by any router');
}
