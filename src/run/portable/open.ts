/**
 * Opens a stream's socket with the modules of Node: connects, sends the token, and waits until the server confirms the
 * stream.
 *
 * @module
 */
import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { formatEndpoint, parseIp } from '../../core/address.ts';
import { messageOf, NetError, systemCodeOf } from '../../core/errors.ts';
import { NS_PER_MS, NS_PER_S } from '../../core/time.ts';
import { COOKIE_BYTES, DATAGRAM_TYPE, decodeStreamHandshake, encodeStreamHandshake } from '../../wire/datagram.ts';
import { DATA_READY, encodeDataPreamble } from '../../wire/preamble.ts';
import type { SocketPlan, StreamAddress, StreamPlan } from '../streams/stream-plan.ts';
import { sendRefusal, tcpUntaken, udpSilence, udpUnready } from '../streams/udp-silence.ts';
import type { DatagramChannel } from './stream.ts';

type ConnectPlan = StreamPlan<Extract<SocketPlan, { how: 'connect' }>>;

const HANDSHAKE_RETRY_MS = 200;
const STOPPED = 'stopped while connecting';
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/**
 * Opens a TCP data connection, and waits until the server has confirmed it.
 *
 * @throws NetError `ERR_CONNECT`, also when `signal` is aborted
 */
export async function connectTcp(
  plan: ConnectPlan,
  signal: AbortSignal,
): Promise<{ socket: Socket; local: StreamAddress }> {
  const { address, port, localAddress, firstPort, limitNs } = plan.socket;
  const where = formatEndpoint(address, port);
  const socket = connect({
    host: address,
    port,
    noDelay: plan.spec.no_delay || plan.spec.test === 'latency',
    ...(localAddress === null ? {} : { localAddress }),
    ...(firstPort === null ? {} : { localPort: firstPort + plan.stream }),
  });
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (reason: string): void => reject(new NetError('ERR_CONNECT', reason));
      onAbort(signal, () => fail(STOPPED));
      socket.setTimeout(limitNs / NS_PER_MS, () =>
        fail(
          socket.connecting ? `no answer from ${where} in ${limitNs / NS_PER_S} s` : tcpUntaken(address, port, limitNs),
        ),
      );
      socket.once('error', (error) => fail(`cannot open a data connection to ${where}: ${messageOf(error)}`));
      socket.once('close', () => fail(`the server did not take a data connection to ${where}`));
      socket.once('connect', () => socket.write(encodeDataPreamble(plan.token, plan.stream)));
      socket.once('data', (chunk: Uint8Array) => {
        // Payload may follow in the same chunk: it is put back for the stream.
        if (chunk[0] !== DATA_READY) return fail(`${where} does not answer as a winze server does`);
        socket.pause();
        if (chunk.length > 1) socket.unshift(chunk.subarray(1));
        resolve();
      });
    });
  } catch (error) {
    socket.destroy();
    throw error;
  }
  socket.setTimeout(0);
  socket.removeAllListeners('error');
  socket.removeAllListeners('close');
  return { socket, local: { address: socket.localAddress ?? '', port: socket.localPort ?? 0 } };
}

/** A port that reports errors, while the stream is being opened. */
interface ClientPort extends DatagramChannel {
  onError: (error: Error) => void;
  readonly ask: (bytes: Uint8Array) => void;
}

/** What a stream of UDP needs until it is open. */
type UdpPlan = Pick<ConnectPlan, 'spec' | 'stream' | 'token' | 'socket'>;

/**
 * Opens a UDP socket that is connected to the server, and proves its address.
 *
 * @throws NetError `ERR_CONNECT`, also when `signal` is aborted
 */
export async function connectUdp(
  plan: UdpPlan,
  signal: AbortSignal,
): Promise<{ port: DatagramChannel; local: StreamAddress }> {
  const { address, port, localAddress, firstPort } = plan.socket;
  const ownPort = firstPort === null ? 0 : firstPort + plan.stream;
  const socket = createSocket({
    type: parseIp(address)?.family === 6 ? 'udp6' : 'udp4',
    recvBufferSize: plan.spec.window_bytes ?? RECEIVE_BUFFER_BYTES,
    ...(plan.spec.window_bytes === null ? {} : { sendBufferSize: plan.spec.window_bytes }),
  });
  const link: ClientPort = {
    onError: () => {},
    // Without a callback, Node does not report a datagram that was refused immediately.
    ask: (bytes) => socket.send(bytes, (error) => (error ? link.onError(error) : undefined)),
    send: (bytes) => socket.send(bytes),
    queued: () => socket.getSendQueueCount(),
    onDatagram: () => {},
    close: () => socket.close(),
  };
  socket.on('message', (bytes: Uint8Array) => link.onDatagram(bytes));
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (error) => reject(new NetError('ERR_CONNECT', messageOf(error))));
    socket.bind({ port: ownPort, ...(localAddress === null ? {} : { address: localAddress }) }, () =>
      socket.connect(port, address, (error?: Error) => (error ? reject(error) : resolve())),
    );
  });
  // An error of send (ECONNREFUSED, ENETUNREACH, EMSGSIZE) means a lost datagram, which shows in the counts.
  socket.removeAllListeners('error');
  socket.on('error', (error) => link.onError(error));
  try {
    await proveAddress(plan, link, signal);
  } catch (error) {
    socket.close();
    throw error;
  }
  const { address: localText, port: localPort } = socket.address();
  return { port: link, local: { address: localText, port: localPort } };
}

function proveAddress(plan: UdpPlan, link: ClientPort, signal: AbortSignal): Promise<void> {
  const { address, port, limitNs } = plan.socket;
  const message = (type: number, cookie: Uint8Array = new Uint8Array(COOKIE_BYTES)): Uint8Array =>
    encodeStreamHandshake({ type, stream: plan.stream, token: plan.token, cookie });
  let next = message(DATAGRAM_TYPE.hello);
  return new Promise((resolve, reject) => {
    const send = (): void => link.ask(next);
    const retry = setInterval(send, HANDSHAKE_RETRY_MS);
    let icmp: string | null = null;
    const settle = (outcome: () => void): void => {
      clearInterval(retry);
      clearTimeout(limit);
      link.onDatagram = () => {};
      link.onError = () => {};
      outcome();
    };
    const give = (reason: string): void => settle(() => reject(new NetError('ERR_CONNECT', reason)));
    let limit = setTimeout(() => give(udpSilence(address, port, limitNs, icmp)), limitNs / NS_PER_MS);
    let answered = false;
    link.onError = (error) => {
      const reason = systemCodeOf(error) ?? null;
      const refused = reason === null ? null : sendRefusal(reason, address, port);
      if (refused !== null) give(refused);
      icmp = reason ?? icmp;
    };
    onAbort(signal, () => give(STOPPED));
    link.onDatagram = (bytes) => {
      const answer = decodeStreamHandshake(bytes);
      if (answer?.type === DATAGRAM_TYPE.ready) settle(resolve);
      if (answer?.type !== DATAGRAM_TYPE.challenge) return;
      next = message(DATAGRAM_TYPE.prove, answer.cookie);
      send();
      if (answered) return;
      answered = true;
      // UDP works in both directions. The server's stream gets the full timeout again, however late this answer was.
      clearTimeout(limit);
      limit = setTimeout(() => give(udpUnready(address, port, limitNs)), limitNs / NS_PER_MS);
    };
    send();
  });
}

function onAbort(signal: AbortSignal, act: () => void): void {
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { once: true });
}

/** Text of a failure of a test socket, with the system's name for it. */
export function failureOf(error: unknown): string {
  return systemCodeOf(error) ?? messageOf(error);
}
