/** The sockets of a tunnel on the loopback: what a batch sends is what arrives, and from where it says. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { NetError } from '../../src/core/errors.ts';
import { type Libc, loadLibc } from '../../src/native/libc.ts';
import type { Memory } from '../../src/native/memory/memory.ts';
import { RouteTable } from '../../src/native/netlink/route-table.ts';
import { SocketEndpoint } from '../../src/native/socket-endpoint.ts';
import { DatagramBatch } from '../../src/native/udp/datagram-batch.ts';
import {
  closeTunnelSockets,
  familyOf,
  openTunnelSockets,
  type TunnelSockets,
} from '../../src/native/udp/tunnel-sockets.ts';
import { UdpReceiver } from '../../src/native/udp/udp-receiver.ts';
import { Sources } from '../../src/run/tunnel/data-path/sources.ts';
import { eventually, hasIpv6, MS } from './harness.ts';

const libc = loadLibc();
if (!libc) console.warn('skipped: the sockets of a tunnel need koffi and 64-bit Linux');

const ARENA_BYTES = 400_000;
/** The loopback takes everything at once. */
const PATIENCE = 100 * MS;
const FAMILIES = hasIpv6 ? (['127.0.0.1', '::1'] as const) : (['127.0.0.1'] as const);

/** A datagram as it arrived. */
interface Arrived {
  readonly bytes: Buffer;
  readonly ecn: number;
  readonly source: SocketEndpoint;
}

describe.skipIf(!libc)('on this host', () => {
  const opened: (() => void)[] = [];
  afterEach(() => {
    for (const close of opened.splice(0)) close();
  });

  /** The test is skipped where there is none. */
  const lib = libc as Libc;

  function open(port = 0): TunnelSockets {
    const sockets = openTunnelSockets(lib, port);
    opened.push(() => closeTunnelSockets(sockets));
    return sockets;
  }

  function sourcesOf({ port, device }: TunnelSockets): Sources {
    const routes = new RouteTable(lib);
    opened.push(() => routes.close());
    return new Sources(lib, routes, { port, device, fwmark: 0 });
  }

  function batchOf(sockets: TunnelSockets) {
    const arena = lib.allocate(ARENA_BYTES);
    const failures: [string, number, string][] = [];
    const batch = new DatagramBatch(lib, sockets, arena, { begin: 64, end: ARENA_BYTES }, (endpoint, n, reason) =>
      failures.push([endpoint.address, n, reason]),
    );
    opened.push(() => {
      batch.free();
      lib.free(arena);
    });
    const add = (octet: number, bytes: number, endpoint: SocketEndpoint, ecn = 0): void => {
      arena.bytes.fill(octet, batch.at, batch.at + bytes);
      batch.add(bytes, endpoint, ecn);
    };
    return { batch, add, failures };
  }

  test('IPv4 datagrams go without DF, as those of the kernel: a router may cut them (ip(7), IP_MTU_DISCOVER)', () => {
    const { v4 } = open();
    const { address, view } = lib.scratch;
    view.setInt32(4, 4, true);
    expect(lib.getsockopt(v4?.fd ?? -1, 0, 10, address, address + 4)).toBe(0);
    expect(view.getInt32(0, true)).toBe(0);
  });

  /** Everything that comes within a moment of the first, cut into datagrams. */
  async function receive(sockets: TunnelSockets, expected: number): Promise<Arrived[]> {
    const receiver = new UdpReceiver(lib);
    const arrived: Arrived[] = [];
    await eventually(`${expected} datagrams arrive`, () => {
      for (const socket of [sockets.v4, sockets.v6]) {
        const messages = socket ? receiver.receive(socket.fd) : 0;
        for (let i = 0; i < messages; i++) {
          const end = receiver.offset(i) + receiver.length(i);
          const source = SocketEndpoint.ofMessage(lib, receiver, i);
          expect(source.isSourceOf(receiver, i)).toBe(true);
          for (let at = receiver.offset(i); at < end; at += receiver.segmentBytes(i)) {
            const bytes = new Uint8Array(receiver.view.buffer, at, Math.min(receiver.segmentBytes(i), end - at));
            arrived.push({ bytes: Buffer.from(bytes), ecn: receiver.trafficClass(i) & 3, source });
          }
        }
      }
      return arrived.length >= expected;
    });
    receiver.free();
    return arrived;
  }

  const told = (arrived: readonly Arrived[]) => arrived.map(({ bytes, ecn }) => [bytes[0], bytes.length, ecn]);

  test('openTunnelSockets() has one port for both families', () => {
    const { v4, v6, port } = open();
    expect(port).toBeGreaterThan(0);
    for (const socket of [v4, v6]) if (socket) expect(socket.local().port).toBe(port);
    expect(v6 !== null).toBe(hasIpv6);
  });

  test('openTunnelSockets() says what to do about a port that is taken', async () => {
    const other = createSocket('udp4').bind(0, '0.0.0.0');
    opened.push(() => other.close());
    await once(other, 'listening');
    const { port } = other.address();
    expect(() => openTunnelSockets(lib, port)).toThrow(NetError);
    expect(() => openTunnelSockets(lib, port)).toThrow(/UDP port \d+ cannot be used .*set another ListenPort/);
  });

  test.each(FAMILIES)(
    'a batch to %s arrives as it was added, with ECN, from the address that was asked',
    async (address) => {
      const [here, there] = [open(), open()];
      const { batch, add, failures } = batchOf(here);
      const to = SocketEndpoint.of(lib, { address, port: there.port });
      // Runs that can go as one message, and all that ends one: a shorter datagram, a longer one, another ECN.
      const sent = [
        ...Array.from({ length: 70 }, (_, i) => [i, 1452, 0]),
        [70, 100, 0],
        [71, 100, 0],
        [72, 1452, 0],
        [73, 1452, 1],
        [74, 1452, 3],
        [75, 32, 3],
        [76, 32, 2],
      ] as const;
      for (const [octet = 0, bytes = 0, ecn = 0] of sent) add(octet, bytes, to, ecn);
      expect(batch.empty).toBe(false);
      batch.flush(PATIENCE);
      expect(batch.empty).toBe(true);
      const arrived = await receive(there, sent.length);
      expect(told(arrived)).toEqual(sent);
      expect(failures).toEqual([]);
      const { source } = arrived[0] ?? {};
      expect(source).toMatchObject({ port: here.port, family: familyOf(address) });
      expect(source?.arrival?.local).toHaveLength(address === '::1' ? 16 : 4);
    },
  );

  test('a batch to several peers keeps the order of each, over both families', async () => {
    const [here, ...peers] = [open(), open(), open()];
    const { batch, add } = batchOf(here);
    const ends = peers.flatMap(({ port }) => FAMILIES.map((address) => SocketEndpoint.of(lib, { address, port })));
    for (let round = 0; round < 12; round++) for (const end of ends) add(round, 200 + round, end);
    batch.flush(PATIENCE);
    for (const peer of peers) {
      const arrived = await receive(peer, 12 * FAMILIES.length);
      for (const address of FAMILIES) {
        const own = arrived.filter(({ source }) => source.family === familyOf(address));
        expect(told(own)).toEqual(Array.from({ length: 12 }, (_, round) => [round, 200 + round, 0]));
      }
    }
  });

  test('an answer leaves from the address that was written to (IP_PKTINFO)', async () => {
    const [here, there] = [open(), open()];
    const { batch, add } = batchOf(here);
    add(1, 50, SocketEndpoint.of(lib, { address: '127.0.0.9', port: there.port }));
    batch.flush(PATIENCE);
    const [request] = await receive(there, 1);
    expect(request?.source.arrival?.local).toEqual(Uint8Array.of(127, 0, 0, 9));
    const back = batchOf(there);
    if (request) back.add(2, 60, sourcesOf(there).ready(request.source));
    back.batch.flush(PATIENCE);
    const [answer] = await receive(here, 1);
    expect(answer?.source.address).toBe('127.0.0.9');
  });

  test('a source that is of no use is given up with the first datagram, which goes all the same', async () => {
    const [here, there] = [open(), open()];
    const { batch, add, failures } = batchOf(here);
    const to = SocketEndpoint.of(lib, { address: '127.0.0.1', port: there.port });
    // TEST-NET-3 is nobody's address.
    to.source = { local: Uint8Array.of(203, 0, 113, 99), device: 0, signature: '' };
    for (let i = 0; i < 3; i++) add(i, 60, to);
    batch.flush(PATIENCE);
    expect(told(await receive(there, 3))).toEqual([0, 1, 2].map((octet) => [octet, 60, 0]));
    expect(to.source).toBeNull();
    expect(failures).toEqual([]);
  });

  test('a source stays when the datagram goes from no other either', () => {
    const { batch, add, failures } = batchOf(open());
    const to = SocketEndpoint.of(lib, { address: '255.255.255.255', port: 9 });
    to.source = { local: Uint8Array.of(127, 0, 0, 1), device: 0, signature: '' };
    add(1, 60, to);
    batch.flush(PATIENCE);
    expect(failures).toHaveLength(1);
    expect(to.source).not.toBeNull();
  });

  test('the kernel tells the way to an address, and that there is none', () => {
    const routes = new RouteTable(lib);
    opened.push(() => routes.close());
    const question = { to: Uint8Array.of(127, 0, 0, 1), from: null, device: 0, fwmark: 0, fromPort: 1, toPort: 2 };
    const lo = lib.indexOfDevice('lo');
    expect(routes.find(question)).toEqual({ devices: [lo], signature: expect.stringContaining('4:') });
    expect(routes.find({ ...question, from: Uint8Array.of(203, 0, 113, 99) }), 'not from a strange address').toBeNull();
    expect(routes.find({ ...question, to: Uint8Array.of(127, 0, 0, 1), device: 99_999 }), 'no such device').toBeNull();
  });

  test('a datagram after one that nobody took goes out: the error belongs to the other (IP_RECVERR)', async () => {
    const [here, there, gone] = [open(), open(), openTunnelSockets(lib, 0)];
    closeTunnelSockets(gone);
    const { batch, add, failures } = batchOf(here);
    const closed = SocketEndpoint.of(lib, { address: '127.0.0.1', port: gone.port });
    const peer = SocketEndpoint.of(lib, { address: '127.0.0.1', port: there.port });
    for (let round = 0; round < 5; round++) {
      add(round, 40, closed);
      batch.flush(PATIENCE);
      add(round, 40, peer);
      batch.flush(PATIENCE);
    }
    expect(told(await receive(there, 5))).toEqual(Array.from({ length: 5 }, (_, round) => [round, 40, 0]));
    expect(failures).toEqual([]);
  });

  test('what cannot be sent is told with its endpoint and reason, and the rest goes', async () => {
    const [here, there] = [open(), open()];
    const { batch, add, failures } = batchOf({ ...here, v6: null });
    add(1, 40, SocketEndpoint.of(lib, { address: '::1', port: there.port }));
    add(2, 40, SocketEndpoint.of(lib, { address: '::1', port: there.port }));
    add(3, 40, SocketEndpoint.of(lib, { address: '127.0.0.1', port: there.port }));
    // A broadcast address: EACCES, since no socket here asked for it.
    add(4, 40, SocketEndpoint.of(lib, { address: '255.255.255.255', port: there.port }));
    add(5, 40, SocketEndpoint.of(lib, { address: '127.0.0.1', port: there.port }));
    batch.flush(PATIENCE);
    expect(told(await receive(there, 2))).toEqual([
      [3, 40, 0],
      [5, 40, 0],
    ]);
    expect(failures.slice(0, 2)).toEqual([
      ['::1', 1, 'EAFNOSUPPORT'],
      ['::1', 1, 'EAFNOSUPPORT'],
    ]);
    expect(failures.slice(2).map(([address, n]) => [address, n])).toEqual([['255.255.255.255', 1]]);
  });

  test('what fits() lets in is sent whole, however small and mixed', async () => {
    const [here, there] = [open(), open()];
    const { batch, add, failures } = batchOf(here);
    expect(batch.fits(ARENA_BYTES - 63)).toBe(false);
    const ends = FAMILIES.map((address) => SocketEndpoint.of(lib, { address, port: there.port }));
    let added = 0;
    for (; added < 1000 && batch.fits(32); added++) {
      const end = ends[added % ends.length];
      if (end) add(added, 32 + (added % 2), end);
    }
    batch.flush(PATIENCE);
    expect(added).toBeGreaterThan(32);
    expect(await receive(there, added)).toHaveLength(added);
    expect(failures).toEqual([]);
  });

  test('an endpoint of a link-local source keeps the device that it is on (RFC 4007)', () => {
    const headers = lib.allocate(4096);
    opened.push(() => lib.free(headers));
    const receiver = receivedFrom(headers, [0xfe, 0x80, ...Array(13).fill(0), 9], 51_820, 3);
    const endpoint = SocketEndpoint.ofMessage(lib, receiver, 0);
    expect(endpoint.sockaddr).toEqual(SocketEndpoint.of(lib, { address: 'fe80::9%3', port: 51_820 }).sockaddr);
    expect(endpoint.isSourceOf(receiver, 0)).toBe(true);
    headers.view.setUint32(24, 4, true);
    expect(endpoint.isSourceOf(receiver, 0)).toBe(false);
  });
});

/** A receiver of one message, of which only the sender's `struct sockaddr_in6` is filled in. */
function receivedFrom(headers: Memory, octets: readonly number[], port: number, scope: number): UdpReceiver {
  headers.view.setUint16(0, 10, true);
  headers.view.setUint16(2, port, false);
  headers.bytes.set(octets, 8);
  headers.view.setUint32(24, scope, true);
  return { headers, nameOffset: () => 0, destinationOffset: () => -1 } as unknown as UdpReceiver;
}
