/**
 * Results and rows of pings, in the names of JSON.
 *
 * @module
 */
import type { NetError } from '../../../core/errors.ts';
import type { PingFigures, PingResult, PingRow } from '../../../core/shapes/path/ping.ts';
import type { ProbeRequest } from '../../../core/shapes/path/probe-spec.ts';
import type { Nanos } from '../../../core/time.ts';
import type { PingEvent } from '../../../path/ping/ping-engine.ts';
import { PingTally } from '../../../path/ping/ping-tally.ts';
import type { ProbePlan } from '../../../path/ping/probe-schedule.ts';
import type { LaneSession } from './open-lane.ts';
import type { Lane } from './open-lanes.ts';
import { cutError, testError } from './test-error.ts';

const NO_ECHO =
  'the far end returns no octets: these are times of connections, from SYN to SYN-ACK (with winze -s there, -c HOST -t l measures round trips)';

const LIMITED_ANSWERS =
  'the target answers datagrams by ICMP, and many hosts limit that (Linux: six at once, then one a second): the loss may be this limit; a gap of 1 s, -p icmp or -p tcp tells';

/** What became of one probe. @param isCompared - whether the source is named, because there are several */
export function pingRow({ request, driver, protocol }: Lane, event: PingEvent, isCompared: boolean): PingRow {
  const { target, source } = request;
  const failed = event.tag === 'failure';
  return {
    test: kindOf(request),
    protocol,
    address: target.address,
    port: driver.port,
    from: isCompared ? (source.address ?? source.device) : null,
    sequence: event.sequence,
    warmup: event.isWarmup,
    outcome: failed ? 'failed' : event.tag,
    rtt_ns: failed ? event.afterNs : event.rttNs,
    ttl: failed ? null : event.facts.ttl,
    retransmitted: failed ? null : event.facts.retransmitted,
    answered_by: failed ? event.failure.from : event.facts.from,
    code: failed ? event.failure.code : null,
  };
}

/** The result of a lane that was probed. @param signal - that may have ended it */
export function pingResult(
  { request, driver, protocol, warnings, session }: Lane,
  plan: ProbePlan,
  figures: PingFigures,
  durationNs: Nanos,
  signal: AbortSignal,
): PingResult {
  const { packets_received: received, packets_lost: lost } = figures;
  const cut = cutError(signal, plan) ?? lostError(session);
  const error = testError(cut, received, lost, 'no probe was answered');
  const isLatencyOfConnects = request.test === 'latency' && driver.lengthBytes === null;
  return {
    ...frameOf(request, plan),
    protocol,
    source: { address: driver.localAddress, device: request.source.device },
    port: driver.port,
    method: driver.method,
    complete: error === null,
    error,
    warnings: [
      ...warnings,
      ...(isLatencyOfConnects ? [NO_ECHO] : []),
      ...(driver.isAnsweredByIcmp === true && lost > 0 ? [LIMITED_ANSWERS] : []),
    ],
    ...figures,
    duration_ns: durationNs,
    length_bytes: driver.lengthBytes,
    receive_timestamps: driver.timestamps,
    compared: null,
  };
}

/** The result of a lane that could not be opened. */
export function failedResult(request: ProbeRequest, plan: ProbePlan, { code, message }: NetError): PingResult {
  return {
    ...frameOf(request, plan),
    protocol: request.protocol,
    source: request.source,
    port: request.target.port,
    method: 'none',
    complete: false,
    error: { code, message },
    warnings: [],
    ...new PingTally().figures(plan.gapNs, 0),
    duration_ns: 0,
    length_bytes: null,
    receive_timestamps: 'user',
    compared: null,
  };
}

function lostError(session: LaneSession | null): { readonly code: string; readonly message: string } | null {
  const { code, message } = session?.failure ?? {};
  return code === undefined || message === undefined ? null : { code, message };
}

function kindOf({ test }: ProbeRequest): 'ping' | 'latency' {
  return test === 'latency' ? 'latency' : 'ping';
}

function frameOf(request: ProbeRequest, plan: ProbePlan) {
  const { via } = request;
  const { address, family } = request.target;
  return { test: kindOf(request), family, via, address, timeout_ns: plan.timeoutNs, warmup: plan.warmup };
}
