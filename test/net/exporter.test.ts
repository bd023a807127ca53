/** An exporter over HTTP, with targets and scrapers that behave badly. That Prometheus reads it is tested in the outer ring. */
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exporterConfig } from '../../dist/options/exporter/exporter-config.js';
import { openExporter, type RunningExporter } from '../../dist/run/metrics/exporter/exporter.js';
import { hasSecondLoopback, withServer } from './harness.ts';

const CONFIG = `listen: 127.0.0.1:0
modules:
  latency: {kind: latency}
  mtu: {kind: mtu}
  path: {kind: path}
  tunnel: {kind: tunnel}
  ping: {kind: latency, server: false, protocol: tcp, duration: 300ms}
  load: {kind: bandwidth, bytes: 1M, budget: 1M}
`;
let exporter: RunningExporter;
let silent: Server;
let silentPort = 0;

beforeAll(async () => {
  exporter = await openExporter(exporterConfig(CONFIG, 'x.yml'), null);
  // Takes connections, and never says a word.
  silent = createServer((socket) => socket.on('error', () => {}).resume());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  silentPort = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(async () => {
  await exporter.close();
  silent.close();
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly ms: number;
}

async function probe(query: string, timeoutS = 10, signal: AbortSignal | null = null): Promise<Answer> {
  const began = performance.now();
  const headers = { 'X-Prometheus-Scrape-Timeout-Seconds': String(timeoutS) };
  const answer = await fetch(`${exporter.url}/probe?${query}`, { headers, signal });
  return { status: answer.status, text: await answer.text(), ms: performance.now() - began };
}

/** Names of the metrics that have a series, in order. */
const namesIn = (text: string): string[] => [
  ...new Set([...text.matchAll(/^(\w+)[{ ]/gm)].map(([, name = '']) => name)),
];
const ofFailure = ['winze_probe_success', 'winze_probe_duration_seconds', 'winze_probe_failure_info'];

describe('winze exporter', () => {
  test('has fewer than 60 series a target with the usual modules', async () => {
    await withServer({ addresses: [] }, async ({ port }) => {
      const [latency, ...others] = await Promise.all(
        ['latency', 'mtu', 'path', 'tunnel&via=127.0.0.1'].map((module) =>
          probe(`target=localhost:${port}&module=${module}`),
        ),
      );
      const text = [latency, ...others].map((answer) => answer?.text ?? '').join('');
      expect(text).not.toContain('winze_probe_failure_info');
      expect(text.match(/^winze_probe_success\{.*\} 1$/gm)).toHaveLength(4);
      expect(text.match(/^winze_packets_sent_total\{.*\} 100$/gm)).toHaveLength(1);
      expect(text.match(/^\w+\{/gm)?.length).toBeLessThan(60);
    });
  });

  test.skipIf(!hasSecondLoopback)('probes many targets at once, each in its own time', async () => {
    await withServer(
      { addresses: [], limits: { max_clients: 64, max_rate_bps: null, max_duration_ns: null, max_streams: 128 } },
      async ({ port }) => {
        const targets = Array.from({ length: 8 }, (_, i) => `127.0.0.${i + 1}:${port}`);
        const answers = await Promise.all(targets.map((target) => probe(`target=${target}&module=latency`)));
        for (const { text } of answers) expect(text).toMatch(/^winze_probe_success\{.*\} 1$/m);
        // One after the other would take eight seconds.
        expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(6000);
      },
    );
  });

  test('answers before the scrape gives up on a target that says nothing, and has no figures then', async () => {
    const { text, ms, status } = await probe(`target=127.0.0.1:${silentPort}&module=latency`, 1);
    expect([status, namesIn(text)]).toEqual([200, ofFailure]);
    expect(text).toMatch(/^winze_probe_success\{.*\} 0$/m);
    expect(text).toContain('reason="timeout"} 1\n');
    expect(ms).toBeLessThan(1000);
  });

  test('a target that refuses is unreachable', async () => {
    const { text } = await probe('target=127.0.0.1:1&module=latency');
    expect(namesIn(text)).toEqual(ofFailure);
    expect(text).toContain('reason="unreachable"} 1\n');
  });

  test('two scrapes of one target take turns, and one that has no time left is told', async () => {
    await withServer({}, async ({ port }) => {
      const target = `target=127.0.0.1:${port}&module=latency`;
      const [first, second, third] = await Promise.all([probe(target), probe(target), probe(target, 1)]);
      for (const answer of [first, second]) expect(answer?.text).toMatch(/^winze_probe_success\{.*\} 1$/m);
      expect(Math.max(first?.ms ?? 0, second?.ms ?? 0)).toBeGreaterThan(2000);
      expect([third?.status, third?.text.split(':')[0]]).toEqual([503, 'busy']);
    });
  });

  test('a scraper that goes away ends its probe', async () => {
    await withServer({}, async (server) => {
      const target = `target=127.0.0.1:${server.port}&module=latency`;
      await expect(probe(target, 10, AbortSignal.timeout(400))).rejects.toThrow();
      await expect.poll(() => server.counts().clients, { timeout: 4000 }).toBe(0);
      expect((await probe(target)).text).toMatch(/^winze_probe_success\{.*\} 1$/m);
    });
  });

  test('loads the line within its budget alone', async () => {
    await withServer({}, async (server) => {
      const target = `target=127.0.0.1:${server.port}&module=load`;
      expect((await probe(target)).text).toMatch(/^winze_goodput_bytes_per_second\{.*path="line".*\} \d/m);
      const [tcp] = server.counts().payload;
      const second = await probe(target);
      expect(namesIn(second.text)).toEqual(ofFailure);
      expect(second.text).toContain('reason="budget"} 1\n');
      expect(server.counts().payload[0]?.received_bytes).toBe(tcp?.received_bytes);
    });
  });

  test.each([
    ['module=latency', /^target : expected HOST/],
    ['target=a%0Ab&module=latency', /^target a\\nb: expected HOST/],
    ['target=https://a/&module=latency', /^target https:\/\/a\/: expected HOST/],
    ['target=a:0&module=latency', /^target a:0: expected HOST/],
    ['target=a&module=speed', /^no module is called speed; there are latency, mtu, /],
    ['target=a&module=tunnel', /^a module of kind tunnel needs the address inside it/],
    ['target=a&module=tunnel&via=b:1', /^via b:1: expected a host/],
  ])('refuses %s in one line', async (query, message) => {
    const { status, text } = await probe(query);
    expect(status).toBe(400);
    expect(text).toMatch(message);
    expect(text.split('\n')).toHaveLength(2);
  });

  test('says what it did, and what it is', async () => {
    const text = await (await fetch(`${exporter.url}/metrics`)).text();
    expect(namesIn(text)).toEqual(expect.arrayContaining(['winze_exporter_probes_total', 'winze_build_info']));
    expect(text).toMatch(/^winze_exporter_probes_total\{outcome="busy"\} 1$/m);
  });
});
