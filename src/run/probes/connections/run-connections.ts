/**
 * The runner of `-x DEST -t c`: connections a second to any host.
 *
 * @module
 */
import { NetError } from '../../../core/errors.ts';
import type { ConnectionsResult } from '../../../core/shapes/path/connections.ts';
import type { ProbeRequest } from '../../../core/shapes/path/probe-spec.ts';
import { NS_PER_S } from '../../../core/time.ts';
import type { Libc } from '../../../native/libc.ts';
import { ConnectionsEngine, type ConnectionsPlan } from '../../../path/connections/connections-engine.ts';
import { PairedRounds } from '../../../path/ping/paired-rounds.ts';
import { monotonicNow } from '../../monotonic.ts';
import { type OpenedLane, openLane } from '../ping/open-lane.ts';
import { type Lane, openLanes, withComparisons } from '../ping/open-lanes.ts';
import { runLanes } from '../ping/ping-loop.ts';
import { cutError, testError } from '../ping/test-error.ts';
import type { ProbeDeps } from '../runner.ts';
import { TlsConnectDriver } from './tls-connect-driver.ts';

const TIMEOUT_NS = 3 * NS_PER_S;
const USUAL_DURATION_NS = 10 * NS_PER_S;
const HTTPS_PORT = 443;

/**
 * Connects from all lanes at the same time, and closes each connection with RST as soon as it is open.
 *
 * @returns a result for each lane, in their order
 * @throws NetError when no lane can be opened
 */
export async function runConnections(
  requests: readonly ProbeRequest[],
  deps: ProbeDeps,
): Promise<readonly ConnectionsResult[]> {
  const plan = planOf(requests);
  const lanes = await openLanes(requests, openConnectLane, deps.onEvent);
  try {
    const startedAt = monotonicNow();
    const running = lanes.opened.map((lane) => ({ ...lane, engine: new ConnectionsEngine(plan, startedAt) }));
    // The lanes are compared second by second, by the median of each.
    const pairs = new PairedRounds(running.length);
    await runLanes(running, plan.timeoutNs, lanes.waiting, deps.signal, (place, second) => {
      const lane = running[place];
      if (lane === undefined) return;
      const { target, source } = lane.request;
      const from = requests.length > 1 ? (source.address ?? source.device) : null;
      deps.onEvent({
        tag: 'connections-second',
        row: { test: 'connections', address: target.address, from, ...second },
      });
      if (second.connect_ns.p50 !== null) pairs.record(place, second.start_ns, second.connect_ns.p50);
    });
    const results = running.map((lane) => connectionsResult(lane, plan, lane.engine, deps.signal));
    return lanes.inOrder(withComparisons(results, pairs), (request, error) => failedResult(request, plan, error));
  } finally {
    lanes.close();
  }
}

function openConnectLane(request: ProbeRequest, libc: Libc | null, wake: () => void): OpenedLane {
  if (request.tls) return openTlsLane(request, wake);
  return openLane(request, libc, TIMEOUT_NS, wake);
}

function openTlsLane(request: ProbeRequest, wake: () => void): OpenedLane {
  const { target, source, tos, client_port: clientPort } = request;
  if (source.device !== null || tos !== null) {
    throw new NetError(
      'ERR_UNSUPPORTED',
      "--tls connects with Node's sockets, without a device or --tos; use --from ADDR",
    );
  }
  const { address, family, name } = target;
  const rest = { localAddress: source.address, device: null, tos: null, clientPort, reset: true };
  const driver = new TlsConnectDriver({ address, family, port: target.port ?? HTTPS_PORT, ...rest }, name, wake);
  return { driver, protocol: 'tcp', warnings: [], session: null };
}

function tlsOf(driver: Lane['driver'], engine: ConnectionsEngine): ConnectionsResult['tls'] {
  const facts = driver instanceof TlsConnectDriver ? driver.facts : null;
  return facts && { ...facts, handshake_ns: engine.handshakeNs };
}

function planOf([first]: readonly ProbeRequest[]): ConnectionsPlan {
  const count = first?.count ?? null;
  return {
    streams: first?.streams ?? 1,
    gapNs: first?.gap_ns ?? 0,
    timeoutNs: TIMEOUT_NS,
    warmup: first?.warmup ?? 0,
    count,
    durationNs: first?.duration_ns ?? (count === null ? USUAL_DURATION_NS : 0),
  };
}

function connectionsResult(
  { request, driver, warnings }: Lane,
  plan: ConnectionsPlan,
  engine: ConnectionsEngine,
  signal: AbortSignal,
): ConnectionsResult {
  const figures = engine.figures();
  const { connections_opened: opened, connections_failed: failed } = figures;
  const error = testError(cutError(signal, plan), opened, failed, 'no connection was opened');
  return {
    ...frameOf(request, plan),
    source: { address: driver.localAddress, device: request.source.device },
    method: driver.method,
    complete: error === null,
    error,
    warnings,
    ...figures,
    tls: tlsOf(driver, engine),
  };
}

function failedResult(request: ProbeRequest, plan: ConnectionsPlan, { code, message }: NetError): ConnectionsResult {
  return {
    ...frameOf(request, plan),
    source: request.source,
    method: 'none',
    complete: false,
    error: { code, message },
    warnings: [],
    ...new ConnectionsEngine(plan, 0).figures(),
    tls: null,
  };
}

function frameOf({ target, via }: ProbeRequest, plan: ConnectionsPlan) {
  return {
    test: 'connections',
    protocol: 'tcp',
    family: target.family,
    via,
    address: target.address,
    port: target.port,
    streams: plan.streams,
    warmup: plan.warmup,
    gap_ns: plan.gapNs,
    timeout_ns: plan.timeoutNs,
    compared: null,
  } as const;
}
