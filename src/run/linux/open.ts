/**
 * Opens a stream's socket on Linux: connects, sends the token, and waits until the server confirms the stream.
 *
 * This blocks the worker thread in slices of 50 ms. It is simpler than a state machine and delays no other stream: a
 * client opens all streams of a test before the first octet of data is sent.
 *
 * @module
 */
import { formatEndpoint } from '../../core/address.ts';
import { NetError } from '../../core/errors.ts';
import { type Instant, NS_PER_MS, NS_PER_S } from '../../core/time.ts';
import { MSG, POLL, SO, SOL, TCP } from '../../native/constants.ts';
import type { Libc } from '../../native/libc.ts';
import type { Poller } from '../../native/poller.ts';
import { LinuxSocket } from '../../native/socket.ts';
import { checkNothingReceived } from '../../native/udp/receive-errors.ts';
import {
  COOKIE_BYTES,
  DATAGRAM_TYPE,
  decodeStreamHandshake,
  encodeStreamHandshake,
  STREAM_HANDSHAKE_BYTES,
} from '../../wire/datagram.ts';
import { DATA_READY, encodeDataPreamble } from '../../wire/preamble.ts';
import { monotonicNow } from '../monotonic.ts';
import type { SocketPlan, StreamPlan } from '../streams/stream-plan.ts';
import { sendRefusal, tcpUntaken, udpSilence, udpUnready } from '../streams/udp-silence.ts';

type ConnectPlan = Extract<SocketPlan, { how: 'connect' }>;

/** Time between two attempts to reach the server over UDP. */
const HANDSHAKE_RETRY = 200 * NS_PER_MS;
/**
 * Time without an acknowledgement after which the kernel drops a connection (TCP_USER_TIMEOUT, tcp(7)). A peer that is
 * gone is detected earlier, on the control connection; this is for a data connection whose path alone fails. On a line
 * that drops every third packet, six losses in a row leave a stream without an acknowledgement for 12 s.
 */
const USER_TIMEOUT_MS = 30_000;
/**
 * Buffer for datagrams that arrive while the thread is busy with other streams. The kernel doubles the value for its
 * overhead (socket(7)).
 */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/**
 * Opens the socket of `plan`, ready for data.
 *
 * @param cancelled - checked between two slices
 * @throws NetError `ERR_CONNECT`, `ERR_UNSUPPORTED` or `ERR_USAGE` with the reason; `ERR_ABORTED` when cancelled
 */
export function openSocket(libc: Libc, poller: Poller, plan: StreamPlan, cancelled: () => boolean): LinuxSocket {
  const { socket: how, spec } = plan;
  if (how.how === 'adopt') {
    const socket = LinuxSocket.adopt(libc, how.fd, how.address);
    return guarded(socket, () => {
      socket.apply('tcp', { ...spec, device: null });
      socket.trySetInt(SOL.tcp, TCP.userTimeout, USER_TIMEOUT_MS);
      send(libc, socket, Uint8Array.of(DATA_READY));
    });
  }
  if (how.how === 'listen') throw new NetError('ERR_UNSUPPORTED', 'a listening socket is for a test of connections');
  const socket = LinuxSocket.open(libc, spec.protocol, how.address);
  const wait = new Waiter(libc, poller, socket, cancelled);
  return guarded(socket, () => {
    socket.apply(spec.protocol, { ...spec, device: how.how === 'connect' ? how.device : null });
    if (spec.protocol === 'tcp') socket.trySetInt(SOL.tcp, TCP.userTimeout, USER_TIMEOUT_MS);
    if (spec.protocol === 'udp' && spec.window_bytes === null) growReceiveBuffer(socket);
    if (how.how === 'answer') {
      socket.setInt(SOL.socket, SO.reuseaddr, 1, 'share the port');
      socket.bind(how.localAddress, how.localPort);
      socket.connect(how.address, how.port);
      send(libc, socket, handshake(plan, DATAGRAM_TYPE.ready));
      return;
    }
    bindClient(socket, plan.stream, how, spec.protocol);
    if (spec.protocol === 'tcp') connectTcp(socket, plan, how, wait);
    else connectUdp(socket, plan, how, wait);
  });
}

/** Binds a client's socket to the address and port that were asked for. @throws NetError `ERR_USAGE` if one is taken */
function bindClient(
  socket: LinuxSocket,
  stream: number,
  { address, localAddress, firstPort }: ConnectPlan,
  protocol: 'tcp' | 'udp',
): void {
  if (localAddress === null && firstPort === null) return;
  // A connection of an earlier run may still have the port, in TIME_WAIT. Over UDP it would be shared.
  if (firstPort !== null && protocol === 'tcp') socket.setInt(SOL.socket, SO.reuseaddr, 1, 'use a port again');
  socket.bind(localAddress ?? (address.includes(':') ? '::' : '0.0.0.0'), firstPort === null ? 0 : firstPort + stream);
}

/** Blocks in slices of 50 ms until a socket is ready. */
class Waiter {
  readonly libc: Libc;
  readonly #poller: Poller;
  readonly #socket: LinuxSocket;
  readonly #cancelled: () => boolean;

  constructor(libc: Libc, poller: Poller, socket: LinuxSocket, cancelled: () => boolean) {
    this.libc = libc;
    this.#poller = poller;
    this.#socket = socket;
    this.#cancelled = cancelled;
  }

  /** Returns true when one of `events` has occurred, false at `until`. */
  for(events: number, until: Instant): boolean {
    for (;;) {
      if (this.#cancelled()) throw new NetError('ERR_ABORTED', 'stopped while connecting');
      this.#poller.clear();
      const place = this.#poller.add(this.#socket.fd, events);
      this.#poller.wait(Math.min(until - monotonicNow(), 50 * NS_PER_MS));
      if (this.#poller.ready(place) !== 0) return true;
      if (monotonicNow() >= until) return false;
    }
  }
}

function connectTcp(
  socket: LinuxSocket,
  plan: StreamPlan,
  { address, port, limitNs }: ConnectPlan,
  wait: Waiter,
): void {
  const until = monotonicNow() + limitNs;
  const where = formatEndpoint(address, port);
  if (!socket.connect(address, port)) {
    if (!wait.for(POLL.out, until))
      throw new NetError('ERR_CONNECT', `no answer from ${where} in ${limitNs / NS_PER_S} s`);
    const failed = socket.pendingError();
    if (failed !== 0)
      throw new NetError('ERR_CONNECT', `cannot open a data connection to ${where}: ${wait.libc.errorName(failed)}`);
  }
  send(wait.libc, socket, encodeDataPreamble(plan.token, plan.stream));
  const { scratch } = wait.libc;
  if (!wait.for(POLL.in, until)) throw new NetError('ERR_CONNECT', tcpUntaken(address, port, limitNs));
  const read = wait.libc.recv(socket.fd, scratch.address, 1, MSG.dontwait);
  if (read !== 1 || scratch.bytes[0] !== DATA_READY) {
    throw new NetError('ERR_CONNECT', `the server did not take a data connection to ${where}`);
  }
}

function connectUdp(
  socket: LinuxSocket,
  plan: StreamPlan,
  { address, port, limitNs }: ConnectPlan,
  wait: Waiter,
): void {
  socket.connect(address, port);
  if (plan.spec.dont_fragment) refuseTooLong(socket, plan.spec.length_bytes);
  let until = monotonicNow() + limitNs;
  let answered = false;
  let icmp: string | null = null;
  let message = handshake(plan, DATAGRAM_TYPE.hello);
  let waitUntil = 0;
  for (;;) {
    if (monotonicNow() >= until) {
      const reason = answered ? udpUnready(address, port, limitNs) : udpSilence(address, port, limitNs, icmp);
      throw new NetError('ERR_CONNECT', reason);
    }
    if (monotonicNow() >= waitUntil) {
      const refused = send(wait.libc, socket, message) ? null : sendRefusal(wait.libc.errno(), address, port);
      if (refused !== null) throw new NetError('ERR_CONNECT', refused);
      waitUntil = monotonicNow() + HANDSHAKE_RETRY;
    }
    if (!wait.for(POLL.in, Math.min(until, waitUntil))) continue;
    const { scratch } = wait.libc;
    const length = wait.libc.recv(socket.fd, scratch.address, STREAM_HANDSHAKE_BYTES, MSG.dontwait);
    // An ICMP error for an earlier attempt is temporary: the server may open its port later.
    if (length < 0) {
      checkNothingReceived(wait.libc);
      if (!wait.libc.wouldBlock()) icmp = wait.libc.errno();
    }
    const answer = length < 0 ? undefined : decodeStreamHandshake(scratch.bytes.subarray(0, length));
    if (answer?.type === DATAGRAM_TYPE.ready) return;
    if (answer?.type === DATAGRAM_TYPE.challenge) {
      message = handshake(plan, DATAGRAM_TYPE.prove, answer.cookie);
      waitUntil = 0;
      // UDP works in both directions. The server's thread gets the full timeout again, however late this answer was.
      if (!answered) until = monotonicNow() + limitNs;
      answered = true;
    }
  }
}

/** The MTU of the route is known before anything is sent. A smaller link on the path reports it later, by ICMP. */
function refuseTooLong(socket: LinuxSocket, datagramBytes: number): void {
  const largest = socket.largestDatagram();
  if (largest === null || datagramBytes <= largest.payload) return;
  const message = `--dont-fragment: a datagram of ${datagramBytes} B does not fit the path MTU of ${largest.mtu}; use -l ${largest.payload} or less`;
  throw new NetError('ERR_USAGE', message);
}

function handshake(plan: StreamPlan, type: number, cookie: Uint8Array = new Uint8Array(COOKIE_BYTES)): Uint8Array {
  return encodeStreamHandshake({ type, stream: plan.stream, token: plan.token, cookie });
}

function send(libc: Libc, socket: LinuxSocket, bytes: Uint8Array): boolean {
  libc.scratch.bytes.set(bytes);
  return libc.send(socket.fd, libc.scratch.address, bytes.length, MSG.nosignal) >= 0;
}

function growReceiveBuffer(socket: LinuxSocket): void {
  // Values above net.core.rmem_max need CAP_NET_ADMIN; without it, that limit applies.
  if (socket.trySetInt(SOL.socket, SO.rcvbufforce, RECEIVE_BUFFER_BYTES)) return;
  socket.trySetInt(SOL.socket, SO.rcvbuf, RECEIVE_BUFFER_BYTES);
}

function guarded(socket: LinuxSocket, prepare: () => void): LinuxSocket {
  try {
    prepare();
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** The remote address and port of a stream, by its plan; port 0 for an adopted descriptor. */
export function remoteOf(plan: StreamPlan): { readonly address: string; readonly port: number } {
  const { socket } = plan;
  return socket.how === 'adopt' || socket.how === 'listen'
    ? { address: socket.address, port: 0 }
    : { address: socket.address, port: socket.port };
}
