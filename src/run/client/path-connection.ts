/**
 * A client's control connection over one path, with promises for what is waited for.
 *
 * @module
 */
import { connect } from 'node:net';
import { formatEndpoint, unmapIpv4 } from '../../core/address.ts';
import { type ErrorCode, NetError, systemCodeOf } from '../../core/errors.ts';
import type { PathFacts } from '../../core/result.ts';
import type { TestSpec } from '../../core/spec.ts';
import type { SenderReport } from '../../core/stream-report.ts';
import { NS_PER_MS, NS_PER_S } from '../../core/time.ts';
import { VERSION } from '../../core/version.ts';
import {
  ClientSession,
  type ClientSessionDeps,
  type ClientSessionEvent,
  type Welcome,
} from '../../session/client-session.ts';
import { PROTOCOL_VERSION, type ServerReport } from '../../session/messages.ts';
import { describePath } from '../../system/route.ts';
import { MAX_RESPONSE_BYTES } from '../../wire/control-frame.ts';
import { encodeControlPreamble } from '../../wire/preamble.ts';
import { Boundary } from '../boundary.ts';
import { ControlLink } from '../control-link.ts';
import { monotonicNow } from '../monotonic.ts';
import { abortError } from './abort.ts';

export interface PathTarget {
  /** As the user gave it. */
  readonly name: string;
  /** Resolved. */
  readonly address: string;
  readonly port: number;
  readonly localAddress: string | null;
}

export interface PathHandlers {
  readonly onQueued: (place: number) => void;
  readonly signal: AbortSignal | null;
}

const CONNECT_TIMEOUT = 10 * NS_PER_S;

type EventOf<Tag extends ClientSessionEvent['tag']> = Extract<ClientSessionEvent, { tag: Tag }>;

export class PathConnection {
  readonly target: PathTarget;
  readonly welcome: Welcome;
  readonly serverId: string;
  readonly facts: PathFacts;
  /** Told of what comes unasked while a test runs: rows, the end of the server's senders, a failure. */
  onEvent: (event: ClientSessionEvent) => void = () => {};
  readonly #line: SessionLine;

  private constructor(target: PathTarget, line: SessionLine, admitted: EventOf<'welcome'>, facts: PathFacts) {
    this.target = target;
    this.welcome = admitted.welcome;
    this.serverId = admitted.serverId;
    this.facts = facts;
    this.#line = line;
    line.onEvent = (event) => this.onEvent(event);
  }

  /** Connects, proves, and waits in the queue if there is one. */
  static async open(
    target: PathTarget,
    deps: Omit<ClientSessionDeps, 'version'>,
    handlers: PathHandlers,
  ): Promise<PathConnection> {
    const line = await SessionLine.connect(target, { ...deps, version: VERSION }, handlers.signal);
    line.onEvent = (event) => {
      if (event.tag === 'queued') handlers.onQueued(event.place);
    };
    try {
      const admitted = await line.next('welcome', handlers.signal);
      const facts = await describePath(target.address, line.localAddress);
      return new PathConnection(target, line, admitted, facts);
    } catch (error) {
      // Whoever gives up while waiting leaves the queue.
      line.close();
      throw error;
    }
  }

  /** Why the session failed. @throws what was thrown while a message was handled */
  get failure(): NetError | undefined {
    const { failure } = this.#line;
    if (failure === undefined || failure instanceof NetError) return failure;
    throw failure;
  }

  async openTest(spec: TestSpec, signal: AbortSignal | null, capture: boolean): Promise<EventOf<'accepted'>> {
    this.#line.session.open(spec, monotonicNow(), capture);
    this.#line.pump();
    return this.#line.next('accepted', signal);
  }

  async startTest(signal: AbortSignal | null): Promise<void> {
    this.#line.session.start(monotonicNow());
    this.#line.pump();
    await this.#line.next('started', signal);
  }

  /** Ends the test. An abort does not cut this short: the result is what the user is waiting for. */
  async stopTest(sent: readonly SenderReport[], aborted: boolean): Promise<ServerReport> {
    this.#line.session.stop(sent, aborted, monotonicNow());
    this.#line.pump();
    return (await this.#line.next('result', null)).result;
  }

  /** Ends the session as failed, e.g. because the other end fell silent. */
  fail(code: ErrorCode, message: string): void {
    this.#line.session.fail(code, message);
    this.#line.pump();
  }

  close(): void {
    this.#line.session.bye();
    this.#line.pump();
    this.#line.close();
  }
}

/** A session engine on a socket; events become promises for whoever waits for one. */
class SessionLine {
  readonly session: ClientSession;
  readonly localAddress: string;
  failure: Error | undefined;
  onEvent: (event: ClientSessionEvent) => void = () => {};
  readonly #link: ControlLink;
  readonly #where: string;
  readonly #boundary = new Boundary((error) => this.#break(error));
  #waiter: { tag: string; resolve: (event: ClientSessionEvent) => void; reject: (error: Error) => void } | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(socket: ReturnType<typeof connect>, target: PathTarget, deps: ClientSessionDeps) {
    this.#where = formatEndpoint(target.address, target.port);
    this.localAddress = unmapIpv4(socket.localAddress ?? '');
    this.session = new ClientSession(deps, monotonicNow());
    this.#link = new ControlLink(socket, MAX_RESPONSE_BYTES, {
      onFrame: (frame) => {
        this.session.handleFrame(frame, monotonicNow());
        this.pump();
      },
      onEnd: (reason) => this.#handleEnd(reason),
    });
  }

  static async connect(target: PathTarget, deps: ClientSessionDeps, signal: AbortSignal | null): Promise<SessionLine> {
    const where = formatEndpoint(target.address, target.port);
    const socket = connect({
      host: target.address,
      port: target.port,
      ...(target.localAddress === null ? {} : { localAddress: target.localAddress }),
    });
    const abort = (): void => void socket.destroy(abortError(signal));
    const tooLate = new NetError('ERR_CONNECT', `no answer from ${where} in 10 s: is a firewall in between?`);
    const limit = setTimeout(() => socket.destroy(tooLate), CONNECT_TIMEOUT / NS_PER_MS);
    signal?.addEventListener('abort', abort);
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', (error) => reject(connectFailure(error, where, target.localAddress)));
        socket.once('connect', resolve);
        if (signal?.aborted) abort();
      });
    } finally {
      clearTimeout(limit);
      signal?.removeEventListener('abort', abort);
    }
    socket.removeAllListeners('error');
    const line = new SessionLine(socket, target, deps);
    socket.write(encodeControlPreamble());
    line.#link.begin(new Uint8Array(0), line.#boundary);
    line.pump();
    return line;
  }

  /** The next event of this kind; rejects when the session fails or the signal comes. */
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

  pump(): void {
    for (let octets = this.session.pollTransmit(); octets; octets = this.session.pollTransmit()) {
      this.#link.send(octets);
    }
    for (let event = this.session.pollEvent(); event; event = this.session.pollEvent()) this.#handle(event);
    clearTimeout(this.#timer);
    const deadline = this.session.pollTimeout();
    if (deadline === undefined) return;
    const wait = Math.max(1, Math.ceil((deadline - monotonicNow()) / NS_PER_MS));
    this.#timer = setTimeout(
      this.#boundary.wrap(() => {
        this.session.handleTimeout(monotonicNow());
        this.pump();
      }),
      wait,
    );
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#link.close();
  }

  #handle(event: ClientSessionEvent): void {
    const waiter = this.#waiter;
    if (event.tag === 'failed') {
      this.#break(new NetError(event.code, event.message));
      // Whoever is lost takes no farewell, and the kernel need not repeat it.
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
    const why = reason === null ? 'the server closed the connection' : `the connection broke: ${reason}`;
    const first = this.session.state === 'greeting';
    // A server that hangs up on our first words speaks something else, be it an older winze.
    const message = first
      ? `${this.#where} does not answer as a winze server of protocol ${PROTOCOL_VERSION} does (${why})`
      : `${this.#where}: ${why}`;
    this.session.fail(first ? 'ERR_PEER_PROTOCOL' : 'ERR_PEER_LOST', message);
    this.pump();
  }
}

function connectFailure(error: Error, where: string, localAddress: string | null): NetError {
  if (error instanceof NetError) return error;
  const code = systemCodeOf(error);
  const hints: Record<string, string> = {
    ECONNREFUSED: 'nothing listens there; start one with winze -s',
    EHOSTUNREACH: 'the host is unreachable',
    ENETUNREACH: 'there is no route to it',
    ETIMEDOUT: 'no answer; is a firewall in between?',
    EADDRNOTAVAIL: `${localAddress ?? 'the local address'} is not an address of this host`,
    EINVAL: 'the local address and the server do not fit together',
  };
  const hint = (code && hints[code]) ?? error.message;
  return new NetError('ERR_CONNECT', `cannot connect to ${where}: ${hint}`, { cause: error });
}
