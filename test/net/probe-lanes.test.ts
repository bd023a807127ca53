import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProbeEvent } from '../../src/core/shapes/path/events.ts';
import { formatPathSummary } from '../../src/report/path/path-summary.ts';
import { runPing } from '../../src/run/probes/ping/run-ping.ts';
import { probe } from '../../src/run/probes/probe.ts';
import { portOf, probeRequest } from '../support/probe-request.ts';
import { isPath } from '../support/schemas.ts';

const MS = 1e6;
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';

let server: Server;
let port = 0;

beforeAll(async () => {
  server = createServer((socket) => socket.on('error', () => {}).once('data', () => socket.end(OK)));
  port = await portOf(server);
});

afterAll(() => void server.close());

describe('probe()', () => {
  test('every kind of result is as the schema wants it, and can be printed', async () => {
    const events: ProbeEvent[] = [];
    const gap_ns = 5 * MS;
    const document = await probe({
      target: { name: '127.0.0.1', port, url: `http://127.0.0.1:${port}/` },
      tests: [
        { test: 'ping', gap_ns, count: 3 },
        { test: 'latency', gap_ns, count: 3 },
        { test: 'connections', count: 3 },
        { test: 'http', gap_ns, count: 3 },
      ],
      sources: [
        { address: '127.0.0.1', device: null },
        { address: '127.0.0.2', device: null },
      ],
      onEvent: (event) => events.push(event),
    });
    expect(isPath(document), JSON.stringify(isPath.errors)).toBe(true);
    expect(document).toMatchObject({ complete: true, error: null });
    expect(document.tests.map(({ test: kind, source }) => `${kind} ${source.address}`)).toEqual([
      'ping 127.0.0.1',
      'ping 127.0.0.2',
      'latency 127.0.0.1',
      'latency 127.0.0.2',
      'connections 127.0.0.1',
      'connections 127.0.0.2',
      'http 127.0.0.1',
      'http 127.0.0.2',
    ]);
    expect(new Set(events.map(({ tag }) => tag))).toEqual(
      new Set(['probe-started', 'ping', 'http-run', 'test-ended', 'ended']),
    );
    for (const line of formatPathSummary(document, { color: false }).split('\n')) {
      expect(line.length, line).toBeLessThanOrEqual(80);
    }
  });

  test('the schema holds for tests in which everything fails', async () => {
    const other = createServer();
    const closed = await portOf(other);
    await new Promise((resolve) => other.close(resolve));
    const document = await probe({
      target: { name: '127.0.0.1', port: closed, url: `https://127.0.0.1:${closed}/` },
      tests: [
        { test: 'ping', gap_ns: 5 * MS, count: 2 },
        { test: 'connections', count: 2 },
        { test: 'http', gap_ns: 5 * MS, count: 2 },
      ],
    });
    expect(isPath(document), JSON.stringify(isPath.errors)).toBe(true);
    expect(formatPathSummary(document, { color: false })).toMatch(/refused \(ECONNREFUSED\), says 127\.0\.0\.1/);
  });

  test('a ping without end is whole when it is stopped, one with an end is not', async () => {
    for (const duration_ns of [0, 60e9]) {
      const abort = new AbortController();
      setTimeout(() => abort.abort(), 100);
      const tests = [{ test: 'ping' as const, gap_ns: 10 * MS, duration_ns }];
      const document = await probe({ target: { name: '127.0.0.1', port }, tests, signal: abort.signal });
      expect(document.complete).toBe(duration_ns === 0);
      expect(document.error?.code).toBe(duration_ns === 0 ? undefined : 'ERR_ABORTED');
      expect(document.tests).toHaveLength(1);
    }
  });

  test('a source of the other family says what does not fit', async () => {
    const options = { target: { name: '127.0.0.1', port }, tests: [{ test: 'ping' as const }] };
    await expect(probe({ ...options, sources: [{ address: '::1', device: null }] })).rejects.toThrow(
      'cannot reach 127.0.0.1 from ::1: one is IPv4 and one IPv6',
    );
  });

  test('both families are lanes of one test', async () => {
    const both = createServer((socket) => socket.on('error', () => {}).destroy());
    const dual = await portOf(both, '::');
    const addresses = [
      ['127.0.0.1', 4],
      ['::1', 6],
    ] as const;
    const results = await runPing(
      addresses.map(([address, family]) =>
        probeRequest({ target: { address, family, port: dual }, gap_ns: 10 * MS, count: 4 }),
      ),
      { signal: new AbortController().signal, onEvent: () => {} },
    );
    both.close();
    expect(results.map(({ family, address }) => [address, family])).toEqual(addresses);
    expect(results[1]).toMatchObject({ compared: { family: 4, address: '127.0.0.1', rounds: 4 } });
  });
});
