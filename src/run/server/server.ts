/**
 * The server: one port, TCP and UDP, for many clients at the same time.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { formatEndpoint, unmapIpv4 } from '../../core/address.ts';
import { toHex } from '../../core/bytes.ts';
import { DEFAULT_PORT, type ServerConfig } from '../../core/config.ts';
import { messageOf, NetError, systemCodeOf } from '../../core/errors.ts';
import { NS_PER_MS } from '../../core/time.ts';
import { VERSION } from '../../core/version.ts';
import { type Libc, loadLibc } from '../../native/libc.ts';
import { AdmissionQueue } from '../../session/admission.ts';
import { PROTOCOL_VERSION, type Response } from '../../session/messages.ts';
import { HELLO_TIMEOUT, type ServerSessionDeps } from '../../session/server-session.ts';
import { encodeControlFrame } from '../../wire/control-frame.ts';
import { DATA_PREAMBLE_BYTES, decodePreamble, PREAMBLE_BYTES, TOKEN_BYTES } from '../../wire/preamble.ts';
import { checkSecret } from '../check-secret.ts';
import { hmacSha256, randomOctets } from '../hmac.ts';
import { PortableStreams } from '../portable/streams.ts';
import { StreamPool } from '../streams/stream-pool.ts';
import { CaptureDesk } from './capture-desk.ts';
import { ServerClient } from './server-client.ts';
import type { ServerTest } from './server-test.ts';
import { type ProvenStream, UdpGate } from './udp-gate.ts';

/** A server that is listening. */
export interface RunningServer {
  readonly port: number;
  readonly addresses: readonly string[];
  /** Resolves when the server has ended, by `close` or after its one client (`once`). */
  readonly closed: Promise<void>;
  /** Tells every client, and ends. */
  close(): Promise<void>;
}

const DEFAULTS: ServerConfig = {
  port: DEFAULT_PORT,
  addresses: [],
  family: null,
  once: false,
  limits: { max_clients: 64, max_rate_bps: null, max_duration_ns: null, max_streams: 128 },
  secret: null,
  engine: 'auto',
  allow_capture: false,
  onEvent: () => {},
};

/** Clients that may wait; one more is refused. */
const MAX_WAITING = 1000;
/** Own addresses with a gate each; 127.0.0.0/8 alone has 2^24. */
const MAX_ANSWERING = 64;
/** Ports to try when the system chooses one. */
const PORT_ATTEMPTS = 16;
/** Time for a stranger to take its answer and close. */
const FAREWELL_MS = 2000;
/** Connections beyond this are not accepted: the bound of memory for strangers. */
const MAX_CONNECTIONS = 8192;

const NOT_WINZE =
  'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nThis is a winze server: use winze -c.\n';

/**
 * Starts a server.
 *
 * @throws NetError `ERR_USAGE` if the address cannot be listened on: in use, not of this host, not permitted;
 *   or if the secret is too short.
 */
export async function serve(options: Partial<ServerConfig> = {}): Promise<RunningServer> {
  const config = { ...DEFAULTS, ...options };
  checkSecret(config.secret);
  const server = new WinzeServer(config);
  await server.listen();
  return server;
}

class WinzeServer implements RunningServer {
  port: number;
  addresses: readonly string[] = [];
  readonly closed: Promise<void>;
  readonly #config: ServerConfig;
  readonly #libc: Libc | null;
  readonly #serverId = randomUUID();
  readonly #pool: StreamPool;
  readonly #queue: AdmissionQueue<string>;
  readonly #captures: CaptureDesk;
  readonly #clients = new Set<ServerClient>();
  readonly #tests = new Map<string, { readonly client: ServerClient; readonly test: ServerTest }>();
  readonly #listeners: Server[] = [];
  readonly #gates: UdpGate[] = [];
  /** Addresses of this host that have a gate of their own. */
  readonly #answering = new Set<string>();
  readonly #sockets = new Set<Socket>();
  #resolveClosed: () => void = () => {};
  #closing = false;

  constructor(config: ServerConfig) {
    this.#config = config;
    this.port = config.port;
    this.#libc = config.engine === 'portable' ? null : loadLibc();
    this.#pool = new StreamPool(this.#libc ? 'auto' : 'portable', (report) => new PortableStreams(report));
    this.#captures = new CaptureDesk(config.allow_capture);
    this.#queue = new AdmissionQueue(config.limits.max_clients, MAX_WAITING);
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  async listen(): Promise<void> {
    const { addresses, family } = this.#config;
    try {
      if (addresses.length > 0) for (const address of addresses) await this.#listenOn(address, false);
      else if (family === 4) await this.#listenOn('0.0.0.0', false);
      else await this.#listenOn('::', family === 6).catch((error) => this.#withoutIpv6(error));
    } catch (error) {
      await this.close();
      throw new NetError('ERR_USAGE', listenFailure(error, this.port, this.#config), { cause: error });
    }
    if (this.#libc) this.#pool.warm(1);
    this.#config.onEvent({ tag: 'listening', addresses: this.addresses, port: this.port });
  }

  async close(): Promise<void> {
    if (this.#closing) return this.closed;
    this.#closing = true;
    for (const listener of this.#listeners) listener.close();
    for (const gate of this.#gates) gate.close();
    for (const client of [...this.#clients]) client.refuse('shutdown', 'the server is shutting down');
    // Connections that have not said what they are, or do not close when told to, end here.
    const unfinished = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, 500);
    await this.#pool.end();
    await Promise.all([...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    clearTimeout(unfinished);
    this.#resolveClosed();
    return this.closed;
  }

  /** Hosts without IPv6 get the IPv4 wildcard. */
  #withoutIpv6(error: unknown): Promise<void> {
    if (this.#config.family === 6 || systemCodeOf(error) !== 'EAFNOSUPPORT') throw error;
    return this.#listenOn('0.0.0.0', false);
  }

  async #listenOn(address: string, ipv6Only: boolean): Promise<void> {
    const wanted = this.port;
    for (let attempt = 1; ; attempt++) {
      const listener = createServer({ noDelay: true }, (socket) => this.#accept(socket));
      listener.maxConnections = MAX_CONNECTIONS;
      await new Promise<void>((resolve, reject) => {
        listener.once('error', reject);
        listener.listen({ host: address, port: wanted, ipv6Only, backlog: 511 }, resolve);
      });
      const bound = listener.address();
      if (bound !== null && typeof bound === 'object') this.port = bound.port;
      try {
        this.#gates.push(await this.#openGate(address, ipv6Only));
        this.#listeners.push(listener);
        this.addresses = [...this.addresses, address];
        return;
      } catch (error) {
        listener.close();
        // The system chose a port that is free for TCP; for UDP somebody may have it.
        if (wanted !== 0 || systemCodeOf(error) !== 'EADDRINUSE' || attempt === PORT_ATTEMPTS) throw error;
      }
    }
  }

  #openGate(address: string, ipv6Only: boolean): Promise<UdpGate> {
    return UdpGate.open(address, this.port, ipv6Only, {
      isAwaited: (token, stream) => this.#tests.get(toHex(token))?.test.awaits(stream) ?? false,
      onProven: (proven) => this.#attachUdp(proven),
    });
  }

  /**
   * Lets UDP answers leave from the address that a client asked. A socket on all addresses would answer
   * from whichever the route prefers, and the client waits in vain where a host has several.
   */
  async #answerFrom(address: string): Promise<void> {
    const onAll = this.addresses.some((one) => one === '::' || one === '0.0.0.0');
    if (!onAll || this.#answering.has(address) || this.#answering.size >= MAX_ANSWERING) return;
    this.#answering.add(address);
    try {
      const gate = await this.#openGate(address, false);
      if (this.#closing) gate.close();
      else this.#gates.push(gate);
    } catch (error) {
      // The socket on all addresses does it where it can.
      if (!(error instanceof Error)) throw error;
    }
  }

  /** Reads what a connection is; whoever does not say in time is sent away. */
  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const impatience = setTimeout(() => socket.destroy(), HELLO_TIMEOUT / NS_PER_MS);
    socket.once('close', () => clearTimeout(impatience));
    let begun = new Uint8Array(0);
    const read = (chunk: Uint8Array): void => {
      begun = Uint8Array.from([...begun, ...chunk.subarray(0, 65_536)]);
      const preamble = decodePreamble(begun);
      if (preamble.tag === 'partial') return;
      socket.off('data', read);
      clearTimeout(impatience);
      if (preamble.tag === 'foreign') return this.#sendAway(socket, begun);
      if (preamble.tag === 'version') return this.#refuseVersion(socket, preamble.version);
      if (preamble.tag === 'control') return this.#addClient(socket, begun.subarray(PREAMBLE_BYTES));
      const token = begun.slice(PREAMBLE_BYTES, PREAMBLE_BYTES + TOKEN_BYTES);
      if (begun.length > DATA_PREAMBLE_BYTES) return void socket.destroy();
      this.#attachTcp(socket, token, preamble.stream);
    };
    socket.on('data', read);
  }

  #sendAway(socket: Socket, begun: Uint8Array): void {
    const isHttp = /^(GET|POST|HEAD|PUT|OPTIONS|CONNECT) /.test(new TextDecoder().decode(begun.subarray(0, 8)));
    this.#refuse(socket, `speaks ${isHttp ? 'HTTP' : 'another protocol'}, not winze`, isHttp ? NOT_WINZE : null);
  }

  /** Plain frames are the same in every version, so that this is understood. */
  #refuseVersion(socket: Socket, version: number): void {
    const there = `winze of the ${version < PROTOCOL_VERSION ? 'client' : 'server'}`;
    const message = `protocol ${version} is not spoken here, only ${PROTOCOL_VERSION}: update ${there}`;
    const error: Response = { type: 'error', code: 'protocol', message };
    const body = new TextEncoder().encode(JSON.stringify(error));
    this.#refuse(socket, `speaks protocol ${version}, not ${PROTOCOL_VERSION}`, encodeControlFrame(body, false));
  }

  /** Sends a stranger away, with last words if it can understand any. */
  #refuse(socket: Socket, reason: string, lastWords: string | Uint8Array | null): void {
    const client = formatEndpoint(unmapIpv4(socket.remoteAddress ?? ''), socket.remotePort ?? 0);
    this.#config.onEvent({ tag: 'client-refused', client, reason });
    if (lastWords === null) return void socket.destroy();
    const limit = setTimeout(() => socket.destroy(), FAREWELL_MS);
    socket.once('close', () => clearTimeout(limit));
    socket.end(lastWords);
  }

  #addClient(socket: Socket, first: Uint8Array): void {
    const deps: ServerSessionDeps = {
      serverId: this.#serverId,
      version: VERSION,
      engine: this.#libc ? 'linux' : 'portable',
      limits: this.#config.limits,
      secret: this.#config.secret,
      hmac: hmacSha256,
      nonce: randomOctets(32),
      randomToken: () => randomOctets(TOKEN_BYTES),
    };
    const client = new ServerClient(socket, first, deps, {
      enter: (entering, wait) => this.#enter(entering, wait),
      addTest: (owner, test) => this.#tests.set(toHex(test.token), { client: owner, test }),
      removeTest: (test) => this.#tests.delete(toHex(test.token)),
      captures: this.#captures,
      lineOf: (client) => [...this.#clients].find((one) => isLineOf(client, one))?.path ?? null,
      leave: (leaving, completed) => this.#leave(leaving, completed),
      onEvent: this.#config.onEvent,
    });
    this.#clients.add(client);
    void this.#answerFrom(client.localAddress);
  }

  #enter(client: ServerClient, wait: boolean): void {
    // Another path of a run that is already in, or already waits, shares its place.
    const shares = [...this.#clients].some((other) => other !== client && other.clientId === client.clientId);
    if (shares && !this.#queue.waiting.includes(client.clientId)) return void client.admit();
    if (shares) return client.queue(this.#queue.waiting.indexOf(client.clientId) + 1);
    const admission = this.#queue.enter(client.clientId);
    if (admission.tag === 'admitted') return void client.admit();
    if (admission.tag === 'queued' && wait) return client.queue(admission.place);
    this.#queue.leave(client.clientId);
    client.refuse(
      'busy',
      `the server is busy with ${this.#queue.active} of ${this.#config.limits.max_clients} clients`,
    );
  }

  #leave(client: ServerClient, completed: number): void {
    this.#clients.delete(client);
    const shared = [...this.#clients].some((other) => other.clientId === client.clientId);
    if (!shared && client.clientId !== '') this.#admitNext(client.clientId);
    if (this.#config.once && completed > 0 && !shared) void this.close();
  }

  #admitNext(leaving: string): void {
    const wasWaiting = this.#queue.waiting;
    const next = this.#queue.leave(leaving);
    if (this.#closing) return;
    for (const client of [...this.#clients]) {
      if (client.clientId === next) void client.admit();
      const place = this.#queue.waiting.indexOf(client.clientId);
      if (place >= 0 && wasWaiting[place] !== client.clientId) client.queue(place + 1);
    }
  }

  #attachTcp(socket: Socket, token: Uint8Array, stream: number): void {
    const { test } = this.#tests.get(toHex(token)) ?? {};
    if (!test?.awaits(stream) || test.spec.protocol !== 'tcp') return void socket.destroy();
    const libc = this.#libc;
    const fd = libc ? duplicate(libc, socket) : -1;
    if (fd < 0) {
      socket.removeAllListeners('error');
      test.attach(stream, (plan, handler) =>
        this.#pool.openHere({ ...plan, socket: { how: 'socket', socket } }, handler),
      );
      return;
    }
    const address = unmapIpv4(socket.localAddress ?? '');
    socket.destroy();
    test.attach(stream, (plan, handler) =>
      this.#pool.open({ ...plan, socket: { how: 'adopt', fd, address } }, handler),
    );
  }

  #attachUdp({ token, stream, address, port, link }: ProvenStream): void {
    const { test, client } = this.#tests.get(toHex(token)) ?? {};
    if (!test || !client || test.spec.protocol !== 'udp') return;
    if (!this.#libc) {
      const here = { how: 'port', port: link(), address, remotePort: port } as const;
      test.attach(stream, (plan, handler) => this.#pool.openHere({ ...plan, socket: here }, handler));
      return;
    }
    const { localAddress } = client;
    const socket = { how: 'answer', localAddress, localPort: this.port, address, port } as const;
    test.attach(stream, (plan, handler) => this.#pool.open({ ...plan, socket }, handler));
  }
}

/** Whether `other` is of the same run and was there before, which is the one on the line. */
function isLineOf(client: ServerClient, other: ServerClient): boolean {
  return other !== client && other.clientId === client.clientId && other.path !== null;
}

/**
 * A second descriptor of a connection, which outlives Node's own: how a connection moves to a
 * worker. Node has no interface for that; where the handle has no number, the answer is -1.
 */
function duplicate(libc: Libc, socket: Socket): number {
  const handle: unknown = '_handle' in socket ? socket._handle : undefined;
  const fd = typeof handle === 'object' && handle !== null && 'fd' in handle ? handle.fd : undefined;
  return typeof fd === 'number' && fd >= 0 ? libc.dup(fd) : -1;
}

function listenFailure(error: unknown, port: number, config: ServerConfig): string {
  const where = config.addresses.length > 0 ? `${config.addresses.join(', ')} port ${port}` : `port ${port}`;
  switch (systemCodeOf(error)) {
    case 'EADDRINUSE':
      return `cannot listen on ${where}: it is in use; choose another with -port`;
    case 'EACCES':
      return `cannot listen on ${where}: not permitted; choose a port above 1023 with -port`;
    case 'EADDRNOTAVAIL':
      return `cannot listen on ${where}: -ip is not an address of this host`;
    default:
      return `cannot listen on ${where}: ${messageOf(error)}`;
  }
}
