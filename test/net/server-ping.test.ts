/** Pings over UDP to a server of winze, on loopback. A relay that drops and doubles datagrams is the oracle. */
import { describe, expect, test } from 'vitest';
import { type ProbeOptions, probe } from '../../dist/index.js';
import type { ProbeEvent } from '../../src/core/shapes/path/events.ts';
import type { PingResult } from '../../src/core/shapes/path/ping.ts';
import { DATAGRAM_TYPE } from '../../src/wire/datagram.ts';
import { isPath } from '../support/schemas.ts';
import { MS, withServer } from './harness.ts';
import { openRelay } from './relay.ts';
import { openScriptedServer } from './scripted-server.ts';

const OPEN = { max_clients: 64, max_rate_bps: null, max_duration_ns: null, max_streams: 128 };
const linux = process.platform === 'linux';
if (!linux) console.warn('skipped: pings over UDP need Linux');

type Asked = Partial<ProbeOptions['tests'][number]>;

async function ping(port: number, asked: Asked, more: Partial<ProbeOptions> = {}) {
  const notices: string[] = [];
  const document = await probe({
    target: { name: '127.0.0.1', port },
    server: { secret: null, wait: true },
    tests: [{ test: 'ping', protocol: 'udp', ...asked }],
    onEvent: (event: ProbeEvent) => {
      if (event.tag === 'notice') notices.push(event.message);
    },
    ...more,
  });
  expect(isPath(document), JSON.stringify(isPath.errors)).toBe(true);
  const results = document.tests.filter((one): one is PingResult => one.test === 'ping');
  const [result] = results;
  if (result === undefined) throw new Error('no result');
  return { document, results, result, notices };
}

const PAIRS = [
  ['auto', 'auto'],
  ['auto', 'portable'],
  ['portable', 'auto'],
] as const;

describe.skipIf(!linux)('ping over UDP to a server', () => {
  test.each(PAIRS)('loses and doubles what the path does, server %s, client %s', async (engine, own) => {
    await withServer({ engine }, async (server) => {
      const relay = await openRelay(server.port, (way, type, n) => {
        if (way === 'up' && type === DATAGRAM_TYPE.probe && (n === 3 || n === 6)) return 0;
        return way === 'down' && type === DATAGRAM_TYPE.reply && n === 2 ? 2 : 1;
      });
      const { document, result } = await ping(relay.port, { gap_ns: 10 * MS, count: 10, warmup: 2 }, { engine: own });
      expect(document).toMatchObject({ complete: true, error: null });
      expect(result).toMatchObject({
        protocol: 'udp',
        port: relay.port,
        method: 'datagrams, returned by the server',
        packets_sent: 10,
        packets_received: 8,
        packets_lost: 2,
        packets_duplicated: 1,
        loss_ratio: 0.2,
        loss_runs: { n: 2, max: 1 },
        failures: [{ code: 'ETIMEDOUT', from: null, count: 2 }],
        length_bytes: 56,
        receive_timestamps: own === 'auto' ? 'kernel' : 'user',
        source: { address: '127.0.0.1' },
      });
      expect(result.rtt_ns.n).toBe(8);
      expect(relay.came('up', DATAGRAM_TYPE.probe)).toBe(12);
      expect(relay.came('down', DATAGRAM_TYPE.reply)).toBe(10);
      await relay.close();
    });
  });

  test('goes on until it is stopped, and is whole then', async () => {
    await withServer({}, async ({ port }) => {
      const abort = new AbortController();
      let rows = 0;
      const onEvent = ({ tag }: ProbeEvent): void => {
        if (tag === 'ping' && ++rows === 6) abort.abort();
      };
      const { document, result } = await ping(
        port,
        { gap_ns: 20 * MS, duration_ns: 0 },
        { signal: abort.signal, onEvent },
      );
      expect(document).toMatchObject({ complete: true, error: null });
      expect(result.packets_received).toBeGreaterThanOrEqual(6);
    });
  });

  test('keeps to the rate and the time that the server grants, and says so', async () => {
    // 56 octets every 56 ms are 8 kbit/s.
    const limits = { ...OPEN, max_rate_bps: 8000, max_duration_ns: 500 * MS };
    await withServer({ limits }, async ({ port }) => {
      const { result, notices } = await ping(port, { gap_ns: 10 * MS, warmup: 1, duration_ns: 60_000 * MS });
      expect(result).toMatchObject({ complete: true, packets_lost: 0, schedule: { gap_ns: 56 * MS } });
      // What is due in 500 ms, less the one of the warm-up.
      expect(result.packets_sent).toBe(8);
      expect(notices).toEqual([
        'the server returns a probe every 56 ms, not more: -g is that here',
        'the server allows a test of 0.5 s: the ping ends then',
      ]);
    });
  });

  test('does not wait in the queue behind itself', async () => {
    await withServer({ limits: { ...OPEN, max_clients: 1 } }, async ({ port }) => {
      const sources = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, device: null }));
      const { results } = await ping(port, { gap_ns: 10 * MS, count: 3 }, { sources });
      expect(results.map(({ packets_received, error }) => [packets_received, error?.code])).toEqual([
        [3, undefined],
        [0, 'ERR_REFUSED'],
      ]);
    });
  });

  test('two sources have a stream each', async () => {
    await withServer({}, async ({ port }) => {
      const sources = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, device: null }));
      const { results } = await ping(port, { gap_ns: 10 * MS, count: 3 }, { sources });
      expect(results.map(({ source, packets_received }) => [source.address, packets_received])).toEqual([
        ['127.0.0.1', 3],
        ['127.0.0.2', 3],
      ]);
      expect(results[1]?.compared).toMatchObject({ rounds: 3 });
    });
  });

  test('the address inside a tunnel is compared with that of the line', async () => {
    await withServer({ addresses: ['127.0.0.1', '127.0.0.2'] }, async ({ port }) => {
      const { results } = await ping(port, { gap_ns: 10 * MS, count: 3 }, { via: ['127.0.0.2'] });
      expect(results.map(({ address, packets_received }) => [address, packets_received])).toEqual([
        ['127.0.0.1', 3],
        ['127.0.0.2', 3],
      ]);
    });
  });

  test("what Node's sockets cannot do is refused in a sentence", async () => {
    await withServer({}, async ({ port }) => {
      const asked = { tos: 184, gap_ns: 10 * MS, count: 2 };
      await expect(ping(port, asked, { engine: 'portable' })).rejects.toThrow(
        /a device or --tos needs the Linux engine/,
      );
    });
  });

  test.each(['auto', 'portable'] as const)(
    'a server that goes ends it, client %s, with what was measured',
    async (engine) => {
      const server = await openScriptedServer({ dieAt: 'running', runMs: 200 });
      const { result } = await ping(server.port, { gap_ns: 20 * MS, duration_ns: 0 }, { engine });
      expect(result).toMatchObject({ complete: false, error: { code: 'ERR_PEER_LOST' } });
      expect(result.packets_sent).toBeLessThan(50);
      await server.close();
    },
  );

  test('a probe that is too short for its reply is refused', async () => {
    await withServer({}, async ({ port }) => {
      await expect(ping(port, { length_bytes: 51 })).rejects.toThrow('has 52 bytes or more');
      const { result } = await ping(port, { length_bytes: 52, count: 2, gap_ns: 10 * MS });
      expect(result).toMatchObject({ length_bytes: 52, packets_received: 2 });
    });
  });
});
