/**
 * The client's side of one control connection, as a state machine without I/O.
 *
 * @module
 */
import { fromHex, toHex } from '../core/bytes.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { TcpFacts } from '../core/shapes/flow.ts';
import type { Clip, TestSpec } from '../core/shapes/spec.ts';
import type { ReceiverInterval, SenderReport } from '../core/shapes/stream-report.ts';
import { type Instant, type Nanos, NS_PER_S } from '../core/time.ts';
import type { ControlFrame } from '../wire/control-frame.ts';
import { ControlChannel } from './control-channel.ts';
import { isReductionOf } from './limits.ts';
import { earliest, Liveness, silenceMessage } from './liveness.ts';
import {
  type ClientMessage,
  PROTOCOL_VERSION,
  type ServerMessage,
  type ServerReport,
  serverMessage,
} from './messages.ts';
import { ReportBudget } from './report-budget.ts';
import type { Hmac } from './session-keys.ts';
import { check } from './shape.ts';
import type { TestExtras } from './test-extras.ts';

/** Longest wait for an answer that the server gives at once; `answerLimit` may make it longer. */
export const ANSWER_TIMEOUT = 10 * NS_PER_S;
/**
 * Longest wait for a result. Longer than ANSWER_TIMEOUT, so that the session survives a link failure of some seconds.
 */
export const RESULT_TIMEOUT = 20 * NS_PER_S;
/** Messages without intervals: the processor use, once a second. */
const SECONDS = { streams: 1, interval_ns: NS_PER_S } as const;

/** Configuration and cryptography of a client session. */
export interface ClientSessionDeps {
  readonly version: string;
  readonly secret: Uint8Array | null;
  /** Whether to stay in the queue of a busy server. */
  readonly wait: boolean;
  readonly hmac: Hmac;
  /** `NONCE_BYTES` fresh random octets. */
  readonly nonce: Uint8Array;
  /** Longest wait for the first answer, ANSWER_TIMEOUT by default. A longer one applies to later answers too. */
  readonly answerLimit?: Nanos;
  /** 32 random hexadecimal digits, the same for all paths of one run. */
  readonly clientId: string;
}

/** The server's message that admits a client. */
export type Welcome = Extract<ServerMessage, { type: 'welcome' }>;

type State =
  | { readonly tag: 'greeting'; readonly deadline: Instant }
  | { readonly tag: 'asking'; readonly deadline: Instant | undefined }
  | { readonly tag: 'idle' }
  | { readonly tag: 'opening'; readonly deadline: Instant }
  | { readonly tag: 'open'; readonly spec: TestSpec }
  | { readonly tag: 'starting'; readonly deadline: Instant }
  | { readonly tag: 'running' }
  | { readonly tag: 'stopping'; readonly deadline: Instant }
  | { readonly tag: 'closed' };

/** Events of a client session, for the code that runs the test. After `failed` there are none. */
export type ClientSessionEvent =
  | { readonly tag: 'queued'; readonly place: number }
  | { readonly tag: 'welcome'; readonly welcome: Welcome; readonly serverId: string }
  | { readonly tag: 'accepted'; readonly spec: TestSpec; readonly clipped: readonly Clip[]; readonly token: Uint8Array }
  | { readonly tag: 'started' }
  /** `cpuRatio` is the server's processor use, 1.0 is one core; `null` if it does not tell. */
  | { readonly tag: 'interval'; readonly rows: readonly ReceiverInterval[]; readonly cpuRatio: number | null }
  | { readonly tag: 'sample'; readonly stream: number; readonly tcp: TcpFacts | null }
  | { readonly tag: 'sent'; readonly sent: readonly SenderReport[] }
  | { readonly tag: 'result'; readonly result: ServerReport }
  | { readonly tag: 'failed'; readonly code: ErrorCode; readonly message: string };

/**
 * State machine of the client. Call `handleFrame` with received frames and `handleTimeout` at the deadline of
 * `pollTimeout`; after each call, send what `pollTransmit` returns and handle what `pollEvent` returns.
 */
export class ClientSession {
  #state: State;
  #serial = 0;
  #asked: TestSpec | undefined;
  /** Place in the queue, as last received. */
  #place = Number.POSITIVE_INFINITY;
  #hasSent = false;
  #isEndedByServer = false;
  /** Bounds on the rows and samples that the server may send; `undefined` before the first test. */
  #budget: { readonly rows: ReportBudget; readonly samples: ReportBudget; readonly others: ReportBudget } | undefined;
  #serverId = '';
  /** Set once the client has authenticated. Before that, every state has a deadline. */
  #liveness: Liveness | undefined;
  readonly #deps: ClientSessionDeps;
  readonly #channel: ControlChannel;
  readonly #outbox: Uint8Array[] = [];
  readonly #events: ClientSessionEvent[] = [];

  constructor(deps: ClientSessionDeps, now: Instant) {
    this.#deps = deps;
    this.#channel = new ControlChannel('client', deps.hmac, deps.secret);
    this.#state = { tag: 'greeting', deadline: now + (deps.answerLimit ?? ANSWER_TIMEOUT) };
    this.#send({
      type: 'hello',
      protocol: PROTOCOL_VERSION,
      version: deps.version,
      nonce: toHex(deps.nonce),
    });
  }

  /** Current state, for messages about the end of the session. */
  get state(): State['tag'] {
    return this.#state.tag;
  }

  /** Whether the session failed because the server ended it and said why. */
  get isEndedByServer(): boolean {
    return this.#isEndedByServer;
  }

  /** Handles a received frame. A frame that is invalid or not authentic ends the session with `failed`. */
  handleFrame(frame: ControlFrame, now: Instant): void {
    if (this.#state.tag === 'closed') return;
    this.#liveness?.noteReceived(now);
    const opened = this.#channel.decode(frame);
    if (!opened.ok && opened.why === 'unproven') {
      return this.fail('ERR_REFUSED', 'the server does not know the secret: it is not the one that you trust');
    }
    if (!opened.ok) return this.fail('ERR_PEER_PROTOCOL', opened.reason);
    const checked = check(serverMessage, opened.value);
    if (checked.ok) this.#handleResponse(checked.value, now);
    else this.fail('ERR_PEER_PROTOCOL', `the server sent what is not understood: ${checked.reason}`);
  }

  /** Handles the passing of time: sends a ping if one is due, and fails the session if a deadline has passed. */
  handleTimeout(now: Instant): void {
    if (this.#state.tag === 'closed') return;
    if (this.#liveness?.hasTimedOut(now)) return this.fail('ERR_PEER_LOST', silenceMessage('server'));
    if (this.#liveness?.takePing(now)) this.#send({ type: 'ping' });
    const deadline = 'deadline' in this.#state ? this.#state.deadline : undefined;
    if (deadline === undefined || now < deadline) return;
    const untold = `the server did not answer in time (${this.#state.tag})`;
    if (this.#state.tag === 'stopping') this.fail('ERR_PEER_LOST', untold);
    else this.fail('ERR_CONNECT', `${untold}: it may be too busy, give it more time with --connect-timeout`);
  }

  /** A longer limit that the user chose for a slow server applies to all answers before a test. */
  get #answerLimit(): Nanos {
    return Math.max(ANSWER_TIMEOUT, this.#deps.answerLimit ?? 0);
  }

  /** Octets to send next; `undefined` if there are none. */
  pollTransmit(): Uint8Array | undefined {
    return this.#outbox.shift();
  }

  /** Next event; `undefined` if there is none. */
  pollEvent(): ClientSessionEvent | undefined {
    return this.#events.shift();
  }

  /** When to call `handleTimeout`; `undefined` after the end of the session. */
  pollTimeout(): Instant | undefined {
    if (this.#state.tag === 'closed') return undefined;
    return earliest('deadline' in this.#state ? this.#state.deadline : undefined, this.#liveness?.deadline);
  }

  /**
   * Requests a test; the answer is `accepted`. Has no effect unless the session is idle.
   *
   * @param extras - what else is asked of the server
   */
  open(spec: TestSpec, now: Instant, extras: Partial<TestExtras> = {}): void {
    if (this.#state.tag !== 'idle') return;
    this.#asked = spec;
    const { capture = false, trace = null, purpose = null, live_cpu = false } = extras;
    this.#send({ type: 'open', spec, capture: capture || null, trace, purpose, live_cpu: live_cpu || null });
    this.#state = { tag: 'opening', deadline: now + this.#answerLimit };
  }

  /** Starts the test, once all streams are open. Data may be sent after `started`. */
  start(now: Instant): void {
    if (this.#state.tag !== 'open') return;
    this.#send({ type: 'start' });
    const { spec } = this.#state;
    this.#hasSent = false;
    this.#budget = {
      rows: new ReportBudget(spec, now),
      samples: new ReportBudget(spec, now),
      others: new ReportBudget(SECONDS, now),
    };
    this.#state = { tag: 'starting', deadline: now + this.#answerLimit };
  }

  /** Ends the test, with the reports of this client's senders; the answer is `result`. */
  stop(sent: readonly SenderReport[], aborted: boolean, now: Instant): void {
    const state = this.#state;
    if (state.tag !== 'running' && state.tag !== 'starting' && state.tag !== 'open') return;
    this.#send({ type: 'stop', sent, aborted });
    this.#state = { tag: 'stopping', deadline: now + RESULT_TIMEOUT };
  }

  /** Ends the session in an orderly way. */
  bye(): void {
    if (this.#state.tag === 'closed') return;
    this.#send({ type: 'bye' });
    this.#state = { tag: 'closed' };
  }

  /** Ends the session with an error, for example because the connection was lost. */
  fail(code: ErrorCode, message: string): void {
    if (this.#state.tag === 'closed') return;
    this.#state = { tag: 'closed' };
    this.#events.push({ tag: 'failed', code, message });
  }

  #handleResponse(message: ServerMessage, now: Instant): void {
    const state = this.#state;
    switch (message.type) {
      case 'challenge':
        if (state.tag !== 'greeting') return this.#unexpected(message.type);
        return this.#handleChallenge(message, now);
      case 'queued':
        if (state.tag !== 'asking') return this.#unexpected(message.type);
        // A place can only get better. This bounds the number of messages that a server can send here.
        if (message.place >= this.#place) return this.#excess('places in its queue');
        this.#place = message.place;
        // No deadline in the queue: the wait is as long as the tests of other clients.
        this.#state = { tag: 'asking', deadline: undefined };
        this.#events.push({ tag: 'queued', place: message.place });
        return;
      case 'welcome':
        if (state.tag !== 'asking') return this.#unexpected(message.type);
        return this.#handleWelcome(message);
      case 'accepted':
        if (state.tag !== 'opening') return this.#unexpected(message.type);
        return this.#handleAccepted(message);
      case 'started':
        // The client has sent `stop` before it received `started`.
        if (state.tag === 'stopping') return;
        if (state.tag !== 'starting') return this.#unexpected(message.type);
        this.#state = { tag: 'running' };
        this.#events.push({ tag: 'started' });
        return;
      case 'interval':
        if (state.tag !== 'running' && state.tag !== 'stopping') return this.#unexpected(message.type);
        if (!this.#budget?.rows.take(message.rows.length, now)) return this.#excess('intervals');
        if (message.rows.length === 0 && !this.#budget.others.take(1, now)) return this.#excess('intervals');
        this.#events.push({ tag: 'interval', rows: message.rows, cpuRatio: message.cpu_ratio });
        return;
      case 'sample':
        if (state.tag !== 'running' && state.tag !== 'stopping') return this.#unexpected(message.type);
        if (!this.#budget?.samples.take(1, now)) return this.#excess('samples');
        this.#events.push({ tag: 'sample', stream: message.stream, tcp: message.tcp });
        return;
      case 'sent':
        if (state.tag !== 'running' && state.tag !== 'stopping') return this.#unexpected(message.type);
        if (this.#hasSent) return this.#excess('reports of its senders');
        this.#hasSent = true;
        this.#events.push({ tag: 'sent', sent: message.sent });
        return;
      case 'result':
        // While running: the server ended a test that is long overdue.
        if (state.tag !== 'stopping' && state.tag !== 'running') return this.#unexpected(message.type);
        this.#state = { tag: 'idle' };
        this.#events.push({ tag: 'result', result: message.result });
        return;
      case 'ping':
        if (!this.#liveness) return this.#unexpected(message.type);
        return;
      case 'error':
        return this.#handleError(message);
      default:
        message satisfies never;
    }
  }

  #handleChallenge(challenge: Extract<ServerMessage, { type: 'challenge' }>, now: Instant): void {
    const { secret, wait, clientId } = this.#deps;
    if (challenge.protocol !== PROTOCOL_VERSION) {
      return this.fail(
        'ERR_PEER_PROTOCOL',
        `the server speaks protocol ${challenge.protocol}, not ${PROTOCOL_VERSION}`,
      );
    }
    if (secret && challenge.auth === 'none') {
      return this.fail('ERR_REFUSED', 'the server has no secret to prove; leave out --secret-file to use it anyway');
    }
    if (!secret && challenge.auth !== 'none') {
      return this.fail('ERR_REFUSED', 'the server asks for a secret; use --secret-file');
    }
    this.#serverId = challenge.server_id;
    this.#send({ type: 'auth', client_id: clientId, wait });
    this.#liveness = new Liveness(now);
    this.#state = { tag: 'asking', deadline: now + this.#answerLimit };
  }

  #handleWelcome(welcome: Welcome): void {
    this.#state = { tag: 'idle' };
    this.#events.push({ tag: 'welcome', welcome, serverId: this.#serverId });
  }

  #handleAccepted(accepted: Extract<ServerMessage, { type: 'accepted' }>): void {
    const sent = accepted.token === null ? undefined : fromHex(accepted.token);
    const token = this.#channel.tokenOf(this.#serial) ?? sent;
    if (!token) return this.fail('ERR_PEER_PROTOCOL', 'the server accepted the test without a token');
    if (!this.#asked || !isReductionOf(this.#asked, accepted.spec)) {
      return this.fail('ERR_PEER_PROTOCOL', 'the server accepted another test than was asked for');
    }
    this.#serial++;
    const spec = { ...accepted.spec, figure: this.#asked.figure };
    this.#state = { tag: 'open', spec };
    this.#events.push({ tag: 'accepted', spec, clipped: accepted.clipped, token });
  }

  #handleError(error: Extract<ServerMessage, { type: 'error' }>): void {
    const lost = error.code === 'shutdown' || error.code === 'failed' || error.code === 'timeout';
    const code = error.code === 'protocol' ? 'ERR_PEER_PROTOCOL' : lost ? 'ERR_PEER_LOST' : 'ERR_REFUSED';
    this.#isEndedByServer = true;
    this.fail(code, `the server ended the session: ${error.message}`);
  }

  #send(message: ClientMessage): void {
    this.#outbox.push(this.#channel.encode(message));
  }

  #excess(what: string): void {
    this.fail('ERR_PEER_PROTOCOL', `the server sent more ${what} than there can be`);
  }

  #unexpected(type: string): void {
    this.fail('ERR_PEER_PROTOCOL', `the server sent "${type}" in state ${this.#state.tag}`);
  }
}
