/**
 * A client that does what a test tells it, as far as it tells it: real sockets, the session engine of
 * the sources, and an end at any moment. It sends no payload by itself.
 */
import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { TraceAsk } from '../../src/core/shapes/path/trace-back.ts';
import type { TestSpec } from '../../src/core/shapes/spec.ts';
import { completeSpec } from '../../src/measure/test-defaults.ts';
import { hmacSha256, randomOctets } from '../../src/run/hmac.ts';
import { monotonicNow } from '../../src/run/monotonic.ts';
import { ClientSession, type ClientSessionEvent } from '../../src/session/client-session.ts';
import { ControlFrameReader, MAX_RESPONSE_BYTES } from '../../src/wire/control-frame.ts';
import { DATAGRAM_TYPE, decodeStreamHandshake, encodeStreamHandshake } from '../../src/wire/datagram.ts';
import { encodeControlPreamble, encodeDataPreamble } from '../../src/wire/preamble.ts';
import { messageOf } from '../support/control-frames.ts';

type EventOf<Tag extends ClientSessionEvent['tag']> = Extract<ClientSessionEvent, { tag: Tag }>;

export interface ScriptedClientOptions {
  readonly secret?: Uint8Array | null;
  readonly wait?: boolean;
  readonly clientId?: string;
  /** 127.0.0.1 unless told otherwise. */
  readonly localAddress?: string;
}

export class ScriptedClient {
  readonly port: number;
  /** Everything this client sent on its control connection. */
  readonly sent: Uint8Array[] = [];
  /** The reason in the server's last word, or an empty text. */
  readonly closed: Promise<string>;
  readonly #socket: Socket;
  readonly #session: ClientSession;
  readonly #events: ClientSessionEvent[] = [];
  readonly #streams: (Socket | Datagrams)[] = [];
  #wake: () => void = () => {};
  #over = false;

  private constructor(port: number, socket: Socket, session: ClientSession) {
    this.port = port;
    this.#socket = socket;
    this.#session = session;
    const reader = new ControlFrameReader(MAX_RESPONSE_BYTES);
    let reason = '';
    socket.on('data', (chunk: Uint8Array) => {
      reader.push(chunk);
      for (let next = reader.next(); next; next = reader.next()) {
        if (next.tag !== 'frame') throw new Error(next.reason);
        const value = messageOf(next.frame.octets);
        if (typeof value === 'object' && value !== null && 'message' in value) reason = String(value.message);
        session.handleFrame(next.frame, monotonicNow());
        this.pump();
      }
    });
    socket.on('error', () => {});
    this.closed = new Promise((resolve) =>
      socket.once('close', () => {
        this.#over = true;
        this.#wake();
        resolve(reason);
      }),
    );
  }

  static async connect(port: number, options: ScriptedClientOptions = {}): Promise<ScriptedClient> {
    const { secret = null, wait = true, clientId = Buffer.from(randomOctets(16)).toString('hex') } = options;
    const nonce = randomOctets(32);
    const session = new ClientSession(
      { version: 'scripted', secret, wait, hmac: hmacSha256, nonce, clientId },
      monotonicNow(),
    );
    const client = new ScriptedClient(port, await open(port, options.localAddress), session);
    client.write(encodeControlPreamble());
    client.pump();
    return client;
  }

  /** Sends what another client sent, word for word. */
  static async replay(port: number, sent: readonly Uint8Array[]): Promise<ScriptedClient> {
    const session = new ClientSession(
      { version: 'x', secret: null, wait: true, hmac: hmacSha256, nonce: randomOctets(32), clientId: '' },
      monotonicNow(),
    );
    session.bye();
    const client = new ScriptedClient(port, await open(port), session);
    for (const bytes of sent) client.write(bytes);
    return client;
  }

  /** Sends octets on the control connection. */
  write(bytes: Uint8Array): void {
    this.sent.push(bytes);
    this.#socket.write(bytes);
  }

  pump(): void {
    for (let octets = this.#session.pollTransmit(); octets; octets = this.#session.pollTransmit()) this.write(octets);
    for (let event = this.#session.pollEvent(); event; event = this.#session.pollEvent()) this.#events.push(event);
    this.#wake();
  }

  /** The next event of this kind; those before it are passed over. */
  async until<Tag extends ClientSessionEvent['tag']>(tag: Tag): Promise<EventOf<Tag>> {
    for (;;) {
      for (let event = this.#events.shift(); event; event = this.#events.shift()) {
        if (event.tag === tag) return event as EventOf<Tag>;
        if (event.tag === 'failed') throw new Error(`${event.code}: ${event.message}`);
      }
      if (this.#over) throw new Error(`closed before ${tag}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async open(wish: Partial<TestSpec>): Promise<EventOf<'accepted'>> {
    return this.openAny(completeSpec(wish));
  }

  /** Asks for any test, whether it makes sense or not. */
  async openAny(spec: TestSpec, trace: TraceAsk | null = null): Promise<EventOf<'accepted'>> {
    this.#session.open(spec, monotonicNow(), { trace });
    this.pump();
    return this.until('accepted');
  }

  async openTcpStream(token: Uint8Array, stream: number): Promise<Socket> {
    const socket = await open(this.port);
    this.#streams.push(socket);
    socket.on('error', () => {});
    socket.write(encodeDataPreamble(token, stream));
    await once(socket, 'data');
    socket.pause();
    return socket;
  }

  async openUdpStream(token: Uint8Array, stream: number, localAddress?: string): Promise<Datagrams> {
    const socket = createSocket('udp4');
    this.#streams.push(socket);
    socket.on('error', () => {});
    if (localAddress !== undefined) {
      socket.bind(0, localAddress);
      await once(socket, 'listening');
    }
    socket.connect(this.port, '127.0.0.1');
    await once(socket, 'connect');
    let cookie: Uint8Array = new Uint8Array(16);
    for (let type: number = DATAGRAM_TYPE.hello; ; type = DATAGRAM_TYPE.prove) {
      socket.send(encodeStreamHandshake({ type, stream, token, cookie }));
      const [bytes] = await once(socket, 'message');
      const answer = decodeStreamHandshake(bytes);
      if (answer?.type === DATAGRAM_TYPE.ready) return socket;
      cookie = answer?.cookie ?? cookie;
    }
  }

  async start(): Promise<void> {
    this.#session.start(monotonicNow());
    this.pump();
    await this.until('started');
  }

  stop(): void {
    this.#session.stop([], false, monotonicNow());
    this.pump();
  }

  bye(): void {
    this.#session.bye();
    this.pump();
    this.#socket.end();
    this.#closeStreams();
  }

  /** Goes away without a word, as a process does that is killed. */
  kill(): void {
    this.#socket.resetAndDestroy();
    this.#closeStreams();
  }

  /** Ends the control connection alone: its streams stay as they are. */
  leaveStreams(): void {
    this.#socket.resetAndDestroy();
  }

  #closeStreams(): void {
    for (const stream of this.#streams) {
      if ('resetAndDestroy' in stream) stream.resetAndDestroy();
      else stream.close();
    }
  }
}

async function open(port: number, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  await once(socket, 'connect');
  return socket;
}
