/**
 * Both ends of a control connection in virtual time, joined by real frames over a link that delays,
 * splits and can be cut. What the drivers in `run/` do with sockets, the two small drivers here do
 * with timers of the same virtual clock.
 *
 * @module
 */
import type { TestSpec } from '../../src/core/shapes/spec.ts';
import type { Instant, Nanos } from '../../src/core/time.ts';
import { ClientSession, type ClientSessionEvent } from '../../src/session/client-session.ts';
import { ServerSession, type ServerSessionEvent } from '../../src/session/server-session.ts';
import {
  type ControlFrame,
  ControlFrameReader,
  MAX_REQUEST_BYTES,
  MAX_RESPONSE_BYTES,
} from '../../src/wire/control-frame.ts';
import { messageOf, plainOctets } from './control-frames.ts';
import { CLIENT_ID, HOST, hmacSha256, NO_LIMITS, PATH, REPORT, ROW, SENT, TCP } from './control-messages.ts';

const DELAY: Nanos = 1e6;
const STEP_LIMIT = 20_000;

export interface Conversation {
  readonly tests: readonly TestSpec[];
  readonly clientSecret?: Uint8Array;
  readonly serverSecret?: Uint8Array;
  readonly serverVersion?: number;
  /** How long the client waits in the queue; 0 for not at all. */
  readonly queuedNs?: Nanos;
  /** When the client stops a test, after its start; `null` never, by default at its end. */
  readonly stopsAfterNs?: Nanos | null;
  /** Octets of the next piece that the link delivers. */
  readonly pieceBytes?: () => number;
  /**
   * After this many whole messages, both ways together, half of the next one gets through and then
   * nothing: `closed` tells both ends at once, `silent` tells nobody.
   */
  readonly cut?: { readonly after: number; readonly how: 'closed' | 'silent' };
  /** Octet that both nonces are made of, each end its own way; another makes another session. */
  readonly nonce?: number;
  /** Somebody on the path: what arrives in place of message `n` of both ways together. */
  readonly meddle?: (octets: Uint8Array, n: number, arrow: '>' | '<') => readonly Uint8Array[];
}

export interface Outcome {
  /** Messages in the order in which they were sent, `>` from the client; signs of life left out. */
  readonly messages: readonly string[];
  readonly clientEvents: readonly ClientSessionEvent[];
  readonly serverEvents: readonly ServerSessionEvent[];
  /** How each side ended; `undefined` if it never did. */
  readonly clientEnd: string | undefined;
  readonly serverEnd: string | undefined;
  /** When the link was cut. */
  readonly cutAt: Instant | undefined;
  readonly endedAt: Instant;
}

interface Task {
  readonly at: Instant;
  readonly run: () => void;
}

/** Runs a conversation until nothing is left to happen. */
export function converse(plan: Conversation): Outcome {
  return new ConversationRun(plan).run();
}

class ConversationRun {
  readonly #plan: Conversation;
  readonly #client: ClientSession;
  readonly #server: ServerSession;
  readonly #toClient = new ControlFrameReader(MAX_RESPONSE_BYTES);
  readonly #toServer = new ControlFrameReader(MAX_REQUEST_BYTES);
  readonly #messages: string[] = [];
  readonly #clientEvents: ClientSessionEvent[] = [];
  readonly #serverEvents: ServerSessionEvent[] = [];
  #tasks: Task[] = [];
  #now: Instant = 1e9;
  #down = false;
  #test = 0;
  #clientEnd: string | undefined;
  #serverEnd: string | undefined;
  #cutAt: Instant | undefined;

  constructor(plan: Conversation) {
    this.#plan = plan;
    const both = { version: '0.1.0', hmac: hmacSha256 };
    this.#client = new ClientSession(
      {
        ...both,
        secret: plan.clientSecret ?? null,
        wait: true,
        nonce: new Uint8Array(32).fill(plan.nonce ?? 1),
        clientId: CLIENT_ID,
      },
      this.#now,
    );
    this.#server = new ServerSession(
      {
        ...both,
        protocol: 2,
        serverId: 'ab-12',
        engine: 'linux',
        limits: { ...NO_LIMITS, max_duration_ns: 60e9 },
        secret: plan.serverSecret ?? null,
        nonce: new Uint8Array(32).fill((plan.nonce ?? 1) + 1),
        randomToken: () => new Uint8Array(8).fill(9),
      },
      this.#now,
    );
  }

  run(): Outcome {
    for (let steps = 0; ; steps++) {
      if (steps > STEP_LIMIT) throw new Error(`the conversation goes round in circles: ${this.#messages.join(' ')}`);
      this.#pump();
      const at = this.#nextAt();
      if (at === undefined) {
        if (this.#clientEnd !== undefined && this.#serverEnd !== undefined) break;
        throw new Error(`a side waits for ever: ${this.#messages.join(' ')}`);
      }
      if (at < this.#now) throw new Error(`a deadline lies in the past: ${at} at ${this.#now}`);
      this.#now = at;
      this.#act();
    }
    return {
      messages: this.#messages,
      clientEvents: this.#clientEvents,
      serverEvents: this.#serverEvents,
      clientEnd: this.#clientEnd,
      serverEnd: this.#serverEnd,
      cutAt: this.#cutAt,
      endedAt: this.#now,
    };
  }

  #nextAt(): Instant | undefined {
    const deadlines = [
      ...this.#tasks.map((task) => task.at),
      ...(this.#clientEnd === undefined ? [this.#client.pollTimeout()] : []),
      ...(this.#serverEnd === undefined ? [this.#server.pollTimeout()] : []),
    ].filter((at) => at !== undefined);
    return deadlines.length === 0 ? undefined : Math.min(...deadlines);
  }

  #act(): void {
    const due = this.#tasks.filter((task) => task.at <= this.#now);
    this.#tasks = this.#tasks.filter((task) => task.at > this.#now);
    for (const task of due) {
      task.run();
      this.#pump();
    }
    if (this.#clientEnd === undefined) this.#client.handleTimeout(this.#now);
    if (this.#serverEnd === undefined) this.#server.handleTimeout(this.#now);
  }

  #pump(): void {
    for (let octets = this.#client.pollTransmit(); octets; octets = this.#client.pollTransmit()) {
      this.#send('>', octets, (frame) => this.#server.handleFrame(frame, this.#now), this.#toServer);
    }
    for (let octets = this.#server.pollTransmit(); octets; octets = this.#server.pollTransmit()) {
      this.#send('<', octets, (frame) => this.#client.handleFrame(frame, this.#now), this.#toClient);
    }
    for (let event = this.#client.pollEvent(); event; event = this.#client.pollEvent()) this.#handleClient(event);
    for (let event = this.#server.pollEvent(); event; event = this.#server.pollEvent()) this.#handleServer(event);
  }

  #send(arrow: '>' | '<', octets: Uint8Array, take: (frame: ControlFrame) => void, reader: ControlFrameReader): void {
    if (this.#down) return;
    const { cut, serverVersion, meddle } = this.#plan;
    const message = messageOf(octets) as { readonly type: string };
    const said = message.type === 'challenge' && serverVersion ? { ...message, protocol: serverVersion } : undefined;
    const own = said ? plainOctets(said) : octets;
    const isSign = message.type === 'ping';
    const bytes = meddle && !isSign ? Buffer.concat(meddle(own, this.#messages.length, arrow)) : own;
    const isCut = cut !== undefined && this.#messages.length >= cut.after;
    if (!isCut && !isSign) this.#messages.push(`${arrow}${message.type}`);
    this.#deliver(isCut ? bytes.subarray(0, bytes.length >> 1) : bytes, take, reader);
    if (!isCut) return;
    this.#down = true;
    this.#cutAt = this.#now;
    // What was sent before still arrives.
    if (cut.how === 'closed') this.#in(DELAY, () => this.#breakOff('connection closed'));
  }

  #deliver(bytes: Uint8Array, take: (frame: ControlFrame) => void, reader: ControlFrameReader): void {
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.slice(at, at + Math.max(1, this.#plan.pieceBytes?.() ?? bytes.length));
      at += piece.length;
      this.#in(DELAY, () => {
        reader.push(piece);
        for (let next = reader.next(); next; next = reader.next()) {
          if (next.tag === 'error') throw new Error(next.reason);
          take(next.frame);
        }
      });
    }
  }

  #in(delay: Nanos, run: () => void): void {
    this.#tasks.push({ at: this.#now + delay, run });
  }

  #breakOff(reason: string): void {
    this.#down = true;
    this.#client.fail('ERR_PEER_LOST', reason);
    this.#serverEnd ??= reason;
  }

  #handleClient(event: ClientSessionEvent): void {
    this.#clientEvents.push(event);
    const spec = this.#plan.tests[this.#test];
    switch (event.tag) {
      case 'welcome':
      case 'result':
        if (event.tag === 'result') this.#test++;
        return this.#openNext();
      case 'accepted':
        // The streams connect.
        return this.#in(5e6, () => this.#client.start(this.#now));
      case 'started': {
        const whole = (spec?.duration_ns ?? 1e9) + (spec?.warmup_ns ?? 0);
        const { stopsAfterNs: length = whole } = this.#plan;
        if (length === null) return;
        return this.#in(length, () => this.#client.stop([SENT], false, this.#now));
      }
      case 'failed':
        this.#clientEnd = `${event.code}: ${event.message}`;
        return this.#hangUp(() => {
          this.#serverEnd ??= 'the client closed the connection';
        });
      default:
    }
  }

  #openNext(): void {
    const spec = this.#plan.tests[this.#test];
    if (spec) return this.#client.open(spec, this.#now);
    this.#client.bye();
    this.#clientEnd = 'done';
  }

  #handleServer(event: ServerSessionEvent): void {
    this.#serverEvents.push(event);
    const { queuedNs = 0 } = this.#plan;
    switch (event.tag) {
      case 'wants-admission':
        if (queuedNs > 0) this.#server.queue(1);
        return this.#in(queuedNs, () => {
          if (this.#serverEnd === undefined) this.#server.admit(HOST, PATH);
        });
      case 'start':
        return this.#in(1e9, () => {
          this.#server.report([ROW]);
          this.#server.sample(0, TCP);
        });
      case 'stop':
        this.#server.finishSending([SENT]);
        // The last octets come in.
        return this.#in(20e6, () => this.#server.finish(REPORT));
      case 'lost':
      case 'closed':
        this.#serverEnd = event.reason;
        return this.#hangUp(() => this.#client.fail('ERR_PEER_LOST', 'the server closed the connection'));
      default:
    }
  }

  /** The other side hears of it unless the link is down; what was sent before comes first. */
  #hangUp(tell: () => void): void {
    if (!this.#down) this.#in(2 * DELAY, tell);
  }
}
