/**
 * A client's control connection over one path, with promises for the answers of the server.
 *
 * @module
 */
import { formatEndpoint } from '../../../core/address.ts';
import { type ErrorCode, NetError } from '../../../core/errors.ts';
import type { PathFacts } from '../../../core/shapes/path.ts';
import type { TestSpec } from '../../../core/shapes/spec.ts';
import type { SenderReport } from '../../../core/shapes/stream-report.ts';
import type { Nanos } from '../../../core/time.ts';
import { VERSION } from '../../../core/version.ts';
import type { ClientSessionDeps, ClientSessionEvent, Welcome } from '../../../session/client-session.ts';
import type { ServerReport } from '../../../session/messages.ts';
import type { ReportedHost } from '../../../session/reports/reported-host.ts';
import type { TestExtras } from '../../../session/test-extras.ts';
import { monotonicNow } from '../../monotonic.ts';
import { hostPath } from '../../path/host-path.ts';
import { dial } from './dial.ts';
import type { PathTarget } from './resolve-target.ts';
import { type EventOf, SessionConnection } from './session-connection.ts';

/** The server's address on a path that is connected. */
export interface ConnectedTarget {
  /** Name or address from the user. */
  readonly name: string;
  /** The address that answered. */
  readonly address: string;
  readonly port: number;
  readonly localAddress: string | null;
}

/** Timeout, signal and callbacks while a path is connected. */
export interface PathHandlers {
  /** Longest wait for a connection. */
  readonly limitNs: Nanos;
  /** The TCP connection is established; the server may still take time to answer. */
  readonly onAnswer: () => void;
  /** The server is busy, and this client waits at this place in its queue. */
  readonly onQueued: (place: number) => void;
  readonly signal: AbortSignal | null;
}

/** A control connection that was admitted. */
export class PathConnection {
  readonly target: ConnectedTarget;
  /** Messages about addresses that were tried before the one that answered. */
  readonly notes: readonly string[];
  readonly welcome: Welcome;
  readonly serverId: string;
  readonly facts: PathFacts;
  /** Called for messages during a test: rows, the end of the server's senders, a failure. */
  onEvent: (event: ClientSessionEvent) => void = () => {};
  /** Details of the server's host, from the last result that has some. */
  serverHost: ReportedHost | null = null;
  readonly #connection: SessionConnection;

  private constructor(
    target: ConnectedTarget,
    connection: SessionConnection,
    admitted: EventOf<'welcome'>,
    facts: PathFacts,
    notes: readonly string[],
  ) {
    this.target = target;
    this.notes = notes;
    this.welcome = admitted.welcome;
    this.serverId = admitted.serverId;
    this.facts = facts;
    this.#connection = connection;
    connection.onEvent = (event) => this.onEvent(event);
  }

  /**
   * Connects, authenticates, and waits in the queue if there is one.
   *
   * @throws NetError if the connection fails, or the server refuses; the reason of the signal
   */
  static async open(
    target: PathTarget,
    deps: Omit<ClientSessionDeps, 'version'>,
    handlers: PathHandlers,
  ): Promise<PathConnection> {
    const { socket, address, notes } = await dial(target, handlers.limitNs, handlers.signal);
    handlers.onAnswer();
    const { name, port, localAddress } = target;
    const end: ConnectedTarget = { name, address, port, localAddress };
    const connection = new SessionConnection(socket, formatEndpoint(address, port), {
      ...deps,
      version: VERSION,
      answerLimit: handlers.limitNs,
    });
    connection.begin();
    connection.onEvent = (event) => {
      if (event.tag === 'queued') handlers.onQueued(event.place);
    };
    try {
      const admitted = await connection.next('welcome', handlers.signal);
      const facts = await hostPath(address, connection.localAddress);
      return new PathConnection(end, connection, admitted, facts, notes);
    } catch (error) {
      // A client that gives up leaves the queue.
      connection.close();
      throw error;
    }
  }

  /**
   * Why the session failed; `undefined` while it works.
   *
   * @throws other errors, which were thrown while a message was handled
   */
  get failure(): NetError | undefined {
    const { failure } = this.#connection;
    if (failure === undefined || failure instanceof NetError) return failure;
    throw failure;
  }

  /** Whether the session failed because the server ended it; `failure` then has its reason. */
  get isEndedByServer(): boolean {
    return this.#connection.session.isEndedByServer;
  }

  /** Whether the server was given up, because it is gone. */
  get isLost(): boolean {
    const { failure } = this.#connection;
    return failure instanceof NetError && failure.code === 'ERR_PEER_LOST';
  }

  /**
   * Ends a test that was opened and did not start, so that another one can be opened.
   *
   * @returns the server's report; `null` if no test was open
   */
  async leaveTest(): Promise<ServerReport | null> {
    return this.#connection.session.state === 'open' ? this.stopTest([], true) : null;
  }

  /**
   * Requests a test.
   *
   * @param extras - what else is asked of the server
   * @returns what the server granted
   */
  async openTest(
    spec: TestSpec,
    signal: AbortSignal | null,
    extras: Partial<TestExtras> = {},
  ): Promise<EventOf<'accepted'>> {
    const { state } = this.#connection.session;
    if (state !== 'idle') this.fail('ERR_PEER_LOST', `the test before did not end (${state})`);
    this.#connection.session.open(spec, monotonicNow(), extras);
    this.#connection.pump();
    return this.#connection.next('accepted', signal);
  }

  /** Starts the test that was opened. */
  async startTest(signal: AbortSignal | null): Promise<void> {
    this.#connection.session.start(monotonicNow());
    this.#connection.pump();
    await this.#connection.next('started', signal);
  }

  /**
   * Ends the test and waits for the server's report. A signal does not abort this, because the user is waiting for the
   * result.
   */
  async stopTest(sent: readonly SenderReport[], aborted: boolean): Promise<ServerReport> {
    this.#connection.session.stop(sent, aborted, monotonicNow());
    this.#connection.pump();
    const { result } = await this.#connection.next('result', null);
    this.serverHost = result.host ?? this.serverHost;
    return result;
  }

  /** Ends the session with an error. */
  fail(code: ErrorCode, message: string): void {
    this.#connection.session.fail(code, message);
    this.#connection.pump();
  }

  /** Says goodbye to the server and closes the connection. */
  close(): void {
    this.#connection.session.bye();
    this.#connection.pump();
    this.#connection.close();
  }
}
