/** Metrics of a running server over HTTP, with what whoever connects may do wrong. What they say is tested with Prometheus. */
import { connect as connectTcp } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probe } from '../../dist/index.js';
import { openServerMetrics, type ServerMetricsListener } from '../../dist/run/metrics/server-listener.js';
import type { ServerEvent } from '../../src/core/shapes/events.ts';
import { eventually, measure, withServer } from './harness.ts';

const LOOPBACK = { address: '127.0.0.1', port: 0 };
let metrics: ServerMetricsListener;

beforeAll(async () => {
  metrics = await openServerMetrics(LOOPBACK);
});
afterAll(() => metrics.close());

const at = (path: string): string => new URL(path, metrics.url).href;
const portOf = (): number => Number(new URL(metrics.url).port);

/** Sends octets and returns what is answered until the other end closes. */
function exchange(request: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connectTcp(portOf(), '127.0.0.1', () => socket.write(request));
    socket.setEncoding('utf8').on('data', (text) => (answer += text));
    socket.on('error', () => {}).on('close', () => resolve(answer));
  });
}

describe('metrics of a server', () => {
  test('are there when the server is', async () => {
    expect((await fetch(at('/-/healthy'))).status).toBe(200);
    expect((await fetch(at('/-/ready'))).status).toBe(503);
    expect((await fetch(metrics.url)).status).toBe(503);
    await withServer({}, async (server) => {
      metrics.show(server);
      expect((await fetch(at('/-/ready'))).status).toBe(200);
      const document = await measure(server.port, { bytes: 3_000_000 });
      expect(document.complete).toBe(true);
      await eventually('the test has ended', () => server.counts().tests.some(({ ended }) => ended.complete === 1));
      const answer = await fetch(metrics.url);
      expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
      const text = await answer.text();
      expect(text).toContain('winze_server_payload_bytes_total{protocol="tcp",direction="receive"} 3000000\n');
      expect(text).toContain('winze_server_tests_total{kind="bandwidth",protocol="tcp",outcome="complete"} 1\n');
    });
  });

  test.skipIf(process.platform !== 'linux')(
    'pings, path MTU and traces back are what they are, also in words',
    async () => {
      const told: string[] = [];
      const onEvent = (event: ServerEvent): void => {
        if (event.tag === 'test-started') told.push(`${event.purpose}`);
      };
      await withServer({ onEvent }, async (server) => {
        const tests = [
          { test: 'ping', protocol: 'udp', gap_ns: 10e6, count: 3 },
          { test: 'mtu' },
          { test: 'mtu', protocol: 'tcp' },
          { test: 'trace', protocol: 'tcp', both: true },
        ] as const;
        const document = await probe({
          target: { name: '127.0.0.1', port: server.port },
          server: { secret: null, wait: true },
          tests,
        });
        expect(document.error).toBeNull();
        await measure(server.port, { test: 'latency', duration_ns: 20e6 });
        const ended = () => server.counts().tests.filter((one) => one.ended.complete > 0);
        await eventually('all have ended', () => ended().length === 5);
        expect(Object.fromEntries(ended().map((one) => [`${one.kind} ${one.protocol}`, one.ended.complete]))).toEqual({
          'latency udp': 1,
          'ping udp': 1,
          'mtu udp': 1,
          'mtu tcp': 1,
          'trace udp': 1,
        });
        expect(told).toEqual(['ping', 'mtu', 'mtu', 'trace', 'null']);
      });
    },
  );

  test('HEAD has no body, another method and another path are one line', async () => {
    expect(await (await fetch(at('/-/healthy'), { method: 'HEAD' })).text()).toBe('');
    const post = await fetch(metrics.url, { method: 'POST', body: 'x'.repeat(1000) });
    expect([post.status, await post.text()]).toEqual([405, 'only GET is answered here\n']);
    const other = await fetch(at('/%1b[31m<script>'));
    expect(other.status).toBe(404);
    expect(await other.text()).toBe(
      'there is no /%1b[31m%3Cscript%3E here; there are /metrics, /-/healthy, /-/ready\n',
    );
    // A client that does not encode what is no character of a URL.
    const raw = await exchange('GET /\x80\u202e HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(raw).toMatch(/^HTTP\/1\.1 4\d\d /);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(raw).not.toMatch(/[\x80-\x9f\u202e\x1b]/);
  });

  test('headers without end are refused', async () => {
    const answer = await exchange(`GET / HTTP/1.1\r\nX: ${'a'.repeat(20_000)}`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });

  test('more connections than a scraper has are closed, and the next ones are served', async () => {
    const sockets = Array.from({ length: 200 }, () => connectTcp(portOf(), '127.0.0.1'));
    let closed = 0;
    for (const socket of sockets) socket.on('error', () => {}).on('close', () => closed++);
    await eventually('the ones above the limit are closed', () => closed >= 72);
    for (const socket of sockets) socket.destroy();
    await eventually('all are closed', () => closed === 200);
    await expect.poll(async () => (await fetch(at('/-/healthy')).catch(() => null))?.status).toBe(200);
  });

  test('a port that is taken is refused in one line', async () => {
    const port = portOf();
    await expect(openServerMetrics({ ...LOOPBACK, port })).rejects.toMatchObject({
      code: 'ERR_USAGE',
      message: `--metrics 127.0.0.1:${port}: the port is in use; choose another`,
    });
    await expect(openServerMetrics({ address: '203.0.113.250', port: 0 })).rejects.toMatchObject({
      message: '--metrics 203.0.113.250:0: not an address of this host',
    });
  });
});
