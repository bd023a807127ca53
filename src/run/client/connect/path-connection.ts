/**
 * A client's control connection over one path, with promises for what is waited for.
 *
 * @module
 */
import { formatEndpoint } from '../../../core/address.ts';
import { type ErrorCode, NetError } from '../../../core/errors.ts';
import type { PathFacts } from '../../../core/shapes/result.ts';
import type { TestSpec } from '../../../core/shapes/spec.ts';
import type { SenderReport } from '../../../core/shapes/stream-report.ts';
import type { Nanos } from '../../../core/time.ts';
import { VERSION } from '../../../core/version.ts';
import type { ClientSessionDeps, ClientSessionEvent, Welcome } from '../../../session/client-session.ts';
import type { ServerReport } from '../../../session/messages.ts';
import type { ToldHost } from '../../../session/told-host.ts';
import { monotonicNow } from '../../monotonic.ts';
import { hostPath } from '../../path/host-path.ts';
import { dial } from './dial.ts';
import type { PathTarget } from './resolve-target.ts';
import { type EventOf, SessionLine } from './session-line.ts';

/** Where a path leads, once it is connected. */
export interface PathEnd {
  /** As the user gave it. */
  readonly name: string;
  /** That answered. */
  readonly address: string;
  readonly port: number;
  readonly localAddress: string | null;
}

export interface PathHandlers {
  /** Longest wait for a connection. */
  readonly limitNs: Nanos;
  /** The host answers: what follows is a matter of its server. */
  readonly onAnswer: () => void;
  readonly onQueued: (place: number) => void;
  readonly signal: AbortSignal | null;
}

export class PathConnection {
  readonly target: PathEnd;
  /** What was tried before the address that answered. */
  readonly notes: readonly string[];
  readonly welcome: Welcome;
  readonly serverId: string;
  readonly facts: PathFacts;
  /** Told of what comes unasked while a test runs: rows, the end of the server's senders, a failure. */
  onEvent: (event: ClientSessionEvent) => void = () => {};
  /** What the server told of its host with its last result that says something. */
  serverHost: ToldHost | null = null;
  readonly #line: SessionLine;

  private constructor(
    target: PathEnd,
    line: SessionLine,
    admitted: EventOf<'welcome'>,
    facts: PathFacts,
    notes: readonly string[],
  ) {
    this.target = target;
    this.notes = notes;
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
    const { socket, address, notes } = await dial(target, handlers.limitNs, handlers.signal);
    handlers.onAnswer();
    const { name, port, localAddress } = target;
    const end: PathEnd = { name, address, port, localAddress };
    const line = new SessionLine(socket, formatEndpoint(address, port), {
      ...deps,
      version: VERSION,
      answerLimit: handlers.limitNs,
    });
    line.begin();
    line.onEvent = (event) => {
      if (event.tag === 'queued') handlers.onQueued(event.place);
    };
    try {
      const admitted = await line.next('welcome', handlers.signal);
      const facts = await hostPath(address, line.localAddress);
      return new PathConnection(end, line, admitted, facts, notes);
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

  /** Gives up a test that was opened and did not start, so that another one can be opened. @returns the server's view */
  async leaveTest(): Promise<ServerReport | null> {
    return this.#line.session.state === 'open' ? this.stopTest([], true) : null;
  }

  async openTest(spec: TestSpec, signal: AbortSignal | null, capture: boolean): Promise<EventOf<'accepted'>> {
    const { state } = this.#line.session;
    if (state !== 'idle') this.fail('ERR_PEER_LOST', `the test before did not end (${state})`);
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
    const { result } = await this.#line.next('result', null);
    this.serverHost = result.host ?? this.serverHost;
    return result;
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
