/**
 * One HTTP request with the time of each of its phases: resolve, connect, TLS, first byte, transfer.
 *
 * The request is HTTP/1.1 with `Connection: close`, on a connection of its own, without resumption of TLS, so that every
 * run does the same. Each phase has a limit of time, and the response has limits of size.
 *
 * @see RFC 9112
 * @module
 */
import { lookup } from 'node:dns/promises';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { parseIp } from '../../../core/address.ts';
import { messageOf, NetError, systemCodeOf } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import type { HttpFailure, HttpPhase, HttpTimes, HttpTls } from '../../../core/shapes/path/http.ts';
import type { ProbeRequest } from '../../../core/shapes/path/probe-spec.ts';
import { NS_PER_MS, NS_PER_S } from '../../../core/time.ts';
import { VERSION } from '../../../core/version.ts';
import { type ResponseHead, ResponseReader } from '../../../path/http/response-reader.ts';
import { monotonicNow } from '../../monotonic.ts';
import { connectFrom } from './connect-from.ts';
import { PhaseClock } from './phase-clock.ts';
import { secure, tlsFacts } from './tls.ts';

/** Octets of a body that are read. */
export const MOST_BODY_BYTES = 4 * 1024 * 1024;

/** What to ask, and of whom. */
export interface ExchangePlan {
  readonly request: ProbeRequest;
  readonly url: URL;
  readonly port: number;
  /** `null` for http://. */
  readonly context: SecureContext | null;
}

/** What one exchange gave. */
export interface Exchange {
  readonly times: HttpTimes;
  readonly failure: HttpFailure | null;
  readonly head: ResponseHead | null;
  /** `null` without a response. */
  readonly bodyBytes: number | null;
  /** Whether the body is longer than what was read. */
  readonly isCut: boolean;
  readonly tls: Omit<HttpTls, 'alpn'> | null;
  readonly localAddress: string | null;
}

/** Error of a phase that takes too long. */
class PhaseTimeout extends Error {
  readonly code = 'ETIMEDOUT';
}

/**
 * Makes one exchange. What fails is in `failure`, and the phases before it have their times.
 *
 * @throws the reason of the signal
 */
export async function exchange(plan: ExchangePlan, signal: AbortSignal): Promise<Exchange> {
  const clock = new PhaseClock(monotonicNow);
  const reader = new ResponseReader(MOST_BODY_BYTES);
  let failure: HttpFailure | null = null;
  let socket: Socket | null = null;
  let localAddress: string | null = null;
  let tls: Exchange['tls'] = null;
  try {
    await resolve(plan, clock, signal);
    const marks = { begun: () => clock.begin('connect'), connected: () => clock.end(null) };
    marks.begun();
    socket = await limited(plan, signal, (limit) => connectFrom(plan.request, plan.port, limit, marks));
    localAddress = socket.localAddress ?? null;
    if (plan.context !== null) {
      clock.begin('tls');
      const secured = await limited(plan, signal, (limit) => secure(socket, plan, ['http/1.1'], limit));
      clock.end('first-byte');
      socket = secured;
      tls = tlsFacts(secured, Date.now());
    }
    clock.begin('first-byte');
    await ask(socket, plan, reader, clock, signal);
    if (reader.failure !== null) failure = { phase: clock.phase, code: 'EPROTO', message: reader.failure };
  } catch (error) {
    signal.throwIfAborted();
    failure = failureOf(clock.phase, error, plan);
  } finally {
    socket?.destroy();
  }
  return {
    times: clock.times(failure === null),
    failure,
    head: reader.head,
    bodyBytes: reader.head === null ? null : reader.bodyBytes,
    isCut: reader.isCut,
    tls,
    localAddress,
  };
}

/** Asks the resolver of the system, as any program does. The run goes to the address of its lane whatever it says. */
async function resolve(plan: ExchangePlan, clock: PhaseClock, signal: AbortSignal): Promise<void> {
  const { name, family } = plan.request.target;
  if (parseIp(name) !== undefined) return;
  await limited(plan, signal, () => lookup(name, { family }));
  clock.end(null);
}

/** Sends the request and reads the response to its end, or as far as it is read. */
async function ask(
  socket: Socket,
  plan: ExchangePlan,
  reader: ResponseReader,
  clock: PhaseClock,
  signal: AbortSignal,
): Promise<void> {
  await limited(plan, signal, (limit) =>
    reading(
      socket,
      limit,
      () => void socket.write(requestText(plan)),
      (bytes, done) => {
        if (bytes === null) throw new NetError('ERR_PEER_PROTOCOL', 'the server closed without an answer');
        clock.end('transfer');
        socket.pause();
        reader.push(bytes);
        done();
      },
    ),
  );
  const finish = (done: () => void): void => {
    if (!reader.isDone) return;
    clock.end(null);
    done();
  };
  await limited(plan, signal, (limit) =>
    reading(
      socket,
      limit,
      (done) => {
        finish(done);
        socket.resume();
      },
      (bytes, done) => {
        if (bytes === null) reader.end();
        else reader.push(bytes);
        finish(done);
      },
    ),
  );
}

/**
 * Reads from a socket until `done` is called, the socket fails, or the limit is reached.
 *
 * @param begin - called once
 * @param onBytes - called with what was received, and with `null` at the end of the stream
 */
async function reading(
  socket: Socket,
  limit: AbortSignal,
  begin: (done: () => void) => void,
  onBytes: (bytes: Uint8Array | null, done: () => void) => void,
): Promise<void> {
  const listeners = new AbortController();
  try {
    await new Promise<void>((resolve, reject) => {
      const guarded = (step: () => void) => (): void => {
        try {
          step();
        } catch (error) {
          reject(error);
        }
      };
      const on = (event: string, listener: (...args: Uint8Array[]) => void): void => {
        socket.on(event, listener);
        listeners.signal.addEventListener('abort', () => socket.off(event, listener));
      };
      on('data', (bytes) => guarded(() => onBytes(bytes ?? null, resolve))());
      on(
        'end',
        guarded(() => onBytes(null, resolve)),
      );
      // A connection that is reset after its end has no error.
      on('close', () => reject(new NetError('ERR_PEER_PROTOCOL', 'the connection was closed')));
      socket.once('error', reject);
      limit.addEventListener('abort', () => socket.destroy(limit.reason), { signal: listeners.signal });
      if (socket.destroyed) reject(new NetError('ERR_PEER_PROTOCOL', 'the connection was closed'));
      else begin(resolve);
    });
  } finally {
    listeners.abort();
  }
}

/** Runs a step with the limit of a phase. */
async function limited<T>(
  { request }: ExchangePlan,
  signal: AbortSignal,
  step: (limit: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const stop = (): void => limit.abort(signal.reason);
  const seconds = request.connect_timeout_ns / NS_PER_S;
  const timer = setTimeout(
    () => limit.abort(new PhaseTimeout(`it took longer than ${seconds} s`)),
    request.connect_timeout_ns / NS_PER_MS,
  );
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    const aborted = new Promise<never>((_, reject) =>
      limit.signal.addEventListener('abort', () => reject(limit.signal.reason), { once: true }),
    );
    return await Promise.race([step(limit.signal), aborted]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

/** The request. A URL that was parsed has no spaces and no line breaks left in path and query (WHATWG URL). */
function requestText({ url }: ExchangePlan): string {
  const fields = [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    `User-Agent: winze/${VERSION}`,
    'Accept: */*',
    'Connection: close',
  ];
  return `${fields.join('\r\n')}\r\n\r\n`;
}

function failureOf(phase: HttpPhase, error: unknown, { request }: ExchangePlan): HttpFailure {
  if (error instanceof NetError && error.code === 'ERR_UNSUPPORTED') throw error;
  if (phase === 'tls' && isEarlyEnd(error))
    return { phase, code: 'EPROTO', message: 'the server closed the connection' };
  const code = error instanceof NetError ? 'EPROTO' : (systemCodeOf(error) ?? 'EPROTO');
  const message = printable(reasonOf(error), 200).replace(request.target.address, 'the server');
  return { phase, code, message };
}

/** Node calls it ECONNRESET, too, when a server closes the connection in the handshake: there was no call that failed. */
function isEarlyEnd(error: unknown): boolean {
  return systemCodeOf(error) === 'ECONNRESET' && !(error instanceof Error && 'syscall' in error);
}

/** Of an error of TLS the words of OpenSSL; its message has addresses in memory and lines of its source. */
function reasonOf(error: unknown): string {
  const isOfTls = error instanceof Error && 'reason' in error && typeof error.reason === 'string';
  return isOfTls ? String(error.reason) : messageOf(error);
}
