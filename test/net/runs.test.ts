/** Whole runs, client and server, on loopback: what must hold whatever the speed of the host. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type TestSpec } from '../../dist/index.js';
import {
  bandwidthOf,
  type EngineName,
  expectSoundFlow,
  expectValid,
  hasIpv6,
  hasSecondLoopback,
  latencyOf,
  MS,
  measure,
  sum,
  withServer,
} from './harness.ts';

const PAIRS: readonly { readonly client: EngineName; readonly server: EngineName }[] = [
  { client: 'auto', server: 'auto' },
  { client: 'portable', server: 'portable' },
  { client: 'auto', server: 'portable' },
  { client: 'portable', server: 'auto' },
];
const DIRECTIONS = ['upload', 'download', 'bidirectional'] as const;

/** What `auto` comes to on this host. */
const named = await withServer({}, async ({ port }) => {
  const document = await measure(port, { duration_ns: 50 * MS });
  return document.tests[0]?.engines.client === 'linux' ? 'linux' : 'portable';
});
const nameOf = (engine: EngineName) => (engine === 'auto' ? named : 'portable');

describe.each(PAIRS)('client $client, server $server', (pair) => {
  const { client: engine, server } = pair;

  for (const protocol of ['tcp', 'udp'] as const) {
    for (const direction of DIRECTIONS) {
      for (const streams of [1, 3]) {
        test(`${protocol} ${direction} with ${streams} streams counts the same at both ends`, async () => {
          await withServer({ engine: server }, async ({ port }) => {
            const wish = { protocol, direction, streams, duration_ns: 300 * MS, interval_ns: 100 * MS };
            const document = await measure(port, protocol === 'tcp' ? wish : { ...wish, rate_bps: 20e6 }, { engine });
            const result = bandwidthOf(document);
            expect([document.complete, document.error, result.complete, result.error]).toEqual([
              true,
              null,
              true,
              null,
            ]);
            expect(result.engines).toEqual({ client: nameOf(engine), server: nameOf(server) });
            expect(result.engine).toBe(nameOf(engine) === nameOf(server) ? nameOf(engine) : 'portable');
            expect(result.flows.map((flow) => flow.direction)).toEqual(
              direction === 'bidirectional' ? ['upload', 'download'] : [direction],
            );
            for (const flow of result.flows) {
              expectSoundFlow(flow, result);
              if (protocol === 'udp') expect(flow.packets_lost).toBe(0);
              // What was sent while the duration lasted has all arrived, once the test has ended in order.
              if (protocol === 'udp') expect(flow.bytes_received).toBe(flow.bytes_sent);
              const own = result.intervals.filter((row) => row.direction === flow.direction);
              const total = own.filter((row) => row.stream === null);
              // Each interval has a row of the sum, of one stream too.
              expect(own.length).toBe(total.length * (streams + 1));
              expect(sum(total.map((row) => row.bytes_received))).toBe(flow.bytes_received);
            }
            expect(result.cpu.client?.cores).toBeGreaterThan(0);
            expect(result.cpu.server?.cores).toBeGreaterThan(0);
          });
        });
      }
    }
  }

  test.each(['tcp', 'udp'] as const)('a paced %s test keeps to its rate', async (protocol) => {
    await withServer({ engine: server }, async ({ port }) => {
      for (const direction of ['upload', 'download'] as const) {
        const wish: Partial<TestSpec> = { protocol, direction, streams: 2, rate_bps: 16e6, duration_ns: 500 * MS };
        const [flow] = bandwidthOf(await measure(port, wish, { engine })).flows;
        // 1 MB in half a second; a shared processor may stall, but never makes it faster.
        expect(flow?.bytes_sent).toBeGreaterThan(0.6e6);
        expect(flow?.bytes_sent).toBeLessThan(1.1e6);
        expect(flow?.goodput_bps).toBeLessThan(17.6e6);
        if (protocol === 'udp') expect(flow?.packets_lost).toBe(0);
      }
    });
  });

  // At 1 Mbit/s a segment of loopback takes half a second: what waits to fill one must not shorten the window.
  test('a slow TCP test of a tenth of a second is not faster than its rate', async () => {
    await withServer({ engine: server }, async ({ port }) => {
      for (const direction of ['upload', 'download'] as const) {
        const wish: Partial<TestSpec> = { direction, rate_bps: 1e6, duration_ns: 100 * MS };
        const [flow] = bandwidthOf(await measure(port, wish, { engine })).flows;
        expect(flow?.goodput_bps).toBeLessThan(1.3e6);
      }
    });
  });

  test.each(DIRECTIONS)('--bytes is what arrives over TCP, to the byte (%s)', async (direction) => {
    await withServer({ engine: server }, async ({ port }) => {
      const result = bandwidthOf(await measure(port, { direction, streams: 3, bytes: 1_000_001 }, { engine }));
      expect(result.complete).toBe(true);
      for (const flow of result.flows) {
        expect([flow.bytes_sent, flow.bytes_received]).toEqual([1_000_001, 1_000_001]);
        expect(flow.streams.map((one) => one.bytes_received).sort()).toEqual([333_333, 333_334, 333_334]);
      }
    });
  });

  test.each(['upload', 'download'] as const)(
    '--bytes rounds up to whole datagrams over UDP (%s)',
    async (direction) => {
      await withServer({ engine: server }, async ({ port }) => {
        const wish = { protocol: 'udp', direction, bytes: 100_001, length_bytes: 1000, rate_bps: 20e6 } as const;
        const [flow] = bandwidthOf(await measure(port, wish, { engine })).flows;
        expect([flow?.packets_sent, flow?.packets_received, flow?.bytes_received]).toEqual([101, 101, 101_000]);
      });
    },
  );

  test.each(['tcp', 'udp'] as const)(
    'fewer bytes than %s streams: some have nothing to send, and end',
    async (protocol) => {
      await withServer({ engine: server }, async ({ port }) => {
        for (const direction of ['upload', 'download'] as const) {
          const document = await measure(port, { protocol, direction, streams: 3, bytes: 1 }, { engine });
          const [flow] = bandwidthOf(document).flows;
          expect([document.complete, flow?.bytes_sent]).toEqual([true, protocol === 'tcp' ? 1 : 1400]);
          expect(flow?.bytes_received).toBe(flow?.bytes_sent);
        }
      });
    },
  );

  test.each(['tcp', 'udp'] as const)('a %s warm-up is shown, and left out', async (protocol) => {
    await withServer({ engine: server }, async ({ port }) => {
      for (const direction of ['upload', 'download'] as const) {
        const wish: Partial<TestSpec> = { protocol, direction, duration_ns: 300 * MS, interval_ns: 100 * MS };
        const result = bandwidthOf(await measure(port, { ...wish, warmup_ns: 200 * MS, rate_bps: 40e6 }, { engine }));
        const [flow] = result.flows;
        if (!flow) throw new Error('no flow');
        const omitted = result.intervals.filter((row) => row.omitted);
        expect(omitted.length).toBeGreaterThan(0);
        expect(sum(omitted.map((row) => row.bytes_received))).toBeGreaterThan(0);
        for (const row of omitted) expect(row.start_ns).toBeLessThan(0);
        // 1.5 MB in 300 ms; with the warm-up it would be 2.5 MB.
        expect(flow.bytes_received).toBeLessThan(1.7e6);
        expect(flow.duration_ns).toBeLessThan(450 * MS);
        // TCP's warm-up ends at each end by its own clock: what was under way may count at one end only.
        if (protocol === 'udp') expectSoundFlow(flow, result);
      }
    });
  });

  test.each(['tcp', 'udp'] as const)('every %s latency probe is answered', async (protocol) => {
    await withServer({ engine: server }, async ({ port }) => {
      const wish: Partial<TestSpec> = { test: 'latency', protocol, duration_ns: 300 * MS, gap_ns: 5 * MS };
      const document = await measure(port, { ...wish, interval_ns: 100 * MS }, { engine });
      const result = latencyOf(document);
      expect(document.complete).toBe(true);
      expect(result.packets_sent).toBe(60);
      expect([result.packets_received, result.packets_lost, result.loss_ratio]).toEqual([60, 0, 0]);
      expect([result.packets_lost_up, result.packets_lost_down]).toEqual([0, 0]);
      expect([result.packets_reordered, result.packets_duplicated, result.loss_runs.n]).toEqual([0, 0, 0]);
      const { rtt_ns: rtt, rtt_from_send_ns: fromSend } = result;
      expect([rtt.n, fromSend.n, result.ipdv_ns.n, result.queueing_up_ns.n]).toEqual([60, 60, 59, 60]);
      const ordered = [rtt.min, rtt.p50, rtt.p90, rtt.p95, rtt.p99, rtt.p999, rtt.p9999, rtt.max].map(Number);
      expect(ordered).toEqual(ordered.toSorted((a, b) => a - b));
      expect(rtt.min).toBeGreaterThan(0);
      // A probe is timed from when it was due, never later than when it was sent.
      expect(Number(rtt.mean)).toBeGreaterThanOrEqual(Number(fromSend.mean));
      expect(result.schedule.gap_ns).toBe(5 * MS);
      expect(result.receive_timestamps).toBe(nameOf(engine) === 'linux' && protocol === 'udp' ? 'kernel' : 'user');
      expect(sum(result.intervals.map((row) => row.packets_sent))).toBeLessThanOrEqual(60);
    });
  });

  test('a latency warm-up is left out', async () => {
    await withServer({ engine: server }, async ({ port }) => {
      const wish: Partial<TestSpec> = { test: 'latency', duration_ns: 200 * MS, warmup_ns: 100 * MS, gap_ns: 10 * MS };
      const result = latencyOf(await measure(port, wish, { engine }));
      expect([result.packets_sent, result.packets_received, result.packets_lost_up]).toEqual([20, 20, 0]);
    });
  });
});

test('several tests run one after the other, in the order asked for', async () => {
  await withServer({}, async ({ port }) => {
    const tests = (['tcp', 'udp'] as const).flatMap((protocol) => [
      { protocol, duration_ns: 100 * MS, rate_bps: 10e6 },
      { test: 'latency', protocol, duration_ns: 100 * MS } as const,
    ]);
    const document = await connect({ host: '127.0.0.1', port, tests });
    expectValid(document);
    expect(document.tests.map((one) => `${one.protocol} ${one.test}`)).toEqual([
      'tcp bandwidth',
      'tcp latency',
      'udp bandwidth',
      'udp latency',
    ]);
    for (const one of document.tests) expect(one.setup_ns).toBeGreaterThan(0);
  });
});

describe.skipIf(!hasIpv6)('IPv6', () => {
  test.each([...PAIRS])('client $client, server $server', async ({ client, server }) => {
    await withServer({ engine: server, addresses: [] }, async ({ port }) => {
      const tests: readonly Partial<TestSpec>[] = [
        { duration_ns: 100 * MS },
        { protocol: 'udp', duration_ns: 100 * MS, rate_bps: 10e6, direction: 'bidirectional' },
        { test: 'latency', duration_ns: 100 * MS },
      ];
      // One listener serves both families.
      for (const host of ['::1', '127.0.0.1']) {
        const document = await connect({ host, port, tests, engine: client });
        expectValid(document);
        expect([document.complete, document.paths[0]?.client.remote_address]).toEqual([true, host]);
        for (const flow of bandwidthOf(document, 1).flows) expect(flow.packets_lost).toBe(0);
        expect(latencyOf(document, 2).packets_lost).toBe(0);
      }
    });
  });

  test('a family that was ruled out is not served', async () => {
    await withServer({ addresses: [], family: 6 }, async ({ port }) => {
      await expect(connect({ host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'ERR_CONNECT' });
    });
    await withServer({ addresses: [], family: 4 }, async ({ port }) => {
      await expect(connect({ host: '::1', port })).rejects.toMatchObject({ code: 'ERR_CONNECT' });
      await expect(connect({ host: '127.0.0.1', port, family: 6 })).rejects.toMatchObject({ code: 'ERR_USAGE' });
    });
  });
});

describe.each(['auto', 'portable'] as const)('isolation, %s', (engine) => {
  test('clients at the same time each get their own bytes', async () => {
    await withServer({ engine }, async ({ port }) => {
      const wishes: readonly Partial<TestSpec>[] = [1, 2, 3, 4].flatMap((n) => [
        { protocol: 'tcp', bytes: n * 111_111, streams: n, direction: 'bidirectional' },
        { protocol: 'udp', bytes: n * 28_000, rate_bps: 8e6, direction: n % 2 === 0 ? 'upload' : 'download' },
      ]);
      const documents = await Promise.all(wishes.map((wish) => measure(port, wish, { engine })));
      documents.forEach((document, i) => {
        for (const flow of bandwidthOf(document).flows) {
          expect([flow.bytes_sent, flow.bytes_received]).toEqual([wishes[i]?.bytes, wishes[i]?.bytes]);
          expect(flow.packets_duplicated ?? 0).toBe(0);
        }
      });
    });
  });
});

describe('comparison of two paths', () => {
  test.skipIf(!hasSecondLoopback)('runs interleaved rounds over one place of the server', async () => {
    const limits = { max_clients: 1, max_rate_bps: null, max_duration_ns: null, max_streams: 4 };
    await withServer({ addresses: ['0.0.0.0'], limits }, async ({ port }) => {
      const tests = [{ duration_ns: 100 * MS, rate_bps: 50e6 }, { test: 'latency', duration_ns: 100 * MS } as const];
      const document = await connect({ host: '127.0.0.1', via: ['127.0.0.2'], port, tests, rounds: 3 });
      expectValid(document);
      expect(document.complete).toBe(true);
      const bandwidth = document.tests.filter((one) => one.test === 'bandwidth');
      const [a, b] = ['127.0.0.1', '127.0.0.2'];
      expect(bandwidth.map((one) => one.path)).toEqual([a, b, b, a, a, b]);
      expect(bandwidth.map((one) => one.round)).toEqual([1, 1, 2, 2, 3, 3]);
      expect(document.paths.map((path) => [path.name, path.role, path.same_server])).toEqual([
        [a, 'baseline', true],
        [b, 'via', true],
      ]);
      for (const row of document.overhead) expect([row.baseline, row.path]).toEqual([a, b]);
      expect(document.overhead.length).toBeGreaterThan(0);
    });
  });

  describe.skipIf(!hasSecondLoopback)('with --during where nothing can capture', () => {
    const path = process.env.PATH;
    beforeAll(() => {
      process.env.PATH = '/nonexistent';
    });
    afterAll(() => {
      process.env.PATH = path;
    });

    test.each([
      [false, 'not-allowed', /not allowed/],
      [true, 'cannot', /nothing can capture/],
    ] as const)('the tests go on, and say why (allowed: %s)', async (allow_capture, reason, words) => {
      await withServer({ addresses: ['0.0.0.0'], allow_capture }, async ({ port }) => {
        const tests = [{ bytes: 100_000 }, { test: 'latency', duration_ns: 50 * MS } as const];
        const document = await connect({ host: '127.0.0.1', via: ['127.0.0.2'], port, tests, rounds: 3, during: true });
        expectValid(document);
        expect(document.complete).toBe(true);
        const captures = document.tests.map(({ path, capture }) => [
          path,
          capture?.client.reason,
          capture?.server.reason,
        ]);
        expect(captures).toContainEqual(['127.0.0.1', undefined, undefined]);
        const via = captures.filter(([name]) => name === '127.0.0.2');
        expect(via).toEqual(new Array(6).fill(['127.0.0.2', 'cannot', reason]));
        const notes = document.tests.flatMap(({ capture }) => capture?.notes ?? []);
        expect(notes).toContainEqual(expect.stringMatching(/^no capture at the client: nothing here can capture/));
        expect(notes).toContainEqual(expect.stringMatching(words));
      });
    });
  });

  test.skipIf(!hasSecondLoopback)('refuses another server behind the second address', async () => {
    await withServer({ addresses: ['127.0.0.1'] }, async ({ port }) => {
      await withServer({ addresses: ['127.0.0.2'], port }, async () => {
        const run = connect({ host: '127.0.0.1', via: ['127.0.0.2'], port, tests: [{ duration_ns: 100 * MS }] });
        await expect(run).rejects.toMatchObject({ code: 'ERR_USAGE', message: /not the same server/ });
      });
    });
  });
});
