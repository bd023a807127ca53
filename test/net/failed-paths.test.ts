/** What fails, a path or a test, takes nothing else with it. */
import { once } from 'node:events';
import { createServer, connect as dialTcp, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type ClientEvent, connect } from '../../dist/index.js';
import { NetError } from '../../src/core/errors.ts';
import { dial } from '../../src/run/client/connect/dial.ts';
import { DATAGRAM_TYPE } from '../../src/wire/datagram.ts';
import { expectValid, hasSecondLoopback, MS, winze, withServer } from './harness.ts';
import { openRelay } from './relay.ts';

const TESTS = [{ bytes: 100_000 }, { test: 'latency', protocol: 'tcp', duration_ns: 300 * MS } as const];
const [LINE, OTHER] = ['127.0.0.1', '127.0.0.2'];

describe.skipIf(!hasSecondLoopback)('a path without a connection', () => {
  test.each([
    ['of --via', OTHER, LINE],
    ['of -c', LINE, OTHER],
  ])('%s leaves the results of the other', async (_name, dead, alive) => {
    await withServer({ addresses: [alive] }, async ({ port }) => {
      const events: ClientEvent[] = [];
      const onEvent = (event: ClientEvent) => void events.push(event);
      const document = await connect({ host: LINE, via: [OTHER], port, tests: TESTS, rounds: 3, onEvent });
      expectValid(document);
      expect(document.tests.map(({ path, complete }) => [path, complete])).toEqual(new Array(6).fill([alive, true]));
      const failed = document.paths.find(({ name }) => name === dead);
      expect(failed).toMatchObject({ server: null, same_server: false });
      expect(failed?.error).toEqual({
        code: 'ERR_CONNECT',
        message: `cannot connect to ${dead}:${port}: nothing listens there; start one with winze -s`,
      });
      expect([document.complete, document.error]).toEqual([false, failed?.error]);
      expect(document.overhead).toEqual([]);
      expect(document.target.server_id).not.toBeNull();
      expect(document.paths.find(({ name }) => name === alive)).toMatchObject({ same_server: true, error: null });
      const told = events.flatMap((event) => (event.tag === 'path-failed' ? [event.path.name] : []));
      expect(told).toEqual([dead]);
    });
  });

  test('is told in the table, with the figures of the line, and exit 6', async () => {
    await withServer({}, async ({ port }) => {
      const argv = ['-c', LINE, '--via', OTHER, '-port', `${port}`, '-d', '50ms', '-b', '20M'];
      const { status, stdout, stderr } = await winze(argv).ended;
      expect([status, stderr]).toEqual([6, expect.stringMatching(/^winze: cannot connect to 127\.0\.0\.2:/)]);
      expect(stdout).toMatch(/^via: nothing was measured: cannot connect to 127\.0\.0\.2:\d+: nothing listens/m);
      expect(stdout).toMatch(/^3 +TCP upload +\d/m);
      expect(stdout).toMatch(/^127\.0\.0\.2: nothing was measured over it\.$/m);
    });
  });

  test('is no result where no path has a connection', async () => {
    await expect(connect({ host: LINE, via: [OTHER], port: 1, tests: TESTS })).rejects.toMatchObject({
      code: 'ERR_CONNECT',
      message: /^cannot connect to 127\.0\.0\.1:1: /,
    });
  });
});

describe.skipIf(!hasSecondLoopback).each(['auto', 'portable'] as const)(
  'a path that breaks in round 2, %s',
  (engine) => {
    test('leaves the rounds of the other, and its own first one', async () => {
      await withServer({ engine }, async ({ port }) => {
        const sockets = new Set<Socket>();
        const relay = createServer((near) => {
          const far = dialTcp(port, LINE);
          for (const [from, to] of [
            [near, far],
            [far, near],
          ] as const) {
            sockets.add(from);
            from.on('error', () => {}).on('close', () => to.destroy());
            from.pipe(to);
          }
        });
        relay.listen(port, OTHER);
        await once(relay, 'listening');
        const cut = (): void => {
          for (const socket of sockets) socket.destroy();
        };
        try {
          const failed: string[] = [];
          const onEvent = (event: ClientEvent): void => {
            if (event.tag === 'test-started' && event.path === OTHER && event.round === 2) cut();
            if (event.tag === 'path-failed') failed.push(event.path.name);
          };
          const tests = [{ duration_ns: 200 * MS, rate_bps: 20e6 }];
          const document = await connect({ host: LINE, via: [OTHER], port, tests, rounds: 3, engine, onEvent });
          expectValid(document);
          const roundsOf = (path: string) =>
            document.tests.filter((one) => one.path === path).map(({ round, complete }) => [round, complete]);
          expect(roundsOf(LINE)).toEqual([
            [1, true],
            [2, true],
            [3, true],
          ]);
          expect(roundsOf(OTHER)).toEqual([
            [1, true],
            [2, false],
          ]);
          expect(failed).toEqual([OTHER]);
          expect(document.paths.map(({ error }) => error?.code)).toEqual([undefined, 'ERR_PEER_LOST']);
          expect(document.error?.message).toMatch(/^127\.0\.0\.2: 127\.0\.0\.2:\d+: /);
          // The round that both have is compared.
          expect(document.overhead.map(({ path, rounds }) => [path, rounds])).toEqual([[OTHER, 1]]);
        } finally {
          cut();
          relay.close();
        }
      });
    });
  },
);

describe.each(['auto', 'portable'] as const)('UDP that is blocked, %s', (engine) => {
  test('leaves the results of TCP before and after it', async () => {
    await withServer({ engine }, async ({ port }) => {
      const relay = await openRelay(port, () => 0);
      try {
        const tests = [
          { duration_ns: 50 * MS },
          { protocol: 'udp', duration_ns: 50 * MS } as const,
          { test: 'latency', protocol: 'tcp', duration_ns: 50 * MS } as const,
        ];
        const limits = { connect_timeout_ns: 300 * MS };
        const document = await connect({ host: LINE, port: relay.port, tests, engine, ...limits });
        expectValid(document);
        expect(document.tests.map(({ protocol, complete }) => [protocol, complete])).toEqual([
          ['tcp', true],
          ['tcp', true],
        ]);
        expect(document.failures).toMatchObject([
          { path: LINE, round: 1, config: { protocol: 'udp' }, error: { code: 'ERR_CONNECT', message: /UDP/ } },
        ]);
        expect([document.complete, document.error]).toEqual([false, document.failures[0]?.error]);
        // Told apart from a server that is not asked: hellos came as far as the relay.
        expect(relay.came('up', DATAGRAM_TYPE.hello)).toBeGreaterThan(0);
      } finally {
        await relay.close();
      }
    });
  });

  test('is tried once in a comparison, and not in every round', async () => {
    await withServer({ engine }, async ({ port }) => {
      const relay = await openRelay(port, () => 0);
      try {
        const tests = [{ duration_ns: 50 * MS }, { protocol: 'udp', duration_ns: 50 * MS } as const];
        const options = { engine, rounds: 3, connect_timeout_ns: 300 * MS };
        const document = await connect({ host: LINE, port: relay.port, tests, ...options });
        expect(document.failures.map(({ round }) => round)).toEqual([1]);
        expect(document.tests.map(({ protocol, round }) => [protocol, round])).toEqual([
          ['tcp', 1],
          ['tcp', 2],
          ['tcp', 3],
        ]);
      } finally {
        await relay.close();
      }
    });
  });

  test('alone is no result', async () => {
    await withServer({ engine }, async ({ port }) => {
      const relay = await openRelay(port, () => 0);
      try {
        const tests = [{ protocol: 'udp' } as const];
        const run = connect({ host: LINE, port: relay.port, tests, engine, connect_timeout_ns: 300 * MS });
        await expect(run).rejects.toMatchObject({ code: 'ERR_CONNECT', message: /UDP/ });
      } finally {
        await relay.close();
      }
    });
  });
});

describe.skipIf(!hasSecondLoopback)('dial()', () => {
  const target = (port: number) => ({ name: 'two.example', addresses: [OTHER, LINE], port, localAddress: null });

  test('takes the address that answers, and says what was wrong with the other', async () => {
    await withServer({}, async ({ port }) => {
      const { socket, address, notes } = await dial(target(port), 1e9, null);
      socket.destroy();
      expect(address).toBe(LINE);
      const why = `${OTHER} did not answer (nothing listens there; start one with winze -s)`;
      expect(notes).toEqual([`${LINE} is taken: ${why}`]);
    });
  });

  test('says of each address why there is no connection', async () => {
    const listens = 'nothing listens there; start one with winze -s';
    await expect(dial(target(1), 1e9, null)).rejects.toMatchObject({
      code: 'ERR_CONNECT',
      message: `cannot connect to two.example port 1: ${OTHER}: ${listens}; ${LINE}: ${listens}`,
      cause: { code: 'ECONNREFUSED' },
    });
  });

  test('is stopped by its signal, with its reason', async () => {
    const reason = new NetError('ERR_ABORTED', 'stopped by the test');
    await expect(dial(target(1), 1e9, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

test('a mistake in a further path is told before anything is measured', async () => {
  await withServer({}, async ({ port }) => {
    const run = connect({ host: LINE, via: ['fe80::1'], port, tests: TESTS });
    await expect(run).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });
});

test('a link-local address without its device is refused, with how to write it', async () => {
  await expect(connect({ host: 'fe80::1' })).rejects.toMatchObject({
    code: 'ERR_USAGE',
    message: 'fe80::1 is a link-local address, the same on every link: say by which device, as in fe80::1%eth0',
  });
});
