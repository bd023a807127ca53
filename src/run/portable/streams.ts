/**
 * The portable engine's host of streams, with the sockets of Node, in a worker or in the main thread.
 *
 * @module
 */
import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { messageOf, NetError } from '../../core/errors.ts';
import { type Instant, NS_PER_MS } from '../../core/time.ts';
import { fillPayload } from '../../measure/payload.ts';
import { COOKIE_BYTES, DATAGRAM_TYPE, encodeStreamHandshake } from '../../wire/datagram.ts';
import { DATA_READY } from '../../wire/preamble.ts';
import { ErrorBoundary } from '../error-boundary.ts';
import { monotonicNow } from '../monotonic.ts';
import type {
  SocketPlan,
  StreamAddress,
  StreamCommand,
  StreamHost,
  StreamPlan,
  StreamReport,
} from '../streams/stream-plan.ts';
import { PortableAccept } from './connections/accept.ts';
import { PortableConnect } from './connections/connect.ts';
import { messagesOverTcp, messagesOverUdp, PortableProbe, PortableReflect } from './latency.ts';
import { checkClientEngine } from './limits.ts';
import { connectTcp, connectUdp } from './open.ts';
import type { DatagramChannel, PortableDeps, PortableSocketPlan, PortableStream } from './stream.ts';
import { PortableTcpReceive } from './tcp-receive.ts';
import { PortableTcpSend } from './tcp-send.ts';
import { PortableUdpReceive } from './udp-receive.ts';
import { PortableUdpSend } from './udp-send.ts';

/** Plans for the Linux engine do not arrive here normally, and are refused. */
type AnySocketPlan = PortableSocketPlan | SocketPlan;
type Plan = StreamPlan<AnySocketPlan>;

/** Longest write, in octets. */
const BULK_BYTES = 1024 * 1024;
/** Interval at which streams check the clock. */
const TICK_MS = 1;
/** Without a delay, a turn of the event loop takes less than two ticks. */
const PUNCTUAL = 2 * TICK_MS * NS_PER_MS;

/** Opens streams and calls them every millisecond. */
export class PortableStreams implements StreamHost<AnySocketPlan> {
  readonly #report: (report: StreamReport) => void;
  readonly #bulk = new Uint8Array(BULK_BYTES);
  readonly #streams = new Map<number, { readonly stream: PortableStream; readonly boundary: ErrorBoundary }>();
  /** Streams that are connecting, so that they can be aborted. */
  readonly #opening = new Map<number, AbortController>();
  #lastTurnAt: Instant = monotonicNow();
  #tickedAt: Instant = this.#lastTurnAt;
  #ticker: NodeJS.Timeout | undefined;

  constructor(report: (report: StreamReport) => void) {
    this.#report = report;
    fillPayload(new DataView(this.#bulk.buffer), 0, BULK_BYTES, 1);
  }

  post(command: StreamCommand<AnySocketPlan>): void {
    const now = monotonicNow();
    switch (command.tag) {
      case 'open':
        void this.#open(command.plan);
        break;
      case 'start':
        this.#let(command.id, (stream) => stream.start(now));
        break;
      case 'stop':
        this.#let(command.id, (stream) => stream.stop(now, command.packets, command.aborted));
        break;
      case 'take':
        // Tests of connections have a feed here.
        closeSync(command.fd);
        break;
      case 'close':
        this.#opening.get(command.id)?.abort();
        this.#close(command.id, command.reset);
        break;
      default:
        command satisfies never;
    }
  }

  async end(): Promise<void> {
    for (const opening of this.#opening.values()) opening.abort();
    for (const id of this.#streams.keys()) this.#close(id, false);
  }

  async #open(plan: Plan): Promise<void> {
    const boundary = new ErrorBoundary((error) => this.#fail(plan.id, error));
    const lastTurnAt = (): Instant => this.#silentAt();
    const deps: PortableDeps = { plan, report: this.#report, bulk: this.#bulk, lastTurnAt, boundary };
    const opening = new AbortController();
    this.#opening.set(plan.id, opening);
    try {
      const { stream, local } = await openStream(deps, plan, opening.signal);
      if (opening.signal.aborted) return stream.close(false);
      this.#streams.set(plan.id, { stream, boundary });
      this.#lastTurnAt = monotonicNow();
      this.#tickedAt = this.#lastTurnAt;
      this.#ticker ??= setInterval(() => this.#tick(), TICK_MS);
      this.#report({ tag: 'ready', id: plan.id, local, remote: remoteOf(plan) });
    } catch (error) {
      this.#fail(plan.id, error);
    } finally {
      this.#opening.delete(plan.id);
    }
  }

  /** Calls a stream. An error that it throws ends that stream only. */
  #let(id: number, act: (stream: PortableStream) => void): void {
    const held = this.#streams.get(id);
    held?.boundary.run(() => act(held.stream));
  }

  #fail(id: number, error: unknown): void {
    this.#close(id, false);
    const code = error instanceof NetError ? error.code : 'ERR_CONNECT';
    this.#report({ tag: 'failed', id, code, message: messageOf(error) });
  }

  #close(id: number, reset: boolean): void {
    this.#streams.get(id)?.stream.close(reset);
    this.#streams.delete(id);
    if (this.#streams.size === 0) this.#stopTicking();
  }

  /** The latest time at which sockets are known to have had no data: now, unless the thread was delayed. */
  #silentAt(): Instant {
    const now = monotonicNow();
    return now - this.#lastTurnAt > PUNCTUAL ? this.#lastTurnAt : now;
  }

  #tick(): void {
    const now = monotonicNow();
    // After a delay, timers run before sockets: data that had arrived by the previous tick has been read since.
    this.#lastTurnAt = this.#tickedAt;
    this.#tickedAt = now;
    for (const { stream, boundary } of this.#streams.values()) boundary.run(() => stream.tick(now));
  }

  #stopTicking(): void {
    clearInterval(this.#ticker);
    this.#ticker = undefined;
  }
}

/** Address of a stream that has no connection of its own. */
const NO_ADDRESS: StreamAddress = { address: '', port: 0 };

async function openStream(
  deps: PortableDeps,
  plan: Plan,
  signal: AbortSignal,
): Promise<{ stream: PortableStream; local: StreamAddress }> {
  const { socket: how, spec } = plan;
  switch (how.how) {
    case 'connect': {
      const connecting = { ...plan, socket: how };
      checkClientEngine(spec, how.device);
      if (plan.role === 'connect') return { stream: new PortableConnect(deps, how), local: NO_ADDRESS };
      if (spec.protocol === 'tcp') {
        const { socket, local } = await connectTcp(connecting, signal);
        return { stream: overTcp(deps, socket), local };
      }
      const { port, local } = await connectUdp(connecting, signal);
      return { stream: overUdp(deps, port), local };
    }
    case 'socket': {
      how.socket.write(Uint8Array.of(DATA_READY));
      const { localAddress = '', localPort = 0 } = how.socket;
      return { stream: overTcp(deps, how.socket), local: { address: localAddress, port: localPort } };
    }
    case 'feed':
      return { stream: new PortableAccept(deps, how.feed), local: NO_ADDRESS };
    case 'port': {
      const { stream, token } = plan;
      const cookie = new Uint8Array(COOKIE_BYTES);
      how.port.send(encodeStreamHandshake({ type: DATAGRAM_TYPE.ready, stream, token, cookie }));
      return { stream: overUdp(deps, how.port), local: NO_ADDRESS };
    }
    default:
      throw new NetError('ERR_UNSUPPORTED', `a socket by "${how.how}" needs the Linux engine`);
  }
}

function overTcp(deps: PortableDeps, socket: Socket): PortableStream {
  const { role, spec } = deps.plan;
  if (role === 'send') return new PortableTcpSend(deps, socket);
  if (role === 'receive') return new PortableTcpReceive(deps, socket);
  const port = messagesOverTcp(socket, spec.length_bytes, deps.boundary);
  return role === 'probe' ? new PortableProbe(deps, port) : new PortableReflect(deps, port);
}

function overUdp(deps: PortableDeps, datagrams: DatagramChannel): PortableStream {
  const { role } = deps.plan;
  if (role === 'send') return new PortableUdpSend(deps, datagrams);
  if (role === 'receive') return new PortableUdpReceive(deps, datagrams);
  const port = messagesOverUdp(datagrams, deps.boundary);
  return role === 'probe' ? new PortableProbe(deps, port) : new PortableReflect(deps, port);
}

function remoteOf({ socket }: Plan): StreamAddress {
  if (socket.how === 'connect') return { address: socket.address, port: socket.port };
  if (socket.how === 'port') return { address: socket.address, port: socket.remotePort };
  if (socket.how !== 'socket') return { address: socket.address, port: 0 };
  return { address: socket.socket.remoteAddress ?? '', port: socket.socket.remotePort ?? 0 };
}
