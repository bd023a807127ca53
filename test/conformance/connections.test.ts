/** Connections a second, and connections that are held, over loopback, by both engines at either end. */

import { readFileSync } from 'node:fs';
import { createServer, connect as dial, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type ConnectionTestResult, connect, type ResultDocument, type TestSpec } from '../../dist/index.js';
import { bandwidthOf, type EngineName, eventually, expectValid, MS, measure, withServer } from '../net/harness.ts';

const ENGINES: readonly { readonly client: EngineName; readonly server: EngineName }[] = [
  { client: 'auto', server: 'auto' },
  { client: 'portable', server: 'portable' },
  { client: 'auto', server: 'portable' },
  { client: 'portable', server: 'auto' },
];

function connectionsOf(document: ResultDocument, index = 0): ConnectionTestResult {
  const test = document.tests[index];
  if (test?.test !== 'connections') throw new Error(`test ${index} is no test of connections`);
  return test;
}

/** Connections that the kernel dropped since its start because a queue of accept() was full (proc(5), /proc/net/netstat). */
function listenOverflows(): number {
  if (process.platform !== 'linux') return 0;
  const [names = [], values = []] = readFileSync('/proc/net/netstat', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('TcpExt:'))
    .map((line) => line.split(' '));
  return Number(values[names.indexOf('ListenOverflows')]);
}

const sum = (values: readonly (number | null)[]): number =>
  values.reduce<number>((total, one) => total + (one ?? 0), 0);

describe.each(ENGINES)('client $client, server $server', ({ client: engine, server }) => {
  test.each([1, 8])('%i at a time: both ends count the same connections', async (streams) => {
    await withServer({ engine: server }, async ({ port }) => {
      const wish = { test: 'connections', streams, duration_ns: 600 * MS, interval_ns: 200 * MS } as const;
      // A client by system calls is faster than a server of Node: the queue of the server overflows, and SYNs wait a second.
      const isFaster = engine === 'auto' && server === 'portable';
      const warmup_ns = isFaster ? 0 : 200 * MS;
      const result = connectionsOf(await measure(port, { ...wish, warmup_ns }, { engine }));
      expect([result.complete, result.error, result.warnings]).toEqual([true, null, []]);
      expect(result.connections_opened).toBeGreaterThan(20);
      expect([result.connections_failed, result.failures, result.connections_lost]).toEqual([0, [], 0]);
      expect(result.connections_accepted).toBe(result.connections_opened);
      const seconds = (result.accepted_duration_ns ?? 0) / 1e9;
      expect(result.connections_per_s).toBeCloseTo((result.connections_accepted ?? 0) / seconds, 3);
      expect(result.connect_ns.n).toBe(result.connections_opened);
      for (const [end, count] of [
        ['client', result.connections_opened],
        ['server', result.connections_accepted ?? 0],
      ] as const) {
        const each = result.cpu_ns_per_connection[end];
        if (count < 100) expect(each).toBeNull();
        else expect(each).toBeGreaterThan(0);
      }
      const rows = result.intervals.filter((row) => !row.omitted);
      expect(rows.map((row) => row.start_ns)).toEqual([0, 200 * MS, 400 * MS]);
      expect(sum(rows.map((row) => row.connections_accepted))).toBe(result.connections_accepted);
      // One that began in the warm-up and stood behind it is in the row of when it stood, and not in the sum.
      const opened = sum(rows.map((row) => row.connections_opened));
      expect(opened - result.connections_opened).toBeGreaterThanOrEqual(0);
      expect(opened - result.connections_opened).toBeLessThanOrEqual(streams);
      const omitted = result.intervals.filter((row) => row.omitted);
      expect(omitted).toHaveLength(isFaster ? 0 : 1);
      if (!isFaster) expect(omitted[0]?.connections_opened).toBeGreaterThan(0);
    });
  });

  test('holds connections, and lets go of them when the test is over', async () => {
    await withServer({ engine: server }, async ({ port }) => {
      const wish = { test: 'connections', hold_connections: 120, streams: 4, duration_ns: 700 * MS } as const;
      const result = connectionsOf(await measure(port, wish, { engine }));
      expect(result.complete).toBe(true);
      expect(result.held).toMatchObject({ wanted: 120, open_at_client: 120, open_at_server: 120 });
      expect(result.held?.opening_ns).toBeGreaterThan(0);
      expect(result.held?.memory.client?.process_bytes).toBeGreaterThanOrEqual(0);
      expect([result.connections_opened, result.connections_accepted]).toEqual([120, 120]);
      expect(result.config.hold_connections).toBe(120);
      // A test afterwards finds the server as it was.
      const after = bandwidthOf(await measure(port, { bytes: 1e6 }, { engine }));
      expect(after.complete).toBe(true);
    });
  });

  test('the server holds no more than it grants', async () => {
    const limits = {
      max_clients: 4,
      max_rate_bps: null,
      max_duration_ns: null,
      max_streams: 8,
      max_held_connections: 7,
    };
    await withServer({ engine: server, limits }, async ({ port }) => {
      const wish = { test: 'connections', hold_connections: 50, duration_ns: 300 * MS } as const;
      const result = connectionsOf(await measure(port, wish, { engine }));
      expect(result.clipped).toEqual([{ field: 'hold_connections', asked: 50, granted: 7 }]);
      expect(result.held).toMatchObject({ wanted: 7, open_at_client: 7, open_at_server: 7 });
      expect(result.held?.memory.client).toBeNull();
    });
  });

  test('other clients get in meanwhile, and a second test of connections is counted whole too', async () => {
    await withServer({ engine: server }, async ({ port }) => {
      const overflowsBefore = listenOverflows();
      // What two clients leave in the queue of Node has to be accepted within some seconds, on a busy host too.
      const duration_ns = (server === 'auto' ? 1500 : 400) * MS;
      const tests: readonly Partial<TestSpec>[] = [{ test: 'connections', streams: 2, duration_ns }];
      const run = (tests: readonly Partial<TestSpec>[]) => connect({ host: '127.0.0.1', port, tests, engine });
      const [first, second, other, probes] = await Promise.all([
        run(tests),
        run(tests),
        run([{ bytes: 1e6, direction: 'download' }]),
        run([{ test: 'latency', protocol: 'tcp', duration_ns: 300 * MS }]),
      ]);
      for (const document of [first, second, other, probes]) {
        expectValid(document);
        expect([document.complete, document.error]).toEqual([true, null]);
      }
      for (const result of [first, second].map((document) => connectionsOf(document))) {
        expect(result.connections_opened).toBeGreaterThan(0);
        // Node may accept too slowly for two clients: only what the kernel dropped from the full queue may be missing then.
        const dropped = server === 'portable' ? listenOverflows() - overflowsBefore : 0;
        expect(result.connections_opened - (result.connections_accepted ?? 0)).toBeLessThanOrEqual(dropped);
        expect(result.connections_accepted).toBeLessThanOrEqual(result.connections_opened);
      }
    });
  });

  test('a connection whose token comes late is held as any other', async () => {
    await withServer({ engine: server }, async ({ port }) => {
      const open: Socket[] = [];
      let taken = 0;
      // The control connection passes at once; the tokens are on the way for longer than the thread of the server waits.
      const relay = createServer((socket) => {
        const wait = taken++ === 0 ? 0 : 1200;
        const far = dial(port, '127.0.0.1');
        open.push(socket, far);
        for (const one of [socket, far]) one.on('error', () => {});
        socket.on('data', (chunk) => setTimeout(() => far.write(chunk), wait));
        far.pipe(socket);
      });
      await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
      const address = relay.address();
      if (address === null || typeof address === 'string') throw new Error('no port');
      const wish = { test: 'connections', hold_connections: 40, duration_ns: 2000 * MS } as const;
      const result = connectionsOf(await measure(address.port, wish, { engine }));
      expect(result.held).toMatchObject({ open_at_client: 40, open_at_server: 40 });
      expect([result.connections_accepted, result.connections_lost]).toEqual([40, 0]);
      for (const socket of open) socket.destroy();
      relay.close();
    });
  });

  test('strangers that come meanwhile are answered as ever, and hold nothing up', async () => {
    await withServer({ engine: server }, async ({ port }) => {
      const strangers = ['', 'winz', 'GET / HTTP/1.1\r\n\r\n', 'winze/2D0123456789'].map((text) => ({
        text,
        said: '',
        at: 0,
      }));
      const sockets: Socket[] = [];
      const document = await connect({
        host: '127.0.0.1',
        port,
        engine,
        tests: [{ test: 'connections', duration_ns: 1500 * MS }],
        onEvent: (event) => {
          if (event.tag !== 'test-started') return;
          for (const one of strangers) {
            const socket = dial(port, '127.0.0.1', () => socket.write(one.text));
            sockets.push(socket);
            socket.on('data', (chunk: Buffer) => {
              one.said += chunk.toString('latin1');
            });
            socket.on('error', () => {});
            socket.on('close', () => {
              one.at = performance.now();
            });
          }
        },
      });
      const result = connectionsOf(document);
      expect([result.complete, result.warnings]).toEqual([true, []]);
      expect(strangers.map(({ said }) => said.split('\r\n')[0])).toEqual(['', '', 'HTTP/1.1 400 Bad Request', '']);
      // The token of no test: closed at once. Those without a whole preamble may still send the rest.
      expect(strangers.map(({ at }) => at > 0)).toEqual([false, false, true, true]);
      for (const socket of sockets) socket.destroy();
    });
  });

  test('nobody listens for the connections of a test any more: failures are counted, and the test ends', async () => {
    await withServer({ engine: server }, async ({ port }) => {
      const relay = await import('node:net').then(({ createServer }) => {
        let taken = 0;
        const open: Socket[] = [];
        const listener = createServer((socket) => {
          // The control connection passes; the connections of the test are reset at once, without the server.
          if (taken++ > 0) return void socket.resetAndDestroy();
          const far = dial(port, '127.0.0.1');
          open.push(socket, far);
          for (const one of [socket, far]) one.on('error', () => {});
          socket.pipe(far).pipe(socket);
        });
        return { listener, open };
      });
      await new Promise<void>((resolve) => relay.listener.listen(0, '127.0.0.1', resolve));
      const address = relay.listener.address();
      if (address === null || typeof address === 'string') throw new Error('no port');
      const wish = { test: 'connections', duration_ns: 300 * MS } as const;
      const result = connectionsOf(await measure(address.port, wish, { engine }));
      // They stand, and nothing of them comes to the server: its count is the one that holds.
      expect(result.connections_opened).toBeGreaterThan(0);
      expect(result.connections_accepted).toBe(0);
      expect(result.connections_lost).toBe(result.connections_opened);
      expect([result.complete, result.error?.code]).toEqual([false, 'ERR_NOTHING_RECEIVED']);
      for (const socket of relay.open) socket.destroy();
      relay.listener.close();
    });
  });
});

test('a client that is gone in the middle leaves the server as it was', async () => {
  const closed: string[] = [];
  await withServer(
    { onEvent: (event) => (event.tag === 'client-closed' ? closed.push(event.reason) : 0) },
    async ({ port }) => {
      const gone = new AbortController();
      const tests = [{ test: 'connections', hold_connections: 50, duration_ns: 60e9 } as const];
      const started = new Promise<void>((resolve) => {
        void connect({
          host: '127.0.0.1',
          port,
          tests,
          signal: gone.signal,
          onEvent: (event) => (event.tag === 'test-started' ? resolve() : undefined),
        }).catch(() => {});
      });
      await started;
      gone.abort();
      await eventually('the client is gone', () => closed.length > 0);
      const result = connectionsOf(await measure(port, { test: 'connections', duration_ns: 200 * MS }));
      expect([result.complete, result.connections_lost]).toEqual([true, 0]);
    },
  );
});

test('a server that ends in the middle is told as such, with what was counted until then', async () => {
  let counted = 0;
  const run = withServer({}, async (server) => {
    const tests = [{ test: 'connections', duration_ns: 30e9, interval_ns: 100 * MS } as const];
    return connect({
      host: '127.0.0.1',
      port: server.port,
      tests,
      onEvent: (event) => {
        if (event.tag === 'connections-interval' && ++counted === 3) void server.close();
      },
    });
  });
  const document = await run;
  expectValid(document);
  const result = connectionsOf(document);
  expect([result.complete, result.error?.code]).toEqual([false, 'ERR_PEER_LOST']);
  expect(result.connections_opened).toBeGreaterThan(0);
  expect(result.connections_accepted).toBeGreaterThan(0);
});
