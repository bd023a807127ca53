/**
 * Opens a lane of UDP to a server of winze: a latency test over UDP, whose stream carries the probes of a ping.
 *
 * The server returns probes to an address that has proven itself, at their own length and at the rate that it granted.
 *
 * @see docs/protocol.md, UDP streams
 * @module
 */
import { NetError, usageError } from '../../../core/errors.ts';
import type { TestSpec } from '../../../core/shapes/spec.ts';
import { type Nanos, NS_PER_S } from '../../../core/time.ts';
import { completeSpec } from '../../../measure/test-defaults.ts';
import type { Libc } from '../../../native/libc.ts';
import { canonicalAddress } from '../../../native/sockaddr.ts';
import type { ProbePlan } from '../../../path/ping/probe-schedule.ts';
import { StreamProbes } from '../../../path/ping/stream-probes.ts';
import { REPLY_HEADER_BYTES } from '../../../wire/datagram.ts';
import type { PathConnection } from '../../client/connect/path-connection.ts';
import { connectUdp } from '../../portable/open.ts';
import type { ProbeDeps } from '../runner.ts';
import { openServerSession, type ServerRequest } from '../server/server-session.ts';
import { openUdpStream } from '../server/server-streams.ts';
import { DatagramDriver } from './datagram-driver.ts';
import { type LaneSession, type OpenedLane, USUAL_LENGTH } from './open-lane.ts';
import type { PingDriver } from './ping-driver.ts';
import { PortableServerDriver } from './portable-server-driver.ts';

/** The only stream of the test. */
const STREAM = 0;
/** Longest wait for the server's stream, with the sockets of Node. */
const STREAM_LIMIT_NS = 3 * NS_PER_S;

/**
 * Opens a session with the server and a stream in it, and starts the test.
 *
 * @throws NetError if the server cannot be reached, or refuses; `ERR_USAGE` for a probe that is too short
 */
export async function openServerLane(
  libc: Libc | null,
  request: ServerRequest,
  plan: ProbePlan,
  wake: () => void,
  { signal, onEvent }: ProbeDeps,
): Promise<OpenedLane> {
  const lengthBytes = request.length_bytes ?? USUAL_LENGTH;
  if (lengthBytes < REPLY_HEADER_BYTES) {
    throw usageError(`-l ${lengthBytes}: a probe that the server returns has ${REPLY_HEADER_BYTES} bytes or more`);
  }
  const connection = await openServerSession(request, (message) => onEvent({ tag: 'notice', message }), signal);
  try {
    const { spec, token } = await connection.openTest(specOf(request, plan, lengthBytes), signal, { purpose: 'ping' });
    const payload = new StreamProbes(STREAM, token, lengthBytes);
    const opening = { request, connection, spec, token, payload, lengthBytes };
    const driver =
      libc === null
        ? await portableDriver(opening, wake, signal)
        : await linuxDriver(libc, opening, plan.timeoutNs, signal);
    try {
      await connection.startTest(signal);
    } catch (error) {
      driver.close();
      throw error;
    }
    return { driver, protocol: 'udp', warnings: [], session: new ServerLaneSession(connection, spec, wake) };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** A test that the server granted, whose stream is not open yet. */
interface Opening {
  readonly request: ServerRequest;
  readonly connection: PathConnection;
  readonly spec: TestSpec;
  readonly token: Uint8Array;
  readonly payload: StreamProbes;
  readonly lengthBytes: number;
}

async function linuxDriver(
  libc: Libc,
  { request, connection, token, payload, lengthBytes }: Opening,
  timeoutNs: Nanos,
  signal: AbortSignal,
): Promise<PingDriver> {
  const { family, port } = request.target;
  const address = canonicalAddress(libc, request.target.address);
  const socket = await openUdpStream(libc, request, connection.target, token, signal);
  const to = { kind: 'server', address, family, port } as const;
  return new DatagramDriver(libc, { ...to, socket, lengthBytes, timeoutNs, payload, identifier: 0 });
}

async function portableDriver(
  { request, connection, spec, token, payload, lengthBytes }: Opening,
  wake: () => void,
  signal: AbortSignal,
): Promise<PingDriver> {
  const { target, source, tos, client_port } = request;
  if (source.device !== null || tos !== null) {
    throw new NetError('ERR_UNSUPPORTED', 'a device or --tos needs the Linux engine (koffi); --from takes an address');
  }
  const { address, port } = connection.target;
  const localAddress = source.address;
  const from = { localAddress, firstPort: client_port, device: null };
  const socket = { how: 'connect', address, port, ...from, limitNs: STREAM_LIMIT_NS } as const;
  const { port: channel, local } = await connectUdp({ spec, stream: STREAM, token, socket }, signal);
  const to = { address: target.address, port: target.port, localAddress: local.address };
  return new PortableServerDriver({ ...to, channel, payload, lengthBytes }, wake);
}

/** The test as the server is asked for it: it ends when this client says so, or at the server's limit. */
function specOf({ tos }: ServerRequest, { gapNs }: ProbePlan, lengthBytes: number): TestSpec {
  const spec = completeSpec({ test: 'latency', protocol: 'udp', gap_ns: gapNs, duration_ns: null, tos });
  return { ...spec, length_bytes: lengthBytes };
}

class ServerLaneSession implements LaneSession {
  readonly gapNs: Nanos;
  readonly mostNs: Nanos | null;
  readonly #connection: PathConnection;
  onLost = (): void => {};

  constructor(connection: PathConnection, spec: TestSpec, wake: () => void) {
    this.#connection = connection;
    this.gapNs = spec.gap_ns;
    this.mostNs = spec.duration_ns;
    connection.onEvent = (event) => {
      if (event.tag !== 'failed') return;
      this.onLost();
      wake();
    };
  }

  get failure(): NetError | undefined {
    return this.#connection.failure;
  }

  async end(isAborted: boolean): Promise<void> {
    try {
      if (this.failure === undefined) await this.#connection.stopTest([], isAborted);
    } catch (error) {
      // The probes are measured already.
      if (!(error instanceof NetError)) throw error;
    }
  }

  close(): void {
    this.#connection.close();
  }
}
