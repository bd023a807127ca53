/**
 * Opens a TCP connection from a source address or a device.
 *
 * On Linux the socket is made and connected by system calls, and then handed to Node: that sees the answer to the SYN at
 * once, where the event loop takes half a millisecond, and it can bind to a device.
 *
 * @module
 */
import { connect, Socket } from 'node:net';
import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import { NetError } from '../../../core/errors.ts';
import type { ProbeRequest } from '../../../core/shapes/path/probe-spec.ts';
import { NS_PER_MS } from '../../../core/time.ts';
import { POLL } from '../../../native/constants.ts';
import { type Libc, loadLibc } from '../../../native/libc.ts';
import { Poller } from '../../../native/poller.ts';
import { openConnectSocket } from '../ping/connect-driver.ts';

/** Longest wait in ppoll(): the event loop runs in between. */
const TURN = 5 * NS_PER_MS;

/** What is told of a connection, to the microsecond. */
export interface ConnectMarks {
  /** The SYN is about to leave: the socket is ready. */
  readonly begun: () => void;
  readonly connected: () => void;
}

/**
 * Connects to the address of a request.
 *
 * @param signal - ends the attempt; its reason is thrown
 * @throws an error of the system, whose `code` is its name; NetError `ERR_UNSUPPORTED` if a device cannot be had
 */
export async function connectFrom(
  request: ProbeRequest,
  port: number,
  signal: AbortSignal,
  marks: ConnectMarks,
): Promise<Socket> {
  const { target, source, tos } = request;
  const libc = request.engine === 'portable' ? null : loadLibc();
  if (libc !== null) return new Socket({ fd: await connectByCalls(libc, request, port, signal, marks) });
  if (source.device !== null || tos !== null) {
    throw new NetError('ERR_UNSUPPORTED', 'a device or --tos needs the Linux engine (koffi); --from takes an address');
  }
  const localAddress = source.address === null ? {} : { localAddress: source.address };
  marks.begun();
  return settled(connect({ host: target.address, port, noDelay: true, ...localAddress }), signal, marks);
}

function settled(socket: Socket, signal: AbortSignal, marks: ConnectMarks): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const abort = (): void => void socket.destroy(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    // An attempt that was given up may still fail.
    socket.on('error', (error) => {
      signal.removeEventListener('abort', abort);
      reject(error);
    });
    socket.once('connect', () => {
      marks.connected();
      signal.removeEventListener('abort', abort);
      resolve(socket);
    });
    if (signal.aborted) abort();
  });
}

async function connectByCalls(
  libc: Libc,
  request: ProbeRequest,
  port: number,
  signal: AbortSignal,
  marks: ConnectMarks,
): Promise<number> {
  const { target, source, tos } = request;
  const { address, family } = target;
  const plan = {
    address,
    family,
    port,
    localAddress: source.address,
    device: source.device,
    tos,
    clientPort: null,
    reset: false,
  };
  const socket = openConnectSocket(libc, plan);
  const poller = new Poller(libc);
  try {
    marks.begun();
    const { state, reason } = socket.tryConnect(address, port);
    if (state === 'failed') throw systemError(reason);
    while (state === 'pending') {
      poller.clear();
      const place = poller.add(socket.fd, POLL.out);
      poller.wait(TURN);
      if (poller.ready(place) !== 0) break;
      await turnOfEventLoop();
      signal.throwIfAborted();
    }
    const number = socket.pendingError();
    if (number === 0) marks.connected();
    if (number !== 0) throw systemError(libc.errorName(number));
    return socket.fd;
  } catch (error) {
    socket.close();
    throw error;
  } finally {
    poller.free();
  }
}

function systemError(code: string): Error {
  return Object.assign(new Error(`connect ${code}`), { code });
}
