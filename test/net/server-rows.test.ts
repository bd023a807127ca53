/**
 * What a server tells of its tests while they run: by the clock, whatever the client's interval is.
 */
import { describe, expect, test } from 'vitest';
import type { ServerEvent, TestSpec } from '../../dist/index.js';
import { bandwidthOf, type EngineName, latencyOf, MS, measure, withServer } from './harness.ts';
import { ScriptedClient } from './scripted-client.ts';

type Row = Extract<ServerEvent, { tag: 'interval' }>;

describe.each(['auto', 'portable'] as const)('server %s', (engine: EngineName) => {
  async function told(wish: Partial<TestSpec>) {
    const events: ServerEvent[] = [];
    // What the client tries on the path afterwards are tests of their own.
    const ended = (): boolean => events.some((event) => event.tag === 'test-ended');
    const onEvent = (event: ServerEvent): void => void (ended() || events.push(event));
    const document = await withServer({ engine, onEvent }, ({ port }) =>
      measure(port, { duration_ns: 1300 * MS, interval_ns: 10_000 * MS, ...wish }),
    );
    const rows = events.filter((event): event is Row => event.tag === 'interval');
    // They follow each other from the start, and each is as long as the time that passed.
    rows.forEach((row, i) => {
      expect(row.start_ns).toBe(i === 0 ? 0 : rows[i - 1]?.end_ns);
      expect(row.end_ns).toBeGreaterThan(row.start_ns);
    });
    expect(rows.length).toBeGreaterThanOrEqual(2);
    const summary = events.flatMap((event) => (event.tag === 'test-ended' ? [event.summary] : []))[0] ?? '';
    const total = (pick: (row: Row) => number | null): number =>
      rows.reduce((sum, row) => sum + ((pick(row) ?? 0) * (row.end_ns - row.start_ns)) / 1e9, 0);
    return { document, rows, summary, total };
  }

  test('a download has what was sent', async () => {
    const { document, rows, summary, total } = await told({ direction: 'download', rate_bps: 40e6, streams: 2 });
    const sent = bandwidthOf(document).flows[0]?.bytes_sent ?? 0;
    expect(rows.every((row) => row.received_bps === null && row.packets_per_s === null)).toBe(true);
    // What is left at the end and is shorter than 0.1 s has no row.
    expect(total((row) => row.sent_bps) / 8 / sent).toBeGreaterThan(0.9);
    expect(total((row) => row.sent_bps) / 8 / sent).toBeLessThan(1.001);
    expect(summary).toMatch(/^TCP bandwidth download: sent \d/);
  });

  test('an upload of datagrams has what came', async () => {
    const { document, summary, total } = await told({ protocol: 'udp', rate_bps: 8e6, length_bytes: 1000 });
    const came = bandwidthOf(document).flows[0]?.packets_received ?? 0;
    expect(total((row) => row.packets_per_s) / came).toBeGreaterThan(0.9);
    expect(total((row) => row.packets_per_s) / came).toBeLessThan(1.001);
    expect(summary).toMatch(/^UDP bandwidth upload: received \d/);
  });

  test('a latency test has the probes that were sent back', async () => {
    const { document, rows, summary, total } = await told({ test: 'latency', protocol: 'udp' });
    expect(rows.every((row) => row.received_bps === null && row.sent_bps === null)).toBe(true);
    const answered = latencyOf(document).packets_received;
    expect(total((row) => row.echoes_per_s) / answered).toBeGreaterThan(0.8);
    expect(total((row) => row.echoes_per_s) / answered).toBeLessThan(1.001);
    expect(summary).toMatch(/^UDP latency: \d+ probes answered$/);
  });

  test('a test that is given up before it starts is not told of', async () => {
    const tags: string[] = [];
    await withServer({ engine, onEvent: ({ tag }) => void tags.push(tag) }, async ({ port }) => {
      const client = await ScriptedClient.connect(port);
      await client.until('welcome');
      await client.open({ duration_ns: 300 * MS });
      client.stop();
      await client.until('result');
      client.kill();
      await client.closed;
    });
    expect(tags.filter((tag) => tag.startsWith('test-'))).toEqual([]);
  });
});
