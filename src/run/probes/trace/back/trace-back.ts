/**
 * Asks a server of winze for the trace back to this host, and answers the probes that arrive.
 *
 * The stream of a latency test over UDP proves where this host is; the server traces along it, from the port of its tests.
 *
 * @module
 */
import { setImmediate } from 'node:timers/promises';
import { messageOf, NetError } from '../../../../core/errors.ts';
import { printable } from '../../../../core/printable.ts';
import type { ProbeRequest } from '../../../../core/shapes/path/probe-spec.ts';
import type { TraceBack, TraceEndpoint } from '../../../../core/shapes/path/trace.ts';
import {
  MOST_HOPS_BACK,
  MOST_PROBES_BACK,
  type TraceAsk,
  type TracedPath,
} from '../../../../core/shapes/path/trace-back.ts';
import { NS_PER_MS, NS_PER_S } from '../../../../core/time.ts';
import { completeSpec } from '../../../../measure/test-defaults.ts';
import { MSG, POLL } from '../../../../native/constants.ts';
import { type Libc, loadLibc } from '../../../../native/libc.ts';
import { Poller } from '../../../../native/poller.ts';
import { noTraceBack, traceBackOf } from '../../../../path/trace/trace-back.ts';
import type { Welcome } from '../../../../session/client-session.ts';
import { StreamKey } from '../../../../wire/datagram.ts';
import { answerHopProbe, HOP_PROBE_BYTES } from '../../../../wire/probe/trace-probe.ts';
import type { PathConnection } from '../../../client/connect/path-connection.ts';
import type { ProbeDeps } from '../../runner.ts';
import { openServerSession, type ServerRequest } from '../../server/server-session.ts';
import { openUdpStream } from '../../server/server-streams.ts';

/** The server ends a trace after 10 s. */
const LIMIT_NS = 12 * NS_PER_S;
/** Longest time in which the event loop, which serves the control connection, has no turn. */
const SLICE_NS = 5 * NS_PER_MS;
/** Probes for each hop, as those of a trace from here. mtr has as many as a server sends: loss is what it is about. */
const PROBES = { trace: 3, mtr: MOST_PROBES_BACK } as const;
/** The only stream of the test. */
const STREAM = 0;
/** Datagrams that are answered at a time. */
const MOST = 64;

/**
 * Has the server trace back for each request that asks for it, one after the other.
 *
 * @returns for each request the result; `null` if it did not ask. If the server or the path gives none, `error` says why.
 */
export async function tracesBack(
  requests: readonly ProbeRequest[],
  { signal, onEvent }: ProbeDeps,
): Promise<readonly (TraceBack | null)[]> {
  const onNotice = (message: string): void => onEvent({ tag: 'notice', message });
  const backs: (TraceBack | null)[] = [];
  for (const request of requests) {
    const { test, server, both, count } = request;
    const isAsked = both && server !== null && !signal.aborted;
    const probes = count ?? PROBES[test === 'mtr' ? test : 'trace'];
    backs.push(isAsked ? await traceBack({ ...request, server }, probes, onNotice, signal) : null);
  }
  return backs;
}

async function traceBack(
  request: ServerRequest,
  probes: number,
  onNotice: (message: string) => void,
  signal: AbortSignal,
): Promise<TraceBack> {
  const ask = { max_hops: Math.min(request.max_hops, MOST_HOPS_BACK), probes: Math.min(probes, MOST_PROBES_BACK) };
  try {
    const libc = loadLibc();
    if (libc === null) throw new NetError('ERR_UNSUPPORTED', 'it needs the system calls of Linux');
    const asked = await askServer(libc, request, ask, onNotice, signal);
    return traceBackOf(asked.traced, ask.max_hops, asked.local);
  } catch (error) {
    if (!(error instanceof NetError)) throw error;
    return noTraceBack({ code: error.code, message: messageOf(error) }, ask.max_hops);
  }
}

interface Asked {
  readonly traced: TracedPath;
  readonly local: TraceEndpoint;
}

async function askServer(
  libc: Libc,
  request: ServerRequest,
  ask: TraceAsk,
  onNotice: (message: string) => void,
  signal: AbortSignal,
): Promise<Asked> {
  // The port that was asked for is that of the trace there.
  const own: ServerRequest = { ...request, client_port: null };
  const connection = await openServerSession(own, onNotice, signal);
  try {
    refuseWithout(connection.welcome);
    const spec = completeSpec({ test: 'latency', protocol: 'udp', duration_ns: LIMIT_NS, tos: request.tos });
    const { token } = await connection.openTest(spec, signal, { trace: ask, purpose: 'trace' });
    const socket = await openUdpStream(libc, own, connection.target, token, signal);
    try {
      await runTrace(libc, socket.fd, new StreamKey(token, STREAM), connection, signal);
      if (signal.aborted) throw new NetError('ERR_ABORTED', 'stopped before the server had traced back');
      if (connection.failure) throw connection.failure;
      const { trace } = await connection.stopTest([], false);
      if (trace === null) throw new NetError('ERR_PEER_PROTOCOL', 'the server sent no trace');
      return { traced: trace, local: socket.local() };
    } finally {
      socket.close();
    }
  } finally {
    connection.close();
  }
}

/** @throws NetError `ERR_UNSUPPORTED` for a server that does not trace */
function refuseWithout({ trace_back, host }: Welcome): void {
  if (trace_back === true) return;
  const why =
    trace_back === false
      ? 'the server has no Linux engine, which traces (Linux on x64 or arm64, with the package koffi)'
      : `winze ${printable(host.version, 64)} of the server does not trace, update it`;
  throw new NetError('ERR_UNSUPPORTED', why);
}

/** Starts the trace, and returns when it is over, when the server is gone, after 12 s, or with `signal`. */
async function runTrace(
  libc: Libc,
  fd: number,
  key: StreamKey,
  connection: PathConnection,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  connection.onEvent = ({ tag }) => {
    if (tag === 'sent' || tag === 'failed') over.abort();
  };
  const ended = AbortSignal.any([signal, over.signal, AbortSignal.timeout(LIMIT_NS / NS_PER_MS)]);
  // Before the first probe can come: its answer would be late.
  const answering = answerProbes(libc, fd, key, ended);
  try {
    await connection.startTest(signal);
  } catch (error) {
    over.abort();
    await answering;
    throw error;
  }
  await answering;
}

/** Returns the probes of the server until `ended`. */
async function answerProbes(libc: Libc, fd: number, key: StreamKey, ended: AbortSignal): Promise<void> {
  const { view, address } = libc.scratch;
  const poller = new Poller(libc);
  try {
    while (!ended.aborted) {
      poller.clear();
      poller.add(fd, POLL.in);
      poller.wait(SLICE_NS);
      for (let i = 0; i < MOST; i++) {
        // One octet more than a probe has: what is longer is none.
        const length = libc.recv(fd, address, HOP_PROBE_BYTES + 1, MSG.dontwait);
        if (length < 0) break;
        if (answerHopProbe(key, view, length)) libc.send(fd, address, HOP_PROBE_BYTES, MSG.nosignal | MSG.dontwait);
      }
      await setImmediate();
    }
  } finally {
    poller.free();
  }
}
