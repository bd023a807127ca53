/**
 * The path MTU in both directions, against a server of winze: a latency test over UDP whose stream carries padded
 * probes.
 *
 * @module
 */
import { NetError } from '../../../../core/errors.ts';
import { printable } from '../../../../core/printable.ts';
import type { ProbeRequest } from '../../../../core/shapes/path/probe-spec.ts';
import type { PathFacts } from '../../../../core/shapes/path.ts';
import type { TestSpec } from '../../../../core/shapes/spec.ts';
import { NS_PER_S } from '../../../../core/time.ts';
import { completeSpec } from '../../../../measure/test-defaults.ts';
import type { Libc } from '../../../../native/libc.ts';
import { canonicalAddress } from '../../../../native/sockaddr.ts';
import type { Welcome } from '../../../../session/client-session.ts';
import { grantedRate } from '../../../../session/limits.ts';
import { MTU_PROBE_BYTES } from '../../../../wire/probe/mtu-probe.ts';
import type { PathConnection } from '../../../client/connect/path-connection.ts';
import { openServerSession, type ServerRequest } from '../../server/server-session.ts';
import { openUdpStream } from '../../server/server-streams.ts';
import { probeRate, type SearchResult, searchMtu } from '../mtu-search-run.ts';
import { ProbeSocket } from '../probe-socket.ts';
import type { SendLimits } from '../send-limits.ts';
import { datagramOverhead, ServerPort } from './server-port.ts';

/** A search ends by itself long before. */
const LIMIT_NS = 30 * NS_PER_S;
/** The longest that a datagram can be (docs/protocol.md, Test). */
const MOST_PAYLOAD = 65_507;
/** What was found, and the path back as the server has it. */
export interface ServerSearch {
  readonly result: SearchResult;
  readonly serverPath: PathFacts;
}

/**
 * Opens a session of its own and searches in both directions.
 *
 * @throws NetError if the server cannot be reached, refuses, or answers no such probes; the reason of the signal
 */
export async function probeServer(
  libc: Libc,
  request: ServerRequest,
  limits: SendLimits,
  onNotice: (message: string) => void,
  signal: AbortSignal,
): Promise<ServerSearch> {
  const connection = await openServerSession(request, onNotice, signal);
  try {
    refuseWithout(connection.welcome, request.target.name);
    const { family } = request.target;
    const overhead = datagramOverhead(family);
    const backwardMost = Math.max(limits.most, connection.welcome.path.mtu_bytes ?? 0);
    const asked = specOf(Math.max(MTU_PROBE_BYTES, Math.min(MOST_PAYLOAD, backwardMost - overhead)), request);
    const { spec, token } = await connection.openTest(asked, signal, { purpose: 'mtu' });
    const port = await openPort(libc, request, connection, token, signal);
    try {
      await connection.startTest(signal);
      const ended = new AbortController();
      connection.onEvent = (event) => {
        if (event.tag === 'failed') ended.abort();
      };
      const largest = spec.length_bytes + overhead;
      const plan = {
        family,
        least: MTU_PROBE_BYTES + overhead,
        most: Math.min(limits.most, largest),
        backwardMost: largest,
        kernelMtu: port.kernelMtu,
        maxHops: request.max_hops,
        isScarce: false,
        rateBps: Math.min(probeRate(largest), grantedRate(spec) ?? Number.POSITIVE_INFINITY),
        limitNs: Math.min(request.duration_ns || LIMIT_NS, spec.duration_ns ?? LIMIT_NS),
      };
      const result = await searchMtu(libc, port.port, plan, AbortSignal.any([signal, ended.signal]));
      if (connection.failure) throw connection.failure;
      await connection.stopTest([], false);
      return { result, serverPath: connection.welcome.path };
    } finally {
      port.port.close();
    }
  } finally {
    connection.close();
  }
}

/** @throws NetError `ERR_UNSUPPORTED` for a server that does not answer such probes */
function refuseWithout({ mtu_probes, host }: Welcome, name: string): void {
  if (mtu_probes === true) return;
  const why =
    mtu_probes === false
      ? 'the server has no Linux engine, which sets DF on its answers'
      : `winze ${printable(host.version, 64)} of the server answers no probes of the path MTU, update it`;
  throw new NetError('ERR_UNSUPPORTED', `${why}; winze -x ${name} -t mtu finds the direction from here`);
}

function specOf(lengthBytes: number, { tos }: ProbeRequest): TestSpec {
  const spec = completeSpec({ test: 'latency', protocol: 'udp', duration_ns: LIMIT_NS, tos });
  return {
    ...spec,
    length_bytes: lengthBytes,
    gap_ns: Math.ceil((lengthBytes * 8 * NS_PER_S) / probeRate(lengthBytes)),
  };
}

async function openPort(
  libc: Libc,
  request: ServerRequest,
  connection: PathConnection,
  token: Uint8Array,
  signal: AbortSignal,
): Promise<{ readonly port: ServerPort; readonly kernelMtu: number | null }> {
  const { address, family } = request.target;
  const socket = await openUdpStream(libc, request, connection.target, token, signal);
  const probes = new ProbeSocket(libc, socket, family);
  const stream = { family, address: canonicalAddress(libc, address), stream: 0, token };
  return { port: new ServerPort(probes, stream), kernelMtu: probes.pathMtu() };
}
