/**
 * The server's side of one control connection, as a state machine without I/O: authentication, admission, and the
 * tests of one client.
 *
 * Inputs are frames and the time; outputs are messages, events and the next deadline. The driver in `run/server` owns
 * the socket, the queue and the streams.
 *
 * @module
 */
import { toHex } from '../core/bytes.ts';
import type { TcpFacts } from '../core/shapes/flow.ts';
import type { TraceAsk } from '../core/shapes/path/trace-back.ts';
import type { PathFacts } from '../core/shapes/path.ts';
import type { HostFacts } from '../core/shapes/result.ts';
import type { Engine, ServerLimits, TestPurpose, TestSpec } from '../core/shapes/spec.ts';
import type { ReceiverInterval, SenderReport } from '../core/shapes/stream-report.ts';
import { type Instant, NS_PER_S } from '../core/time.ts';
import type { ControlFrame } from '../wire/control-frame.ts';
import { ControlChannel } from './control-channel.ts';
import { grant } from './limits.ts';
import { earliest, Liveness, silenceMessage } from './liveness.ts';
import { MessageBudget } from './message-budget.ts';
import {
  type ClientMessage,
  clientMessage,
  OLDEST_VERSION,
  PROTOCOL_VERSION,
  type RefusalCode,
  type ServerMessage,
  type ServerReport,
} from './messages.ts';
import { purposeOf } from './purpose.ts';
import type { Hmac } from './session-keys.ts';
import { check } from './shape.ts';

/** Longest wait for `hello`, and then for `auth`. */
export const HELLO_TIMEOUT = 10 * NS_PER_S;
/** Longest time from accepting a test to its start, in which the client opens the streams. */
export const OPEN_TIMEOUT = 30 * NS_PER_S;
/** Time after the planned end of a test at which the server ends the test itself. */
export const TEST_GRACE = 30 * NS_PER_S;

const TOO_MANY = 'the client sent more messages on its control connection than its tests need';

const NO_TRACE = 'a trace back is part of a latency test over UDP with one stream, of a server with the Linux engine';

/** Configuration and cryptography of a server session. */
export interface ServerSessionDeps {
  /** Version of the protocol in the client's preamble. */
  readonly protocol: number;
  readonly serverId: string;
  readonly version: string;
  readonly engine: Engine;
  readonly limits: ServerLimits;
  readonly secret: Uint8Array | null;
  readonly hmac: Hmac;
  /** 32 fresh random octets. */
  readonly nonce: Uint8Array;
  /** Returns 8 fresh random octets. */
  readonly randomToken: () => Uint8Array;
}

type Accepted = Extract<ServerMessage, { type: 'accepted' }>;

type State =
  | { readonly tag: 'hello'; readonly deadline: Instant }
  | { readonly tag: 'auth'; readonly deadline: Instant }
  | { readonly tag: 'waiting' }
  | { readonly tag: 'idle' }
  /** The answer is sent as soon as the capture has begun. */
  | { readonly tag: 'preparing'; readonly deadline: Instant; readonly accepted: Accepted }
  | { readonly tag: 'open'; readonly deadline: Instant; readonly spec: TestSpec }
  | { readonly tag: 'running'; readonly deadline: Instant | undefined }
  | { readonly tag: 'stopping' }
  | { readonly tag: 'closed' };

/** Events of a server session, for the driver. */
export type ServerSessionEvent =
  /** The client has authenticated and requests admission; answer with `admit`, `queue` or `refuse`. */
  | { readonly tag: 'wants-admission'; readonly version: string; readonly clientId: string; readonly wait: boolean }
  /** Streams with `token` belong to this test. With `capture`: begin a capture, then answer with `accept`. */
  | {
      readonly tag: 'open';
      readonly spec: TestSpec;
      readonly token: Uint8Array;
      readonly capture: boolean;
      readonly trace: TraceAsk | null;
      /** What it is for; `null` if it is the test that `spec` says. */
      readonly purpose: TestPurpose | null;
    }
  | { readonly tag: 'start'; readonly spec: TestSpec }
  | { readonly tag: 'stop'; readonly sent: readonly SenderReport[]; readonly aborted: boolean }
  /** The client no longer sends: send the pending messages, then reset the connection. */
  | { readonly tag: 'lost'; readonly reason: string }
  /** The session has ended: send the pending messages, then close the connection. `code` if this end refused it. */
  | { readonly tag: 'closed'; readonly reason: string; readonly code: RefusalCode | null };

/**
 * State machine of the server for one client. Call `handleFrame` with received frames and `handleTimeout` at the
 * deadline of `pollTimeout`; after each call, send what `pollTransmit` returns and handle what `pollEvent` returns.
 */
export class ServerSession {
  #state: State;
  #version = '';
  #serial = 0;
  /** Set once the client has authenticated. Before that, every state has a deadline. */
  #liveness: Liveness | undefined;
  readonly #deps: ServerSessionDeps;
  readonly #channel: ControlChannel;
  readonly #budget: MessageBudget;
  /** Streams of the last test that was accepted. */
  #streams = 0;
  /** Whether its client asked for the processor use. */
  #tellsCpu = false;
  readonly #outbox: Uint8Array[] = [];
  readonly #events: ServerSessionEvent[] = [];

  constructor(deps: ServerSessionDeps, now: Instant) {
    this.#deps = deps;
    this.#channel = new ControlChannel('server', deps.hmac, deps.secret);
    this.#budget = new MessageBudget(now);
    this.#state = { tag: 'hello', deadline: now + HELLO_TIMEOUT };
  }

  /**
   * Handles a received frame. A frame that is invalid or not authentic, or one too many, ends the session with an
   * `error` to the client.
   */
  handleFrame(frame: ControlFrame, now: Instant): void {
    if (this.#state.tag === 'closed') return;
    this.#liveness?.noteReceived(now);
    if (!this.#budget.take(frame.octets.length, now)) return this.refuse('limit', TOO_MANY);
    const opened = this.#channel.decode(frame);
    if (!opened.ok) {
      if (opened.why === 'not-json') return this.refuse('protocol', opened.reason);
      const unproven = 'the secret is missing or wrong; use --secret-file';
      return this.refuse('authentication', opened.why === 'unproven' ? unproven : opened.reason);
    }
    const checked = check(clientMessage, opened.value);
    if (!checked.ok) return this.refuse('protocol', checked.reason);
    this.#handleRequest(checked.value, now);
  }

  /** Handles the passing of time: sends a ping if one is due, and ends the test or session if a deadline has passed. */
  handleTimeout(now: Instant): void {
    const state = this.#state;
    if (state.tag === 'closed') return;
    if (this.#liveness?.hasTimedOut(now)) return this.#lose();
    if (this.#liveness?.takePing(now)) this.#send({ type: 'ping' });
    const deadline = 'deadline' in state ? state.deadline : undefined;
    if (deadline === undefined || now < deadline) return;
    if (state.tag === 'running') {
      this.#state = { tag: 'stopping' };
      this.#events.push({ tag: 'stop', sent: [], aborted: true });
    } else {
      this.refuse('timeout', `the client sent nothing in state ${state.tag} for too long`);
    }
  }

  /** Octets to send next; `undefined` if there are none. */
  pollTransmit(): Uint8Array | undefined {
    return this.#outbox.shift();
  }

  /** Next event; `undefined` if there is none. */
  pollEvent(): ServerSessionEvent | undefined {
    return this.#events.shift();
  }

  /** When to call `handleTimeout`; `undefined` if there is no deadline. */
  pollTimeout(): Instant | undefined {
    if (this.#state.tag === 'closed') return undefined;
    return earliest('deadline' in this.#state ? this.#state.deadline : undefined, this.#liveness?.deadline);
  }

  /** Admits the client. */
  admit(host: HostFacts, path: PathFacts): void {
    if (this.#state.tag !== 'waiting') return;
    const { engine, limits, version, serverId } = this.#deps;
    this.#send({
      type: 'welcome',
      server_id: serverId,
      engine,
      limits,
      host: { ...host, version },
      path,
      mtu_probes: engine === 'linux',
      trace_back: engine === 'linux',
      tests: ['bandwidth', 'latency', 'connections', 'handshakes'],
    });
    this.#state = { tag: 'idle' };
  }

  /** Sends its place in the queue to a waiting client. */
  queue(place: number): void {
    if (this.#state.tag === 'waiting') this.#send({ type: 'queued', place });
  }

  /** Accepts the requested test, once its capture has begun. */
  accept(now: Instant): void {
    if (this.#state.tag !== 'preparing') return;
    const { accepted } = this.#state;
    this.#send(accepted);
    this.#state = { tag: 'open', deadline: now + OPEN_TIMEOUT, spec: accepted.spec };
  }

  /** Sends intervals of the server's receivers. */
  report(rows: readonly ReceiverInterval[]): void {
    if (this.#isUnderWay()) this.#send({ type: 'interval', rows, cpu_ratio: null });
  }

  /** Sends the processor use of this process, 1.0 is one core. A client that did not ask for it gets nothing. */
  reportCpu(ratio: number | null): void {
    if (this.#isUnderWay() && this.#tellsCpu && ratio !== null) {
      this.#send({ type: 'interval', rows: [], cpu_ratio: ratio });
    }
  }

  /** Sends TCP_INFO of one of the server's senders. */
  sample(stream: number, tcp: TcpFacts | null): void {
    if (this.#isUnderWay()) this.#send({ type: 'sample', stream, tcp });
  }

  /** Sends the reports of the server's senders, which have finished. */
  finishSending(sent: readonly SenderReport[]): void {
    if (this.#isUnderWay()) this.#send({ type: 'sent', sent });
  }

  /** Sends the result and ends the test. The client may then request another. */
  finish(result: ServerReport): void {
    if (!this.#isUnderWay()) return;
    this.#send({ type: 'result', result });
    // A trace gives nothing back: this bounds how often a client can have one.
    if (result.complete && result.trace === null) this.#budget.giveBackTest(this.#streams);
    this.#state = { tag: 'idle' };
  }

  /** Ends the session and sends the reason to the client. */
  refuse(code: RefusalCode, message: string): void {
    if (this.#state.tag === 'closed') return;
    this.#send({ type: 'error', code, message: message.slice(0, 500) });
    this.#close(message, code);
  }

  #handleRequest(message: ClientMessage, now: Instant): void {
    const state = this.#state;
    switch (message.type) {
      case 'hello':
        if (state.tag !== 'hello') return this.#unexpected(message.type);
        return this.#handleHello(message, now);
      case 'auth':
        if (state.tag !== 'auth') return this.#unexpected(message.type);
        return this.#handleAuth(message, now);
      case 'open':
        if (state.tag !== 'idle') return this.#unexpected(message.type);
        return this.#handleOpen(message, now);
      case 'start':
        if (state.tag !== 'open') return this.#unexpected(message.type);
        this.#state = { tag: 'running', deadline: endOf(state.spec, this.#deps.limits, now) };
        this.#events.push({ tag: 'start', spec: state.spec });
        this.#send({ type: 'started' });
        return;
      case 'ping':
        if (!this.#liveness) return this.#unexpected(message.type);
        return;
      case 'stop':
        // The server may just have ended the test itself, while the client's `stop` was on its way.
        if (state.tag === 'stopping' || state.tag === 'idle') return;
        if (state.tag !== 'running' && state.tag !== 'open') return this.#unexpected(message.type);
        this.#state = { tag: 'stopping' };
        this.#events.push({ tag: 'stop', sent: message.sent, aborted: message.aborted });
        return;
      case 'bye':
        return this.#close('done', null);
      default:
        message satisfies never;
    }
  }

  #handleHello(hello: Extract<ClientMessage, { type: 'hello' }>, now: Instant): void {
    const refusal = versionRefusal(hello.protocol, this.#deps.secret !== null);
    if (refusal !== undefined) return this.refuse('protocol', refusal);
    if (hello.protocol !== this.#deps.protocol) return this.refuse('protocol', 'two versions in one connection');
    this.#version = hello.version;
    this.#send({
      type: 'challenge',
      protocol: hello.protocol,
      version: this.#deps.version,
      nonce: toHex(this.#deps.nonce),
      server_id: this.#deps.serverId,
      auth: this.#deps.secret ? 'hmac-sha256' : 'none',
    });
    this.#state = { tag: 'auth', deadline: now + HELLO_TIMEOUT };
  }

  #handleAuth(auth: Extract<ClientMessage, { type: 'auth' }>, now: Instant): void {
    this.#liveness = new Liveness(now);
    this.#state = { tag: 'waiting' };
    this.#events.push({
      tag: 'wants-admission',
      version: this.#version,
      clientId: auth.client_id,
      wait: auth.wait,
    });
  }

  #handleOpen({ spec: asked, trace, ...open }: Extract<ClientMessage, { type: 'open' }>, now: Instant): void {
    const capture = open.capture === true;
    if (trace !== null && (this.#deps.engine !== 'linux' || !canTrace(asked))) return this.refuse('protocol', NO_TRACE);
    const { spec, clipped } = grant(asked, this.#deps.limits);
    const derived = this.#channel.tokenOf(this.#serial);
    const token = derived ?? this.#deps.randomToken();
    this.#serial++;
    this.#streams = spec.streams;
    this.#tellsCpu = open.live_cpu === true;
    const accepted: Accepted = { type: 'accepted', spec, clipped, token: derived ? null : toHex(token) };
    this.#state = { tag: 'preparing', deadline: now + OPEN_TIMEOUT, accepted };
    const purpose = purposeOf(spec, open.purpose, trace !== null);
    this.#events.push({ tag: 'open', spec, token, capture, trace, purpose });
    if (!capture) this.accept(now);
  }

  #isUnderWay(): boolean {
    return this.#state.tag === 'running' || this.#state.tag === 'stopping';
  }

  #send(message: ServerMessage): void {
    this.#outbox.push(this.#channel.encode(message));
  }

  #unexpected(type: string): void {
    this.refuse('protocol', `"${type}" does not belong in state ${this.#state.tag}`);
  }

  /** Sends the reason nevertheless: a client whose process was suspended can read it later. */
  #lose(): void {
    const message = silenceMessage('client');
    this.#send({ type: 'error', code: 'timeout', message });
    this.#state = { tag: 'closed' };
    this.#events.push({ tag: 'lost', reason: message });
  }

  #close(reason: string, code: RefusalCode | null): void {
    this.#state = { tag: 'closed' };
    this.#events.push({ tag: 'closed', reason, code });
  }
}

/** Why a client with protocol version `protocol` is refused; `undefined` if it is accepted. */
export function versionRefusal(protocol: number, hasSecret: boolean): string | undefined {
  if (protocol > PROTOCOL_VERSION || protocol < OLDEST_VERSION) {
    const older = protocol < OLDEST_VERSION ? 'client' : 'server';
    return `protocol ${protocol} is not spoken here: update winze of the ${older}`;
  }
  if (protocol === PROTOCOL_VERSION || !hasSecret) return undefined;
  return `protocol ${protocol} authenticates no message, and this server has a secret: update winze of the client`;
}

/**
 * When the server ends a test that the client did not stop. A test with a number of bytes has no planned duration,
 * so the longest one that the server allows applies. `undefined` without either.
 */
function endOf(spec: TestSpec, limits: ServerLimits, now: Instant): Instant | undefined {
  const duration = spec.duration_ns ?? limits.max_duration_ns;
  return duration === null ? undefined : now + spec.warmup_ns + duration + TEST_GRACE;
}

/** Whether a test can have a trace back: one stream, whose address the client proves. */
function canTrace({ test, protocol, streams }: TestSpec): boolean {
  return test === 'latency' && protocol === 'udp' && streams === 1;
}
