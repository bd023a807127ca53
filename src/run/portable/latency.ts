/**
 * Both ends of a latency test with the sockets of Node.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { type Instant, NS_PER_MS } from '../../core/time.ts';
import { type RateGuard, rateGuardOf } from '../../measure/flow/rate-guard.ts';
import { Keepalives } from '../../measure/keepalive.ts';
import { Reflector } from '../../measure/probe.ts';
import { TestBoard } from '../../measure/test-board.ts';
import { StreamKey } from '../../wire/datagram.ts';
import type { ErrorBoundary } from '../error-boundary.ts';
import { monotonicNow } from '../monotonic.ts';
import { resetConnection } from '../reset-connection.ts';
import { MessageStream } from '../streams/message-stream.ts';
import { ProbeSession } from '../streams/probe-session.ts';
import { NOT_MEASURED, reflectorReport } from '../streams/stream-reports.ts';
import type { DatagramChannel, PortableDeps, PortableStream } from './stream.ts';

/** How late a timer may fire. The rest of the wait is spent in turns of the event loop. */
const TIMER_SLACK = 3 * NS_PER_MS;

/** Most octets that wait to be sent. If the peer does not read, further messages are dropped, as datagrams would be. */
const MAX_UNREAD_BYTES = 1024 * 1024;

/** Sends and receives whole messages, over TCP or UDP. */
export interface MessagePort {
  send(bytes: Uint8Array): void;
  onMessage: (view: DataView, at: number, length: number) => void;
  /** @param reset - whether a connection is reset, because its other end was given up */
  close(reset: boolean): void;
}

/** Splits the byte stream of a connection into messages of a fixed length. */
export function messagesOverTcp(socket: Socket, messageBytes: number, boundary: ErrorBoundary): MessagePort {
  const stream = new MessageStream(messageBytes);
  const port: MessagePort = {
    send: (bytes) => {
      if (socket.writableLength < MAX_UNREAD_BYTES) socket.write(bytes.slice());
    },
    onMessage: () => {},
    close: (reset) => void (reset || socket.writableLength > 0 ? resetConnection(socket) : socket.destroy()),
  };
  socket.setNoDelay(true);
  socket.on(
    'data',
    boundary.wrap((chunk: Uint8Array) => stream.push(chunk, port.onMessage)),
  );
  // The end of the test is announced on the control connection.
  socket.on('error', () => {});
  socket.resume();
  return port;
}

/** Passes each datagram as one message. */
export function messagesOverUdp(datagrams: DatagramChannel, boundary: ErrorBoundary): MessagePort {
  const port: MessagePort = {
    send: (bytes) => datagrams.send(bytes),
    onMessage: () => {},
    close: () => datagrams.close(),
  };
  datagrams.onDatagram = boundary.wrap((bytes: Uint8Array) =>
    port.onMessage(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length),
  );
  return port;
}

/** The prober of a latency test, at the client. */
export class PortableProbe implements PortableStream {
  readonly #deps: PortableDeps;
  readonly #port: MessagePort;
  #session: ProbeSession | undefined;
  readonly #scheduleNext: () => void;
  #timer: NodeJS.Timeout | undefined;
  /** True while no probe is due because the peer has not been heard from. */
  #isHeld = false;
  #done = false;

  constructor(deps: PortableDeps, port: MessagePort) {
    this.#deps = deps;
    this.#port = port;
    this.#scheduleNext = deps.boundary.wrap(() => this.#schedule());
    port.onMessage = (view, at, length) => {
      this.#session?.handleBytes(view, at, length, monotonicNow());
      if (this.#isHeld) this.#schedule();
    };
  }

  start(now: Instant): void {
    this.#session = new ProbeSession(this.#deps.plan, now, this.#deps.report);
    this.#schedule();
  }

  tick(now: Instant): void {
    if (!this.#session || this.#done) return;
    this.#done = this.#session.tick(now, 'user', () => null);
  }

  stop(now: Instant): void {
    this.#session?.stop(now);
    this.tick(now);
  }

  close(reset: boolean): void {
    this.#done = true;
    clearTimeout(this.#timer);
    this.#port.close(reset);
  }

  #schedule(): void {
    const session = this.#session;
    if (!session || this.#done) return;
    this.#isHeld = session.dueAt === Number.POSITIVE_INFINITY;
    if (this.#isHeld) return;
    const wait = session.dueAt - monotonicNow();
    if (wait > TIMER_SLACK) {
      this.#timer = setTimeout(this.#scheduleNext, (wait - TIMER_SLACK) / NS_PER_MS);
    } else if (wait > 0) {
      setImmediate(this.#scheduleNext);
    } else {
      this.#send(session);
      setImmediate(this.#scheduleNext);
    }
  }

  #send(session: ProbeSession): void {
    const bytes = new Uint8Array(this.#deps.plan.spec.length_bytes);
    const now = monotonicNow();
    session.writeProbe(new DataView(bytes.buffer), 0, now);
    this.#port.send(bytes);
    session.handleSent(now);
  }
}

/** The reflector of a latency test, at the server: returns each probe to its sender. */
export class PortableReflect implements PortableStream {
  readonly #deps: PortableDeps;
  readonly #port: MessagePort;
  readonly #reflector: Reflector;
  /** Used for UDP only: a TCP connection needs no keepalives. */
  readonly #keepalives: Keepalives;
  readonly #guard: RateGuard | null;

  constructor(deps: PortableDeps, port: MessagePort) {
    this.#deps = deps;
    this.#port = port;
    this.#reflector = new Reflector(new StreamKey(deps.plan.token, deps.plan.stream));
    this.#guard = rateGuardOf(deps.plan);
    const board = new TestBoard(deps.plan.board);
    this.#keepalives = new Keepalives(deps.plan);
    port.onMessage = (view, at, length) => {
      const now = monotonicNow();
      if (this.#guard?.exceeds(length, now)) return this.#exceed();
      if (!this.#reflector.reflect(view, at, length, now, monotonicNow())) return;
      port.send(new Uint8Array(view.buffer, view.byteOffset + at, length));
      board.count(deps.plan.stream, length, 1);
    };
  }

  start(now: Instant): void {
    if (this.#deps.plan.spec.protocol === 'udp') this.#keepalives.begin(now);
    this.#guard?.begin(now);
  }

  tick(now: Instant): void {
    const keepalive = this.#keepalives.take(now);
    // Node may send it later, so it is copied.
    if (keepalive) this.#port.send(keepalive.slice());
  }

  stop(): void {
    const { plan } = this.#deps;
    const report = reflectorReport(plan, this.#reflector.received, NOT_MEASURED);
    this.#deps.report({ tag: 'drained', id: plan.id, report });
  }

  close(reset: boolean): void {
    this.#port.close(reset);
  }
  #exceed(): void {
    this.#port.onMessage = () => {};
    this.#deps.report({ tag: 'exceeded', id: this.#deps.plan.id });
  }
}
