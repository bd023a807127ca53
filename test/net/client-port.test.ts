/** `-cport`: the port from which each stream leaves, as its other end sees it. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, connect as dial } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type ClientEvent, connect } from '../../dist/index.js';
import { MS, withServer } from './harness.ts';
import { openRelay } from './relay.ts';

const linux = process.platform === 'linux';

/** A port below those that the system chooses itself, which so many tests in a row may have. */
let next = 20_000 + (process.pid % 5000);

async function freePorts(): Promise<number> {
  for (;;) {
    next += 4;
    const taken = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      taken.once('error', () => resolve(false)).listen(next, '127.0.0.1', () => resolve(true));
    });
    taken.close();
    if (isFree) return next;
  }
}

/** A proxy that notes from which ports data connections come: they begin with these octets (docs/protocol.md). */
async function proxyTo(port: number) {
  const ports: (number | undefined)[] = [];
  const proxy = createServer((near) => {
    const far = dial(port, '127.0.0.1');
    near.once('data', (chunk: Uint8Array) => {
      if (new TextDecoder('latin1').decode(chunk.subarray(0, 8)) === 'winze/2D') ports.push(near.remotePort);
    });
    near.pipe(far).pipe(near);
    near.on('error', () => {}).on('close', () => far.destroy());
    far.on('error', () => {}).on('close', () => near.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return { port: (proxy.address() as AddressInfo).port, ports, close: () => proxy.close() };
}

describe.each(['auto', 'portable'] as const)('client_port, %s', (engine) => {
  test('each stream of TCP leaves from its port', async () => {
    await withServer({}, async (server) => {
      const proxy = await proxyTo(server.port);
      const first = await freePorts();
      const tests = [{ streams: 3, duration_ns: 200 * MS, rate_bps: 10e6 }];
      await connect({ host: '127.0.0.1', port: proxy.port, tests, engine, client_port: first });
      expect(proxy.ports.toSorted()).toEqual([first, first + 1, first + 2]);
      proxy.close();
    });
  });

  test.each(['bandwidth', 'latency'] as const)('a stream of UDP does, %s', async (kind) => {
    await withServer({}, async (server) => {
      const relay = await openRelay(server.port, () => 1);
      const first = await freePorts();
      const locals: string[] = [];
      const onEvent = (event: ClientEvent): void => {
        if (event.tag === 'test-started') locals.push(...event.streams.map(({ local }) => local));
      };
      const tests = [
        {
          test: kind,
          protocol: 'udp' as const,
          duration_ns: 200 * MS,
          ...(kind === 'bandwidth' ? { rate_bps: 1e6 } : {}),
        },
      ];
      await connect({ host: '127.0.0.1', port: relay.port, tests, engine, client_port: first, onEvent });
      expect(locals).toEqual([`127.0.0.1:${first}`]);
      expect(relay.clients()).toEqual([first]);
      await relay.close();
    });
  });

  test.skipIf(!linux)('a port that is taken is said', async () => {
    const other = createSocket('udp4');
    other.bind(0, '127.0.0.1');
    await once(other, 'listening');
    await withServer({}, async ({ port }) => {
      const tests = [{ protocol: 'udp' as const, duration_ns: 200 * MS }];
      const asked = { host: '127.0.0.1', port, tests, engine, local_address: '127.0.0.1' };
      await expect(connect({ ...asked, client_port: other.address().port })).rejects.toThrow(/EADDRINUSE/);
    });
    other.close();
  });
});

test.each([
  [{ client_port: 65_535, tests: [{ streams: 2 }] }, /65536 is above 65535/],
  [{ client_port: 7000, tests: [{ test: 'connections' as const }] }, /a test of connections needs more ports/],
  [{ client_port: 0 }, /client_port/],
])('%j is refused', async (asked, message) => {
  await expect(connect({ host: '127.0.0.1', port: 1, ...asked })).rejects.toThrow(message);
});
