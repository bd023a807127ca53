/**
 * A relay on loopback between a client and a server: pipes TCP, and does to UDP what a test asks for.
 * It counts what it did, which is the oracle for what the two ends must report.
 */
import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type Way = 'up' | 'down';

/** How often each datagram is passed on: 0 drops it, 2 doubles it; 'late' passes it behind the next one. */
export type Fate = 0 | 1 | 2 | 'late';

/** What somebody on the path makes of octets of a TCP connection. */
export type Meddle = (way: Way, octets: Uint8Array) => Uint8Array;

/** Decides about one datagram; `n` counts from 0 the datagrams of this way and type. */
export type Judge = (way: Way, type: number, n: number) => Fate;

export interface Relay {
  readonly port: number;
  /** Datagrams of a type that came in, by way. */
  readonly came: (way: Way, type: number) => number;
  /** Ports from which clients sent datagrams. */
  readonly clients: () => readonly number[];
  close(): Promise<void>;
}

/** Octet 1 of a datagram says what it is (docs/protocol.md). */
const TYPE = 1;
/** A client's side of the relay: all its datagrams leave by a socket of its own. */
interface Flow {
  readonly upstream: Datagrams;
  readonly held: { up: Uint8Array | undefined; down: Uint8Array | undefined };
}

export async function openRelay(server: number, judge: Judge, meddle?: Meddle): Promise<Relay> {
  const flows = new Map<number, Promise<Flow>>();
  const sockets = new Set<Socket>();
  const counts = new Map<string, number>();
  const listener = createServer((near) => {
    const far = connect(server, '127.0.0.1');
    for (const [from, to, way] of [
      [near, far, 'up'],
      [far, near, 'down'],
    ] as const) {
      sockets.add(from);
      if (meddle) from.on('data', (octets: Uint8Array) => to.write(meddle(way, octets))).on('end', () => to.end());
      else from.pipe(to);
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
    }
  });
  const near = await listenBoth(listener);

  const pass = (flow: Flow, way: Way, bytes: Uint8Array, send: (bytes: Uint8Array) => void): void => {
    const type = bytes[TYPE] ?? 0;
    const key = `${way} ${type}`;
    const n = counts.get(key) ?? 0;
    counts.set(key, n + 1);
    const fate = judge(way, type, n);
    const held = flow.held[way];
    flow.held[way] = undefined;
    if (fate === 'late') flow.held[way] = bytes;
    else for (let i = 0; i < fate; i++) send(bytes);
    if (held) send(held);
  };

  const openFlow = async (port: number): Promise<Flow> => {
    const upstream = createSocket('udp4');
    upstream.bind(0, '127.0.0.1');
    await once(upstream, 'listening');
    upstream.setRecvBufferSize(4 * 1024 * 1024);
    const flow: Flow = { upstream, held: { up: undefined, down: undefined } };
    upstream.on('message', (bytes) => pass(flow, 'down', bytes, (out) => near.send(out, port, '127.0.0.1')));
    upstream.on('error', () => {});
    return flow;
  };

  near.on('message', (bytes, from) => {
    const opening = flows.get(from.port) ?? openFlow(from.port);
    flows.set(from.port, opening);
    void opening.then((flow) => pass(flow, 'up', bytes, (out) => flow.upstream.send(out, server, '127.0.0.1')));
  });
  near.on('error', () => {});

  return {
    port: near.address().port,
    came: (way, type) => counts.get(`${way} ${type}`) ?? 0,
    clients: () => [...flows.keys()],
    close: async () => {
      for (const socket of sockets) socket.destroy();
      near.close();
      for (const flow of await Promise.all(flows.values())) flow.upstream.close();
      listener.close();
      await once(listener, 'close');
    },
  };
}

/** TCP and UDP on one port: another process may have the UDP port that TCP was given, then the next is tried. */
async function listenBoth(listener: ReturnType<typeof createServer>): Promise<Datagrams> {
  for (let attempt = 0; ; attempt++) {
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const bound = listener.address();
    if (bound === null || typeof bound === 'string') throw new Error('no port');
    const datagrams = createSocket('udp4');
    try {
      datagrams.bind(bound.port, '127.0.0.1');
      await once(datagrams, 'listening');
      datagrams.setRecvBufferSize(4 * 1024 * 1024);
      return datagrams;
    } catch (error) {
      if (attempt > 5) throw error;
      listener.close();
      await once(listener, 'close');
    }
  }
}
