/**
 * A session with a server of winze for one test, and the one stream of it, of which the caller has the socket.
 *
 * @module
 */
import { toHex } from '../../../core/bytes.ts';
import type { ProbedServer, ProbeRequest } from '../../../core/shapes/path/probe-spec.ts';
import type { TestSpec } from '../../../core/shapes/spec.ts';
import { NS_PER_S } from '../../../core/time.ts';
import { TestBoard } from '../../../measure/test-board.ts';
import type { Libc } from '../../../native/libc.ts';
import { Poller } from '../../../native/poller.ts';
import type { LinuxSocket } from '../../../native/socket.ts';
import { PathConnection } from '../../client/connect/path-connection.ts';
import { hmacSha256, randomOctets } from '../../hmac.ts';
import { openSocket } from '../../linux/open.ts';
import type { StreamPlan } from '../../streams/stream-plan.ts';

/** A request whose target is a server of winze. */
export interface ServerRequest extends ProbeRequest {
  readonly server: ProbedServer;
}

/** Longest wait for the stream, in which this thread does nothing else. */
const STREAM_LIMIT_NS = 3 * NS_PER_S;

/**
 * Connects, authenticates, and waits in the queue if there is one.
 *
 * @throws NetError if the connection fails, or the server refuses; the reason of the signal
 */
export function openServerSession(
  { target, source, server, connect_timeout_ns }: ServerRequest,
  onNotice: (message: string) => void,
  signal: AbortSignal,
): Promise<PathConnection> {
  const { name, address, port } = target;
  const clientId = toHex(randomOctets(16));
  const deps = { secret: server.secret, wait: server.wait, clientId, hmac: hmacSha256, nonce: randomOctets(32) };
  return PathConnection.open({ name, addresses: [address], port: port ?? 0, localAddress: source.address }, deps, {
    limitNs: connect_timeout_ns,
    onAnswer: () => {},
    onQueued: (place) => onNotice(`the server is busy: place ${place} in its queue`),
    signal,
  });
}

/**
 * Opens the stream of a test that was accepted.
 *
 * @throws NetError `ERR_CONNECT` if there is no answer in 3 s
 */
export function openServerStream(
  libc: Libc,
  { source }: ProbeRequest,
  connection: PathConnection,
  test: { readonly spec: TestSpec; readonly token: Uint8Array; readonly role: StreamPlan['role'] },
  signal: AbortSignal,
): LinuxSocket {
  const { address, port } = connection.target;
  const plan: StreamPlan = {
    id: 0,
    stream: 0,
    direction: test.role === 'receive' ? 'download' : 'upload',
    ...test,
    board: TestBoard.forStreams(1).memory,
    rateBps: null,
    bytes: null,
    heldBps: null,
    socket: {
      how: 'connect',
      address,
      port,
      localAddress: source.address,
      device: source.device,
      limitNs: STREAM_LIMIT_NS,
    },
  };
  const poller = new Poller(libc);
  try {
    return openSocket(libc, poller, plan, () => signal.aborted);
  } finally {
    poller.free();
  }
}
