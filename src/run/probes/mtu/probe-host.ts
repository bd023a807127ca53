/**
 * The path MTU towards a host without winze: sockets, and which of them answers.
 *
 * @module
 */
import { NetError } from '../../../core/errors.ts';
import type { ProbeRequest } from '../../../core/shapes/path/probe-spec.ts';
import { NS_PER_S } from '../../../core/time.ts';
import type { Libc } from '../../../native/libc.ts';
import { openIcmpSocket } from '../../../native/probe/icmp-socket.ts';
import { canonicalAddress } from '../../../native/sockaddr.ts';
import { LinuxSocket } from '../../../native/socket.ts';
import { randomOctets } from '../../hmac.ts';
import { prepareSocket } from '../sockets/prepare-socket.ts';
import { HostPort } from './host-port.ts';
import { probeRate, type SearchResult, searchMtu } from './mtu-search-run.ts';
import { datagramFormat, echoFormat, type ProbeFormat } from './probe-format.ts';
import { ProbeSocket } from './probe-socket.ts';
import type { SendLimits } from './send-limits.ts';

/** What was found, and how. */
export interface HostSearch {
  readonly result: SearchResult;
  readonly method: string;
  /** `null` for ICMP. */
  readonly port: number | null;
  readonly warnings: readonly string[];
}

/** First port of traceroute: hardly anything listens there. */
const CLOSED_PORT = 33_434;
const LIMIT_NS = 60 * NS_PER_S;
/** Smallest packet of a probe: room for every header, and the tag. */
const LEAST = { 4: 80, 6: 100 } as const;

const NO_ICMP =
  'ICMP echo needs a group in net.ipv4.ping_group_range (sysctl -w net.ipv4.ping_group_range="0 2147483647"), or CAP_NET_RAW';

/**
 * Searches by the protocol that was asked for. UDP without a port that the user named goes on with ICMP echo where
 * nothing answers.
 *
 * @throws NetError `ERR_UNSUPPORTED` without the right to send ICMP echo, or to bind as was asked
 */
export async function probeHost(
  libc: Libc,
  request: ProbeRequest,
  limits: SendLimits,
  onMethod: (method: string, port: number | null) => void,
  signal: AbortSignal,
): Promise<HostSearch> {
  if (request.protocol === 'icmp') {
    const found = await byEcho(libc, request, limits, onMethod, signal);
    if (found === null) throw new NetError('ERR_UNSUPPORTED', `${NO_ICMP}; use -p udp instead`);
    return found;
  }
  const found = await byClosedPort(libc, request, limits, onMethod, signal);
  const { forward, notes } = found.result;
  const isSilent = forward.verdict === 'no-answer' && notes.unreachable === null && !signal.aborted;
  if (!isSilent) return found;
  if (namedPort(request) !== null) {
    const advice = `nothing answered on UDP port ${found.port}: what listens there says nothing to a probe; leave out the port, or use -p icmp`;
    return { ...found, warnings: [...found.warnings, advice] };
  }
  const echo = await byEcho(libc, request, limits, onMethod, signal);
  const said = `UDP port ${CLOSED_PORT} does not answer`;
  if (echo === null) return { ...found, warnings: [...found.warnings, `${said}; ${NO_ICMP}`] };
  return { ...echo, warnings: [`${said}: ICMP echo was used instead`, ...echo.warnings] };
}

/** The port that the user named; that of a URL is one where something listens. */
function namedPort({ target }: ProbeRequest): number | null {
  return target.url === null ? target.port : null;
}

async function byClosedPort(
  libc: Libc,
  request: ProbeRequest,
  limits: SendLimits,
  onMethod: (method: string, port: number | null) => void,
  signal: AbortSignal,
): Promise<HostSearch> {
  const method = 'udp error queue';
  const port = namedPort(request) ?? CLOSED_PORT;
  onMethod(method, port);
  const socket = LinuxSocket.open(libc, 'udp', request.target.address);
  return search(libc, { socket, request, format: datagramFormat(request.target.family), method, port, limits }, signal);
}

async function byEcho(
  libc: Libc,
  request: ProbeRequest,
  limits: SendLimits,
  onMethod: (method: string, port: number | null) => void,
  signal: AbortSignal,
): Promise<HostSearch | null> {
  const { address, family } = request.target;
  const opened = openIcmpSocket(libc, address, family);
  if (opened === null) return null;
  const { socket, kind } = opened;
  onMethod(kind, null);
  const [high = 0, low = 0] = randomOctets(2);
  const format = echoFormat(family, (high << 8) | low, kind === 'raw socket');
  return search(libc, { socket, request, format, method: kind, port: null, limits }, signal);
}

interface Opened {
  readonly socket: LinuxSocket;
  readonly request: ProbeRequest;
  readonly format: ProbeFormat;
  readonly method: string;
  readonly port: number | null;
  readonly limits: SendLimits;
}

async function search(libc: Libc, opened: Opened, signal: AbortSignal): Promise<HostSearch> {
  const { socket, request, format, method, port, limits } = opened;
  const { target, max_hops } = request;
  const { family, address } = target;
  let probes: ProbeSocket;
  try {
    prepareSocket(socket, 'udp', request);
    socket.connect(address, port ?? 0);
    probes = new ProbeSocket(libc, socket, family);
  } catch (error) {
    socket.close();
    throw error;
  }
  const host = { family, address: canonicalAddress(libc, address), nonce: randomOctets(8) };
  const end = new HostPort(probes, format, host);
  try {
    const plan = {
      family,
      least: LEAST[family],
      most: limits.most,
      backwardMost: null,
      kernelMtu: probes.pathMtu(),
      maxHops: max_hops,
      isScarce: format.isAnsweredByError,
      rateBps: probeRate(limits.most),
      limitNs: request.duration_ns || LIMIT_NS,
    };
    const result = await searchMtu(libc, end, plan, signal);
    return { result, method, port, warnings: warningsOf(end, result) };
  } finally {
    end.close();
  }
}

function warningsOf({ unmatched }: HostPort, { forward }: SearchResult): readonly string[] {
  if (unmatched === 0 || forward.answers > 0) return [];
  return [
    `the target answered ${unmatched} times and quotes too little of a probe to tell which one it was; use -p icmp`,
  ];
}
