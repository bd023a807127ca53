/**
 * The runner of `-t mtu`: both directions against a server of winze, the direction from here against any other host.
 *
 * @module
 */
import { NetError } from '../../../core/errors.ts';
import type { MtuDirection, MtuResult, TcpMss } from '../../../core/shapes/path/mtu.ts';
import type { ProbeProtocol, ProbeRequest } from '../../../core/shapes/path/probe-spec.ts';
import type { PathFacts } from '../../../core/shapes/path.ts';
import { type Libc, loadLibc } from '../../../native/libc.ts';
import { abortError } from '../../client/abort.ts';
import { monotonicNow } from '../../monotonic.ts';
import { askedSource } from '../asked-source.ts';
import type { ProbeDeps } from '../runner.ts';
import { comparedMtus, failedMtu } from './mtu-lanes.ts';
import { probeHost } from './probe-host.ts';
import { type SendLimits, sendLimits } from './send-limits.ts';
import { probeServer } from './server/probe-server.ts';
import { serverMss } from './server/server-mss.ts';
import { sourcePath } from './source-path.ts';
import { tcpMss } from './tcp-mss.ts';
import { insideRemark, serverTunnelFault, tooWideHop, tunnelDevice, wireguardMtus } from './tunnel-mtu.ts';

const NOT_HERE =
  'the path MTU is found on Linux only, with the package koffi: it takes a socket that sets DF and reads its error queue';

/** What was measured, before it is judged. */
interface Measured {
  readonly forward: MtuDirection | null;
  readonly backward: MtuDirection | null;
  /** The path back as the server has it; `null` without one. */
  readonly serverPath: PathFacts | null;
  readonly tcp: TcpMss | null;
  readonly protocol: ProbeProtocol;
  readonly method: string;
  readonly port: number | null;
  readonly warnings: readonly string[];
  readonly complete: boolean;
}

/**
 * Runs a search for each lane, one after the other: a line and a tunnel over it share a queue, and the round trips of one
 * search would have the packets of the other.
 *
 * @returns a result for each lane, in their order; fewer if it was stopped before
 * @throws NetError when no lane can be searched: `ERR_UNSUPPORTED` where the system does not allow it, others if nothing
 *   could be measured
 */
export async function runMtus(requests: readonly ProbeRequest[], deps: ProbeDeps): Promise<readonly MtuResult[]> {
  const results: MtuResult[] = [];
  const failures: NetError[] = [];
  for (const request of requests) {
    if (deps.signal.aborted) break;
    try {
      results.push(await runMtu(request, requests.length, deps));
    } catch (error) {
      if (!(error instanceof NetError)) throw error;
      failures.push(error);
      results.push(failedMtu(request, error));
    }
  }
  const [first] = failures;
  if (first !== undefined && failures.length === results.length) throw first;
  return comparedMtus(results);
}

async function runMtu(request: ProbeRequest, lanes: number, deps: ProbeDeps): Promise<MtuResult> {
  const startedAt = monotonicNow();
  const libc = request.engine === 'auto' ? loadLibc() : null;
  if (libc === null) throw new NetError('ERR_UNSUPPORTED', NOT_HERE);
  const facts = await sourcePath(request, libc);
  const limits = sendLimits(facts);
  const measured = await measure(request, { libc, limits, lanes }, deps);
  return resultOf(request, { facts, limits }, measured, monotonicNow() - startedAt, deps.signal);
}

async function measure(
  request: ProbeRequest,
  { libc, limits, lanes }: { readonly libc: Libc; readonly limits: SendLimits; readonly lanes: number },
  deps: ProbeDeps,
): Promise<Measured> {
  const { target, server, protocol } = request;
  const { signal, onEvent } = deps;
  const started = (method: string, port: number | null): void => {
    const { test } = request;
    const { family, address, name } = target;
    const where = { family, address, port, name, from: askedSource(request, lanes), max_hops: null };
    onEvent({ tag: 'probe-started', test, protocol, method, ...where });
  };
  const notice = (message: string): void => onEvent({ tag: 'notice', message });
  const none = { protocol, forward: null, backward: null, serverPath: null, tcp: null, warnings: [], complete: true };
  if (protocol === 'tcp') {
    started('tcp connect', target.port);
    const tcp =
      server !== null
        ? await serverMss(libc, { ...request, server }, notice, signal)
        : await tcpMss(libc, request, signal);
    return { ...none, tcp, method: 'tcp connect', port: target.port };
  }
  if (server !== null && protocol === 'udp') {
    const method = 'padded datagrams, answered by the server';
    started(method, target.port);
    const { serverPath, result } = await probeServer(libc, { ...request, server }, limits, notice, signal);
    const { forward, backward, complete } = result;
    return { ...none, forward, backward, serverPath, complete, method, port: target.port };
  }
  const { result, method, port, warnings } = await probeHost(libc, request, limits, started, signal);
  // UDP without an answer goes on with ICMP, which has no port.
  const used = port === null ? 'icmp' : protocol;
  return { ...none, protocol: used, forward: result.forward, complete: result.complete, method, port, warnings };
}

function resultOf(
  request: ProbeRequest,
  { facts, limits }: { readonly facts: PathFacts; readonly limits: SendLimits },
  measured: Measured,
  durationNs: number,
  signal: AbortSignal,
): MtuResult {
  const { protocol, forward, backward, serverPath, tcp, method, port, warnings } = measured;
  const ways = [forward, backward].filter((way) => way !== null);
  const sizes = ways.map((way) => way.path_mtu_bytes);
  const known = sizes.filter((size) => size !== null);
  const pathMtu = known.length === 0 || known.length < sizes.length ? null : Math.min(...known);
  const wireguard = wireguardMtus(pathMtu);
  const remark = insideRemark(wireguard);
  const serverFault = serverPath === null ? null : serverTunnelFault(serverPath, backward);
  const { address, family } = request.target;
  const error = errorOf(measured, signal);
  return {
    test: 'mtu',
    protocol,
    family,
    source: { address: facts.local_address, device: facts.device },
    via: request.via,
    address,
    port,
    method,
    complete: error === null,
    error: error && { code: error.code, message: error.message },
    warnings,
    duration_ns: durationNs,
    path_mtu_bytes: pathMtu,
    forward,
    backward,
    tcp,
    wireguard,
    tunnel_device: tunnelDevice(facts, limits.deviceMtu, forward),
    findings: [
      ...findingsOf(forward, backward),
      ...[tooWideHop(forward), serverFault, remark].filter((one) => one !== null),
    ],
    compared: null,
  };
}

function errorOf({ forward, complete }: Measured, signal: AbortSignal): NetError | null {
  if (signal.aborted) return abortError(signal);
  if (forward?.verdict === 'no-answer') return new NetError('ERR_NOTHING_RECEIVED', 'no probe was answered');
  return complete ? null : new NetError('ERR_PEER_LOST', 'the target answered no more before the search ended');
}

function findingsOf(forward: MtuDirection | null, backward: MtuDirection | null): readonly string[] {
  if (forward?.path_mtu_bytes == null || backward?.path_mtu_bytes == null) return [];
  const [out, back] = [forward.path_mtu_bytes, backward.path_mtu_bytes];
  if (out === back) return [];
  return [`the two directions differ: ${out} octets pass from here, ${back} towards here`];
}
