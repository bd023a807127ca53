/**
 * The runner of traces: `-t tr` and `-t mtr`.
 *
 * @module
 */
import { Worker } from 'node:worker_threads';
import { formatIp, parseIp } from '../../../core/address.ts';
import { NetError } from '../../../core/errors.ts';
import type { ProbeRequest } from '../../../core/shapes/path/probe-spec.ts';
import type { TraceResult } from '../../../core/shapes/path/trace.ts';
import { NS_PER_MS, NS_PER_S } from '../../../core/time.ts';
import { loadLibc } from '../../../native/libc.ts';
import type { TracePlan } from '../../../path/trace/trace-plan.ts';
import { abortError } from '../../client/abort.ts';
import type { ProbeDeps } from '../runner.ts';
import { NameLookup } from './name-lookup.ts';
import { UDP_PORT } from './open-port.ts';
import type { PortPlan } from './probe-port.ts';
import { SYN_WAIT_NS } from './tcp-port.ts';
import type { StartedTrace, TraceReport, TraceThreadPlan } from './trace-messages.ts';

/** Probes for each hop of a trace, as traceroute sends them. */
const PROBES = 3;
/** Of one hop: they leave together, so more would be a flood. */
const MOST_PROBES = 100;
const TCP_PORT = 443;
/** Linux answers six probes of a host at once, then one a second (`net.ipv4.icmp_ratelimit`). */
const ANSWERS_AT_ONCE = 6;
const ANSWER_EVERY_NS = 1050 * NS_PER_MS;
const LONGEST_WAIT_NS = 3 * NS_PER_S;
/** Wait for names after the last probe. */
const NAMES_MS = 500;
const BRANCHES_OF_TCP =
  'each TCP probe has a source port of its own: where the path branches, hops may be of different branches';

const SERVER_IS_SILENT =
  'a server of winze answers no datagram of a stranger, so its own hop is missing here; -p tcp reaches it';

/** Runs a trace. @throws NetError `ERR_UNSUPPORTED` without the system calls of Linux, `ERR_CONNECT` without a route */
export async function runTrace(request: ProbeRequest, { signal, onEvent }: ProbeDeps): Promise<TraceResult> {
  refuseWhatCannotBe(request);
  const { target, names } = request;
  const lookup = new NameLookup(names);
  const test = request.test === 'mtr' ? 'mtr' : 'trace';
  let started: StartedTrace | null = null;
  const last = await inThread(request, signal, (report) => {
    if (report.tag === 'started') {
      started = report.started;
      if (started.instead !== null) onEvent({ tag: 'notice', message: started.instead });
      const { protocol, port, method } = started;
      const where = { family: target.family, address: target.address, port: protocol === 'icmp' ? null : port };
      onEvent({
        tag: 'probe-started',
        test,
        protocol,
        ...where,
        method,
        name: target.name,
        max_hops: request.max_hops,
      });
    } else if (report.tag === 'hop') {
      for (const hop of lookup.named([report.hop])) onEvent({ tag: 'hop', hop });
    } else if (report.tag === 'round') {
      onEvent({ tag: 'round', round: { ...report.round, hops: lookup.named(report.round.hops) } });
    }
  });
  if (last.tag === 'failed') throw new NetError(last.code, last.message);
  const { outcome, end } = last;
  // The first call may be the first to see some addresses.
  lookup.named(outcome.hops);
  await lookup.settle(signal.aborted ? 0 : NAMES_MS);
  const { protocol, port, method, instead } = started ?? fallback(request);
  const error = errorOf(last, signal);
  return {
    test,
    protocol,
    family: target.family,
    source: { address: end.sourceAddress, device: request.source.device },
    address: target.address,
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
    hops: lookup.named(outcome.hops),
  };
}

/** A trace that was stopped is not complete; and one that nothing answered has measured nothing. */
function errorOf({ outcome, end }: Extract<LastReport, { tag: 'ended' }>, signal: AbortSignal): NetError | null {
  if (!end.complete) return abortError(signal);
  if (outcome.hops.some(({ probes_received }) => probes_received > 0)) return null;
  return new NetError('ERR_NOTHING_RECEIVED', 'no probe was answered: not by the target, and not by any router');
}

function fallback({ protocol }: ProbeRequest): StartedTrace {
  return { protocol, port: UDP_PORT, method: protocol, instead: null };
}

function refuseWhatCannotBe({ test, engine, protocol, paths, client_port, count, length_bytes }: ProbeRequest): void {
  if (protocol === 'tcp' && length_bytes !== null) {
    throw new NetError('ERR_USAGE', '-l: a TCP probe is a SYN without payload; use -p udp or -p icmp');
  }
  if (test === 'trace' && (count ?? 0) > MOST_PROBES) {
    throw new NetError(
      'ERR_USAGE',
      `-i ${count}: a traceroute has ${MOST_PROBES} probes a hop at most; for more use -t mtr -i N`,
    );
  }
  if (engine === 'portable') {
    throw new NetError(
      'ERR_UNSUPPORTED',
      "--engine portable: Node's own sockets set no TTL and read no ICMP; leave it out",
    );
  }
  if (loadLibc() === null) {
    const message =
      'a trace needs Linux on x64 or arm64 and the package koffi; here use traceroute, or tracert on Windows';
    throw new NetError('ERR_UNSUPPORTED', message);
  }
  if (paths > 1 && protocol !== 'udp') {
    const message = `--paths is for UDP, whose source port stays: ${protocol === 'tcp' ? 'each TCP probe has its own' : 'ICMP has none'}; use -p udp`;
    throw new NetError('ERR_USAGE', message);
  }
  if (client_port !== null && protocol === 'icmp')
    throw new NetError('ERR_USAGE', '-cport: ICMP has no ports; leave it out');
}

function plansOf(request: ProbeRequest): { readonly trace: TracePlan; readonly port: PortPlan } {
  const { test, protocol, target, source, tos, paths } = request;
  const kind = test === 'mtr' ? 'mtr' : 'trace';
  const ip = parseIp(target.address);
  const scope = ip?.scope == null ? '' : `%${ip.scope}`;
  // In the form in which answers have it.
  const address = ip ? formatIp(ip.octets) + scope : target.address;
  // So that the last flow is still answered.
  const flowGap = Math.round(Math.max(0, 1 - (ANSWERS_AT_ONCE - 1) / paths) * ANSWER_EVERY_NS);
  return {
    trace: {
      kind,
      target: address,
      maxHops: request.max_hops,
      rounds: request.count ?? (kind === 'mtr' ? null : paths > 1 ? 1 : PROBES),
      warmup: kind === 'mtr' ? request.warmup : 0,
      gapNs: request.gap_ns ?? (kind === 'mtr' ? NS_PER_S : flowGap),
      durationNs: request.duration_ns || null,
      flows: paths,
      longestWaitNs: protocol === 'tcp' ? SYN_WAIT_NS : LONGEST_WAIT_NS,
    },
    port: {
      protocol,
      family: target.family,
      address,
      port: protocol === 'icmp' ? 0 : (target.port ?? (protocol === 'tcp' ? TCP_PORT : UDP_PORT)),
      flows: paths,
      source,
      clientPort: request.client_port,
      tos,
      lengthBytes: request.length_bytes,
    },
  };
}

type LastReport = Extract<TraceReport, { tag: 'ended' | 'failed' }>;

function inThread(
  request: ProbeRequest,
  signal: AbortSignal,
  onReport: (report: TraceReport) => void,
): Promise<LastReport> {
  const cancelled = new Int32Array(new SharedArrayBuffer(4));
  const workerData: TraceThreadPlan = { ...plansOf(request), cancelled };
  const worker = new Worker(new URL('./trace-thread.js', import.meta.url), { workerData });
  const cancel = (): void => void Atomics.store(cancelled, 0, 1);
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel, { once: true });
  return new Promise<LastReport>((resolve, reject) => {
    worker.on('message', (report: TraceReport) => {
      if (report.tag === 'ended' || report.tag === 'failed') resolve(report);
      else onReport(report);
    });
    worker.on('error', reject);
    worker.on('exit', () => reject(new NetError('ERR_PEER_LOST', 'the thread of the trace ended early')));
  }).finally(() => signal.removeEventListener('abort', cancel));
}
