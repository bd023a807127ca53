/**
 * Runs the client's session engine on a socket. Its events are available as promises.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { unmapIpv4 } from '../../../core/address.ts';
import { NetError } from '../../../core/errors.ts';
import { NS_PER_MS } from '../../../core/time.ts';
import {
  ANSWER_TIMEOUT,
  ClientSession,
  type ClientSessionDeps,
  type ClientSessionEvent,
} from '../../../session/client-session.ts';
import { PROTOCOL_VERSION } from '../../../session/messages.ts';
import { MAX_RESPONSE_BYTES } from '../../../wire/control-frame.ts';
import { encodeControlPreamble } from '../../../wire/preamble.ts';
import { ControlLink } from '../../control-link.ts';
import { ErrorBoundary } from '../../error-boundary.ts';
import { monotonicNow } from '../../monotonic.ts';
import { abortError } from '../abort.ts';
import { Greeting } from './greeting.ts';

/** The event of the session with this tag. */
export type EventOf<Tag extends ClientSessionEvent['tag']> = Extract<ClientSessionEvent, { tag: Tag }>;

/** One session over one connection. */
export class SessionConnection {
  readonly session: ClientSession;
  /** Local address of the connection. */
  readonly localAddress: string;
  /** The error that ended the session; `undefined` while it works. */
  failure: Error | undefined;
  /** Called for events that nobody waits for with `next`. */
  onEvent: (event: ClientSessionEvent) => void = () => {};
  readonly #link: ControlLink;
  readonly #where: string;
  readonly #boundary = new ErrorBoundary((error) => this.#break(error));
  readonly #socket: Socket;
  readonly #greeting: Greeting;
  #waiter: { tag: string; resolve: (event: ClientSessionEvent) => void; reject: (error: Error) => void } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  /** @param where - address and port of the server, for messages */
  constructor(socket: Socket, where: string, deps: ClientSessionDeps) {
    this.#where = where;
    this.localAddress = unmapIpv4(socket.localAddress ?? '');
    this.session = new ClientSession(deps, monotonicNow());
    this.#greeting = new Greeting(this.#where, deps.answerLimit ?? ANSWER_TIMEOUT, {
      onStranger: (message) => {
        this.session.fail('ERR_PEER_PROTOCOL', message);
        this.pump();
      },
      send: (octets) => this.#link.send(octets),
      wrap: (act) => this.#boundary.wrap(act),
    });
    this.#socket = socket;
    socket.write(encodeControlPreamble());
    this.#link = new ControlLink(socket, MAX_RESPONSE_BYTES, {
      onFrame: (frame) => {
        this.#greeting.end();
        this.session.handleFrame(frame, monotonicNow());
        this.pump();
      },
      onEnd: (reason) => this.#handleEnd(reason),
    });
  }

  /** Starts to read, and sends the hello. */
  begin(): void {
    this.#socket.on(
      'data',
      this.#boundary.wrap((chunk: Uint8Array) => this.#greeting.handleData(chunk)),
    );
    this.#link.begin(new Uint8Array(0), this.#boundary);
    this.pump();
  }

  /**
   * Waits for the next event with this tag. One caller can wait at a time. Rejects when the session fails or the signal
   * is aborted.
   */
  next<Tag extends ClientSessionEvent['tag']>(tag: Tag, signal: AbortSignal | null): Promise<EventOf<Tag>> {
    return new Promise((resolve, reject) => {
      if (this.failure) return reject(this.failure);
      const abort = (): void => {
        this.#waiter = undefined;
        reject(abortError(signal));
      };
      if (signal?.aborted) return abort();
      signal?.addEventListener('abort', abort, { once: true });
      const settled = (): void => signal?.removeEventListener('abort', abort);
      this.#waiter = {
        tag,
        resolve: (event) => {
          settled();
          resolve(event as EventOf<Tag>);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      };
    });
  }

  /** Sends and delivers what the engine has, and sets the timer for its next deadline. */
  pump(): void {
    for (let octets = this.session.pollTransmit(); octets; octets = this.session.pollTransmit()) {
      this.#link.send(octets);
    }
    for (let event = this.session.pollEvent(); event; event = this.session.pollEvent()) this.#handle(event);
    this.#clearTimer();
    const deadline = this.session.pollTimeout();
    if (deadline === undefined) return;
    const wait = Math.max(1, Math.ceil((deadline - monotonicNow()) / NS_PER_MS));
    const act = this.#boundary.wrap(() => {
      this.session.handleTimeout(monotonicNow());
      this.pump();
    });
    // After this process was stopped (SIGSTOP, a laptop that slept), timers run before sockets are read. What the server
    // sent meanwhile is read before an immediate runs.
    this.#timer = setTimeout(() => {
      this.#immediate = setImmediate(act);
    }, wait);
  }

  #clearTimer(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  /** Closes the connection; the engine is not told. */
  close(): void {
    this.#clearTimer();
    this.#greeting.end();
    this.#link.close();
  }

  #handle(event: ClientSessionEvent): void {
    const waiter = this.#waiter;
    if (event.tag === 'failed') {
      const timeout = event.code === 'ERR_CONNECT' ? this.#greeting.timeoutMessage() : null;
      this.#break(new NetError(event.code, timeout ?? event.message));
      // A lost peer reads nothing more, so the connection is reset, and the kernel does not retransmit.
      if (event.code === 'ERR_PEER_LOST') this.#link.reset();
    } else if (waiter?.tag === event.tag) {
      this.#waiter = undefined;
      waiter.resolve(event);
      return;
    }
    this.onEvent(event);
  }

  #break(error: unknown): void {
    const failure = error instanceof Error ? error : new Error(String(error));
    this.failure ??= failure;
    this.close();
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.reject(failure);
  }

  #handleEnd(reason: string | null): void {
    if (this.#greeting.refuseStranger()) return;
    const why = reason === null ? 'the server closed the connection' : `the connection broke: ${reason}`;
    const first = this.session.state === 'greeting';
    // A server that closes the connection after our hello uses another protocol, or is an older winze.
    const message = first
      ? `${this.#where} does not answer as a winze server of protocol ${PROTOCOL_VERSION} does (${why})`
      : `${this.#where}: ${why}`;
    this.session.fail(first ? 'ERR_PEER_PROTOCOL' : 'ERR_PEER_LOST', message);
    this.pump();
  }
}
