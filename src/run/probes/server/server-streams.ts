/**
 * Opens the one stream of a test with a server of winze, of which the caller has the socket.
 *
 * The engines of streams do the same in threads of their own, where they may block. Here the event loop goes on.
 *
 * @see docs/protocol.md, TCP streams, UDP streams
 * @module
 */
import { formatEndpoint } from '../../../core/address.ts';
import { NetError } from '../../../core/errors.ts';
import { NS_PER_MS, NS_PER_S } from '../../../core/time.ts';
import { MSG, POLL } from '../../../native/constants.ts';
import type { Libc } from '../../../native/libc.ts';
import { LinuxSocket } from '../../../native/socket.ts';
import { checkNothingReceived } from '../../../native/udp/receive-errors.ts';
import {
  COOKIE_BYTES,
  DATAGRAM_TYPE,
  decodeStreamHandshake,
  encodeStreamHandshake,
  STREAM_HANDSHAKE_BYTES,
} from '../../../wire/datagram.ts';
import { DATA_READY, encodeDataPreamble } from '../../../wire/preamble.ts';
import { monotonicNow } from '../../monotonic.ts';
import { udpSilence } from '../../streams/udp-silence.ts';
import { connected } from '../sockets/connected.ts';
import { prepareSocket } from '../sockets/prepare-socket.ts';
import { waitForSocket } from '../sockets/socket-wait.ts';
import type { ServerRequest } from './server-session.ts';

/** Longest wait for the server's stream. */
const LIMIT_NS = 3 * NS_PER_S;
/** Time between two attempts (docs/protocol.md). */
const RETRY_NS = 200 * NS_PER_MS;
/** The only stream of the test. */
const STREAM = 0;

/** Where the stream leads. */
interface Server {
  readonly address: string;
  readonly port: number;
}

/**
 * Opens a UDP stream: hello, challenge, prove, ready.
 *
 * @throws NetError `ERR_CONNECT` if there is no answer in 3 s, `ERR_ABORTED`
 */
export async function openUdpStream(
  libc: Libc,
  request: ServerRequest,
  { address, port }: Server,
  token: Uint8Array,
  signal: AbortSignal,
): Promise<LinuxSocket> {
  const socket = LinuxSocket.open(libc, 'udp', address);
  try {
    prepareSocket(socket, 'udp', request);
    socket.connect(address, port);
    const until = monotonicNow() + LIMIT_NS;
    let message = handshake(token, DATAGRAM_TYPE.hello, new Uint8Array(COOKIE_BYTES));
    let icmp: string | null = null;
    while (monotonicNow() < until) {
      libc.scratch.bytes.set(message);
      libc.send(socket.fd, libc.scratch.address, message.length, MSG.nosignal);
      for (const retryAt = monotonicNow() + RETRY_NS; ; ) {
        if (!(await waitForSocket(libc, socket.fd, POLL.in, Math.min(until, retryAt), signal))) break;
        const length = libc.recv(socket.fd, libc.scratch.address, STREAM_HANDSHAKE_BYTES, MSG.dontwait);
        if (length < 0) {
          checkNothingReceived(libc);
          if (!libc.wouldBlock()) icmp = libc.errno();
          continue;
        }
        const answer = decodeStreamHandshake(libc.scratch.bytes.subarray(0, length));
        if (answer?.type === DATAGRAM_TYPE.ready) return socket;
        if (answer?.type !== DATAGRAM_TYPE.challenge) continue;
        message = handshake(token, DATAGRAM_TYPE.prove, answer.cookie);
        break;
      }
    }
    throw new NetError('ERR_CONNECT', udpSilence(address, port, LIMIT_NS, icmp));
  } catch (error) {
    socket.close();
    throw error;
  }
}

/**
 * Opens a TCP stream: connection, preamble, the server's octet.
 *
 * @throws NetError `ERR_CONNECT` if there is no answer in time, `ERR_ABORTED`
 */
export async function openTcpStream(
  libc: Libc,
  request: ServerRequest,
  { address, port }: Server,
  token: Uint8Array,
  signal: AbortSignal,
): Promise<LinuxSocket> {
  const socket = LinuxSocket.open(libc, 'tcp', address);
  try {
    prepareSocket(socket, 'tcp', request);
    if (!socket.connect(address, port)) await connected(libc, socket, request, signal);
    const preamble = encodeDataPreamble(token, STREAM);
    libc.scratch.bytes.set(preamble);
    libc.send(socket.fd, libc.scratch.address, preamble.length, MSG.nosignal);
    const isReady = await waitForSocket(libc, socket.fd, POLL.in, monotonicNow() + LIMIT_NS, signal);
    const read = isReady ? libc.recv(socket.fd, libc.scratch.address, 1, MSG.dontwait) : 0;
    if (read === 1 && libc.scratch.bytes[0] === DATA_READY) return socket;
    throw new NetError('ERR_CONNECT', `${formatEndpoint(address, port)} took no data connection`);
  } catch (error) {
    socket.close();
    throw error;
  }
}

function handshake(token: Uint8Array, type: number, cookie: Uint8Array): Uint8Array {
  return encodeStreamHandshake({ type, stream: STREAM, token, cookie });
}
