/**
 * Opening a stream's socket with Node's own modules: connect, show the token, wait for the server's word.
 *
 * @module
 */
import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { formatEndpoint, parseIp } from '../../core/address.ts';
import { messageOf, NetError, systemCodeOf } from '../../core/errors.ts';
import { COOKIE_BYTES, DATAGRAM_TYPE, decodeHandshake, encodeHandshake } from '../../wire/datagram.ts';
import { DATA_READY, encodeDataPreamble } from '../../wire/preamble.ts';
import type { Endpoint, SocketPlan, StreamPlan } from '../streams/stream-plan.ts';
import type { DatagramPort } from './stream.ts';

type ConnectPlan = StreamPlan<Extract<SocketPlan, { how: 'connect' }>>;

const TIMEOUT_MS = 10_000;
const HANDSHAKE_TIMEOUT_MS = 5_000;
const HANDSHAKE_RETRY_MS = 200;
const STOPPED = 'stopped while connecting';
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/** Gives up when `signal` comes, as do all here. */
export async function connectTcp(plan: ConnectPlan, signal: AbortSignal): Promise<{ socket: Socket; local: Endpoint }> {
  const { address, port, localAddress } = plan.socket;
  const where = formatEndpoint(address, port);
  const socket = connect({
    host: address,
    port,
    noDelay: plan.spec.no_delay || plan.spec.test === 'latency',
    ...(localAddress === null ? {} : { localAddress }),
  });
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (reason: string): void => reject(new NetError('ERR_CONNECT', reason));
      onAbort(signal, () => fail(STOPPED));
      socket.setTimeout(TIMEOUT_MS, () => fail(`no answer from ${where} in 10 s`));
      socket.once('error', (error) => fail(`cannot open a data connection to ${where}: ${messageOf(error)}`));
      socket.once('close', () => fail(`the server did not take a data connection to ${where}`));
      socket.once('connect', () => socket.write(encodeDataPreamble(plan.token, plan.stream)));
      socket.once('data', (chunk: Uint8Array) => {
        // Payload may follow at once: it is put back for whoever reads next.
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

export async function connectUdp(
  plan: ConnectPlan,
  signal: AbortSignal,
): Promise<{ port: DatagramPort; local: Endpoint }> {
  const { address, port, localAddress } = plan.socket;
  const socket = createSocket({
    type: parseIp(address)?.family === 6 ? 'udp6' : 'udp4',
    recvBufferSize: plan.spec.window_bytes ?? RECEIVE_BUFFER_BYTES,
    ...(plan.spec.window_bytes === null ? {} : { sendBufferSize: plan.spec.window_bytes }),
  });
  const link: DatagramPort = {
    send: (bytes) => socket.send(bytes),
    queued: () => socket.getSendQueueCount(),
    onDatagram: () => {},
    close: () => socket.close(),
  };
  socket.on('message', (bytes: Uint8Array) => link.onDatagram(bytes));
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (error) => reject(new NetError('ERR_CONNECT', messageOf(error))));
    socket.bind({ port: 0, ...(localAddress === null ? {} : { address: localAddress }) }, () =>
      socket.connect(port, address, (error?: Error) => (error ? reject(error) : resolve())),
    );
  });
  // What a send met (ECONNREFUSED, ENETUNREACH, EMSGSIZE) is a lost datagram; the counts tell of it.
  socket.removeAllListeners('error');
  socket.on('error', () => {});
  try {
    await proveAddress(plan, link, signal);
  } catch (error) {
    socket.close();
    throw error;
  }
  const { address: localText, port: localPort } = socket.address();
  return { port: link, local: { address: localText, port: localPort } };
}

function proveAddress(plan: ConnectPlan, link: DatagramPort, signal: AbortSignal): Promise<void> {
  const { address, port } = plan.socket;
  const message = (type: number, cookie: Uint8Array = new Uint8Array(COOKIE_BYTES)): Uint8Array =>
    encodeHandshake({ type, stream: plan.stream, token: plan.token, cookie });
  let next = message(DATAGRAM_TYPE.hello);
  return new Promise((resolve, reject) => {
    const send = (): void => link.send(next);
    const retry = setInterval(send, HANDSHAKE_RETRY_MS);
    const settle = (outcome: () => void): void => {
      clearInterval(retry);
      clearTimeout(limit);
      link.onDatagram = () => {};
      outcome();
    };
    const limit = setTimeout(() => {
      const where = formatEndpoint(address, port);
      const reason = `no UDP answer from ${where}, though TCP works: is UDP port ${port} open?`;
      settle(() => reject(new NetError('ERR_CONNECT', reason)));
    }, HANDSHAKE_TIMEOUT_MS);
    onAbort(signal, () => settle(() => reject(new NetError('ERR_CONNECT', STOPPED))));
    link.onDatagram = (bytes) => {
      const answer = decodeHandshake(bytes);
      if (answer?.type === DATAGRAM_TYPE.ready) settle(resolve);
      if (answer?.type !== DATAGRAM_TYPE.challenge) return;
      next = message(DATAGRAM_TYPE.prove, answer.cookie);
      send();
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
