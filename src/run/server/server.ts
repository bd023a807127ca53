/**
 * The server: one port for TCP and UDP, for many clients at the same time.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { unmapIpv4 } from '../../core/address.ts';
import { toHex } from '../../core/bytes.ts';
import { messageOf, NetError, systemCodeOf } from '../../core/errors.ts';
import { DEFAULT_PORT, type ServerConfig } from '../../core/shapes/config.ts';
import type { ServerCounts } from '../../core/shapes/metrics/server-counts.ts';
import type { PathFacts } from '../../core/shapes/path.ts';
import type { ServerLimits } from '../../core/shapes/spec.ts';
import { VERSION } from '../../core/version.ts';
import { type Libc, loadLibc, portableNotice } from '../../native/libc.ts';
import { batchNotice } from '../../native/udp/batch-calls.ts';
import type { ServerSessionDeps } from '../../session/server-session.ts';
import { spareDescriptors } from '../../system/descriptors.ts';
import { hostFacts } from '../../system/host.ts';
import { TOKEN_BYTES } from '../../wire/preamble.ts';
import { checkSecret } from '../check-secret.ts';
import { hmacSha256, randomOctets } from '../hmac.ts';
import { checkServerConfig, given } from '../options-check.ts';
import { PortableStreams } from '../portable/streams.ts';
import { StreamPool } from '../streams/stream-pool.ts';
import { ClientList } from './client-list.ts';
import { ConnectionTests } from './connection-tests.ts';
import { Door, duplicate } from './door.ts';
import { HostDetailsCache } from './host-details-cache.ts';
import { IncomingConnections } from './incoming-connections.ts';
import { ServerCaptures } from './server-captures.ts';
import { ServerClient } from './server-client.ts';
import { ServerTally } from './server-tally.ts';
import type { ServerTest } from './server-test.ts';
import { type ProvenStream, ServerUdpPort } from './server-udp-port.ts';

/** A server that is listening. */
export interface RunningServer {
  readonly port: number;
  readonly addresses: readonly string[];
  /** What the server counted since it started. */
  counts(): ServerCounts;
  /** Resolves when the server has ended: by `close`, or after its only client (`once`). */
  readonly closed: Promise<void>;
  /** Tells every client, and ends the server. Resolves as `closed` does. May be called more than once. */
  close(): Promise<void>;
}

const DEFAULTS: ServerConfig = {
  port: DEFAULT_PORT,
  addresses: [],
  family: null,
  once: false,
  limits: { max_clients: 64, max_rate_bps: null, max_duration_ns: null, max_streams: 128, max_held_connections: null },
  secret: null,
  engine: 'auto',
  allow_capture: false,
  host_details: false,
  onEvent: () => {},
};

/** Most local addresses with a UDP socket of their own; 127.0.0.0/8 alone has 2^24. */
const MAX_ANSWERING_ADDRESSES = 64;
/** Attempts to find a port that is free for TCP and UDP when the system chooses it. */
const PORT_ATTEMPTS = 16;
/** Most open connections at the same time, which limits the memory for unknown clients. */
const MAX_CONNECTIONS = 8192;
/** Share of the descriptors that connections may use; the rest is for the tests of admitted clients. */
const DESCRIPTOR_SHARE = 0.7;
/** Share of them that the connections which a test holds may use, and the most of these: 4 KiB of the kernel for each. */
const HELD_SHARE = 0.2;
const MAX_HELD = 32_768;

/**
 * Starts a server.
 *
 * @throws NetError `ERR_USAGE` if it cannot listen on the address (in use, not of this host, not permitted), if the
 *   secret is too short, or if a field is wrong, with its name
 */
export async function serve(options: Partial<ServerConfig> = {}): Promise<RunningServer> {
  const config = { ...DEFAULTS, ...given(options, 'what serve takes') };
  checkServerConfig(config);
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
  readonly #captures: ServerCaptures;
  readonly #clients: ClientList<ServerClient>;
  readonly #facts = hostFacts();
  readonly #hostDetails: HostDetailsCache | null;
  readonly #maxConnections: number;
  readonly #tests = new Map<string, { readonly client: ServerClient; readonly test: ServerTest }>();
  readonly #doors: Door[] = [];
  readonly #connectionTests: ConnectionTests;
  readonly #tally = new ServerTally();
  readonly #limits: ServerLimits;
  readonly #udpPorts: ServerUdpPort[] = [];
  /** Addresses of this host that have a UDP socket of their own. */
  readonly #answeringAddresses = new Set<string>();
  readonly #incoming: IncomingConnections;
  #resolveClosed: () => void = () => {};
  #closing = false;

  constructor(config: ServerConfig) {
    this.#config = config;
    this.port = config.port;
    this.#libc = config.engine === 'portable' ? null : loadLibc();
    this.#pool = new StreamPool(
      this.#libc ? 'auto' : 'portable',
      (report) => new PortableStreams(report),
      (fd) => this.#connectionTests.takeStranger(fd),
    );
    this.#connectionTests = new ConnectionTests({
      libc: this.#libc,
      pool: this.#pool,
      doors: () => this.#doors,
      receive: (socket) => (this.#closing ? socket.destroy() : this.#incoming.receive(socket)),
      onWarning: (message) => config.onEvent({ tag: 'warning', message }),
    });
    const spare = spareDescriptors() ?? Number.POSITIVE_INFINITY;
    const share = Math.floor((DESCRIPTOR_SHARE * spare) / Math.max(1, config.addresses.length));
    const mostHeld = Math.max(1, Math.min(MAX_HELD, Math.floor(HELD_SHARE * spare)));
    this.#limits = { ...config.limits, max_held_connections: config.limits.max_held_connections ?? mostHeld };
    this.#maxConnections = Math.max(1, Math.min(MAX_CONNECTIONS, share));
    this.#incoming = new IncomingConnections(config.secret !== null, this.#maxConnections, {
      onControl: (socket, first, protocol) => this.#addClient(socket, first, protocol),
      onData: (socket, token, stream, hasMore) => this.#attachTcp(socket, token, stream, hasMore),
      countsConnections: () => this.#connectionTests.isAny,
      onRefused: (client, reason, code) => {
        this.#tally.refused(code);
        config.onEvent({ tag: 'client-refused', client, reason });
      },
    });
    this.#captures = new ServerCaptures(config.allow_capture);
    this.#hostDetails = config.host_details ? new HostDetailsCache(() => this.#tests.size === 0) : null;
    this.#clients = new ClientList(config.limits.max_clients, config.limits.max_rate_bps !== null);
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  async listen(): Promise<void> {
    try {
      await this.#listenOnAll();
      this.#announce();
    } catch (error) {
      // Also if the program's own onEvent throws: nobody else could close the server.
      await this.close();
      throw error;
    }
  }

  async #listenOnAll(): Promise<void> {
    const { addresses, family } = this.#config;
    try {
      if (addresses.length > 0) for (const address of addresses) await this.#listenOn(address, false);
      else if (family === 4) await this.#listenOn('0.0.0.0', false);
      else await this.#listenOn('::', family === 6).catch((error) => this.#withoutIpv6(error));
    } catch (error) {
      throw new NetError('ERR_USAGE', listenFailure(error, this.port, this.#config), { cause: error });
    }
  }

  #announce(): void {
    if (this.#libc) this.#pool.warm(1);
    const asked = this.#config.engine === 'auto';
    const notice = (asked ? portableNotice(this.#libc) : null) ?? batchNotice(this.#libc?.batchRefusal ?? null);
    if (notice !== null) this.#config.onEvent({ tag: 'notice', message: notice });
    this.#config.onEvent({ tag: 'listening', addresses: this.addresses, port: this.port });
  }

  counts(): ServerCounts {
    const { active, waiting } = this.#clients;
    return this.#tally.counts({ clients: active, queued: waiting, max_clients: this.#config.limits.max_clients });
  }

  async close(): Promise<void> {
    if (this.#closing) return this.closed;
    this.#closing = true;
    this.#hostDetails?.interrupt();
    for (const door of this.#doors) door.close();
    for (const udpPort of this.#udpPorts) udpPort.close();
    this.#clients.close('shutdown', 'the server is shutting down');
    // Connections without a preamble, and connections that do not close in time, are closed here.
    const unfinished = setTimeout(() => {
      for (const socket of this.#incoming.sockets) socket.destroy();
    }, 500);
    await this.#pool.end();
    await Promise.all(
      [...this.#incoming.sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))),
    );
    clearTimeout(unfinished);
    this.#resolveClosed();
    return this.closed;
  }

  /** On hosts without IPv6, listens on the IPv4 wildcard address. */
  #withoutIpv6(error: unknown): Promise<void> {
    if (this.#config.family === 6 || systemCodeOf(error) !== 'EAFNOSUPPORT') throw error;
    return this.#listenOn('0.0.0.0', false);
  }

  async #listenOn(address: string, ipv6Only: boolean): Promise<void> {
    const wanted = this.port;
    for (let attempt = 1; ; attempt++) {
      const door = await Door.open({
        host: address,
        port: wanted,
        ipv6Only,
        maxConnections: this.#maxConnections,
        onConnection: (socket) => this.#incoming.receive(socket),
        onError: (message) => this.#config.onEvent({ tag: 'warning', message }),
      });
      this.port = door.port;
      try {
        this.#udpPorts.push(await this.#openUdpPort(address, ipv6Only));
        this.#doors.push(door);
        this.addresses = [...this.addresses, address];
        return;
      } catch (error) {
        door.close();
        // The system chose a port that is free for TCP; for UDP it may be in use.
        if (wanted !== 0 || systemCodeOf(error) !== 'EADDRINUSE' || attempt === PORT_ATTEMPTS) throw error;
      }
    }
  }

  #openUdpPort(address: string, ipv6Only: boolean): Promise<ServerUdpPort> {
    return ServerUdpPort.open(address, this.port, ipv6Only, {
      isAwaited: (token, stream) => this.#tests.get(toHex(token))?.test.awaits(stream) ?? false,
      onHello: (token) => this.#tests.get(toHex(token))?.test.countHello(),
      onProven: (proven) => this.#attachUdp(proven),
      onError: (message) => this.#config.onEvent({ tag: 'warning', message }),
    });
  }

  /**
   * Opens a UDP socket on the address that a client connected to. A socket on the wildcard address would answer from
   * the address that the route prefers. On a host with several addresses the client would not accept the answers.
   */
  async #answerFrom(address: string): Promise<void> {
    const onAll = this.addresses.some((one) => one === '::' || one === '0.0.0.0');
    if (
      !onAll ||
      this.#closing ||
      this.#answeringAddresses.has(address) ||
      this.#answeringAddresses.size >= MAX_ANSWERING_ADDRESSES
    )
      return;
    this.#answeringAddresses.add(address);
    try {
      const udpPort = await this.#openUdpPort(address, false);
      if (this.#closing) udpPort.close();
      else this.#udpPorts.push(udpPort);
    } catch (error) {
      // The wildcard socket answers where it can. If no descriptor was left, the next client causes another attempt.
      if (!(error instanceof Error)) throw error;
      this.#answeringAddresses.delete(address);
    }
  }

  #addClient(socket: Socket, first: Uint8Array, protocol: number): void {
    const deps: ServerSessionDeps = {
      protocol,
      serverId: this.#serverId,
      version: VERSION,
      engine: this.#libc ? 'linux' : 'portable',
      limits: this.#limits,
      secret: this.#config.secret,
      hmac: hmacSha256,
      nonce: randomOctets(32),
      randomToken: () => randomOctets(TOKEN_BYTES),
    };
    const client = new ServerClient(socket, deps, {
      enter: (entering, wait) => this.#clients.enter(entering, wait),
      isTaken: (one) => this.#clients.isTaken(one),
      addTest: (owner, test) => {
        this.#hostDetails?.interrupt();
        this.#tests.set(toHex(test.token), { client: owner, test });
        if (test.spec.test === 'connections') this.#connectionTests.begin(owner, test);
      },
      removeTest: (test) => {
        this.#tests.delete(toHex(test.token));
        this.#connectionTests.end(test);
      },
      captures: this.#captures,
      tally: this.#tally,
      facts: this.#facts,
      hostDetails: this.#hostDetails,
      holdsRate: this.#config.limits.max_rate_bps !== null,
      lineOf: (one) => this.#lineOf(one),
      leave: (leaving, completed) => this.#leave(leaving, completed),
      onEvent: this.#config.onEvent,
    });
    this.#clients.add(client);
    client.begin(first);
    void this.#answerFrom(client.localAddress);
  }

  /** The path of the first admitted connection of the same run, which is the baseline. */
  #lineOf(client: ServerClient): PathFacts | null {
    for (const other of this.#clients.runOf(client)) if (other !== client && other.path) return other.path;
    return null;
  }

  #leave(client: ServerClient, completed: number): void {
    const wasLast = this.#clients.leave(client);
    if (this.#config.once && completed > 0 && wasLast) void this.close();
  }

  #attachTcp(socket: Socket, token: Uint8Array, stream: number, hasMore: boolean): void {
    const { test, client } = this.#tests.get(toHex(token)) ?? {};
    // A client waits for our answer: it sends no octets after the preamble, unless they begin a TLS handshake.
    if (hasMore && test?.spec.handshake !== 'tls') return void socket.destroy();
    if (test?.spec.test === 'connections') return this.#connectionTests.take(test, socket, stream);
    if (!client || !test?.awaits(stream) || test.spec.protocol !== 'tcp') return void socket.destroy();
    const libc = this.#libc;
    const fd = libc ? duplicate(libc, socket) : -1;
    if (fd < 0) {
      socket.removeAllListeners('error');
      client.attach(stream, (plan, handler) =>
        this.#pool.openInMain({ ...plan, socket: { how: 'socket', socket } }, handler),
      );
      return;
    }
    const address = unmapIpv4(socket.localAddress ?? '');
    socket.destroy();
    client.attach(stream, (plan, handler) =>
      this.#pool.open({ ...plan, socket: { how: 'adopt', fd, address } }, handler),
    );
  }

  #attachUdp({ token, stream, address, port, link }: ProvenStream): void {
    const { test, client } = this.#tests.get(toHex(token)) ?? {};
    if (!test || !client || test.spec.protocol !== 'udp') return;
    if (!this.#libc) {
      client.attach(stream, (plan, handler) => {
        const socket = { how: 'port', port: link(), address, remotePort: port } as const;
        return this.#pool.openInMain({ ...plan, socket }, handler);
      });
      return;
    }
    // Behind some NATs a host has several addresses. A server traces to the one that asked, and to no other.
    if (test.purpose === 'trace' && !client.isAt(address)) {
      const message = `a trace back goes to ${client.address}, which asked for it; the datagrams come from ${address}`;
      return client.refuse('limit', message);
    }
    const { localAddress } = client;
    const socket = { how: 'answer', localAddress, localPort: this.port, address, port } as const;
    client.attach(stream, (plan, handler) => this.#pool.open({ ...plan, socket }, handler));
  }
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
