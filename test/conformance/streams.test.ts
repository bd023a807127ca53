/**
 * One suite for both engines, at either end: what a stream does and counts must not depend on who
 * carries it. A relay that does known harm to known datagrams is the oracle for loss accounting.
 */
import { describe, expect, test } from 'vitest';
import type { TestSpec } from '../../dist/index.js';
import { DATAGRAM_TYPE } from '../../src/wire/datagram.ts';
import { bandwidthOf, type EngineName, latencyOf, MS, measure, withServer } from '../net/harness.ts';
import { type Judge, openRelay, type Relay, type Way } from '../net/relay.ts';

const ENGINES: readonly { readonly client: EngineName; readonly server: EngineName }[] = [
  { client: 'auto', server: 'auto' },
  { client: 'portable', server: 'portable' },
  { client: 'auto', server: 'portable' },
  { client: 'portable', server: 'auto' },
];
const { data, probe, reply, hello, challenge, prove, ready } = DATAGRAM_TYPE;
const PACKETS = 400;

async function through<T>(server: EngineName, judge: Judge, use: (relay: Relay) => Promise<T>): Promise<T> {
  return withServer({ engine: server }, async ({ port }) => {
    const relay = await openRelay(port, judge);
    try {
      return await use(relay);
    } finally {
      await relay.close();
    }
  });
}

/** Keys of an object and of all within, so that two results can be compared in form. */
function formOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [formOf(value[0])];
  if (typeof value !== 'object' || value === null) return 'null or value';
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, formOf(inner)]));
}

describe.each(ENGINES)('client $client, server $server', ({ client: engine, server }) => {
  const wish = (way: Way): Partial<TestSpec> => ({
    protocol: 'udp',
    direction: way === 'up' ? 'upload' : 'download',
    bytes: PACKETS * 1000,
    length_bytes: 1000,
    rate_bps: 16e6,
    interval_ns: 50 * MS,
  });

  test.each(['up', 'down'] as const)('counts each datagram lost, doubled or overtaken on the way %s', async (way) => {
    const judge: Judge = (at, type, n) => {
      if (at !== way || type !== data) return 1;
      if (n % 10 === 9) return 0;
      if (n % 10 === 4) return 2;
      return n % 20 === 1 ? 'late' : 1;
    };
    await through(server, judge, async (relay) => {
      const result = bandwidthOf(await measure(relay.port, wish(way), { engine }));
      const [flow] = result.flows;
      expect(relay.came(way, data)).toBe(PACKETS);
      expect(result.complete).toBe(true);
      expect(flow).toMatchObject({
        packets_sent: 400,
        packets_received: 360,
        packets_lost: 40,
        loss_ratio: 0.1,
        packets_duplicated: 40,
        packets_reordered: 20,
        bytes_sent: 400_000,
        bytes_received: 360_000,
      });
      const rows = result.intervals.filter(({ stream }) => stream === null);
      expect(rows.reduce((total, row) => total + Number(row.packets_received), 0)).toBe(360);
      // A datagram that is late by one may fall in the next interval, where it is not taken back.
      const lost = rows.reduce((total, row) => total + Number(row.packets_lost), 0);
      expect(lost).toBeGreaterThanOrEqual(39);
      expect(lost).toBeLessThanOrEqual(45);
    });
  });

  test.each(['up', 'down'] as const)('knows that the last datagrams on the way %s never came', async (way) => {
    const judge: Judge = (at, type, n) => (at === way && type === data && n >= 390 ? 0 : 1);
    await through(server, judge, async (relay) => {
      const [flow] = bandwidthOf(await measure(relay.port, wish(way), { engine })).flows;
      expect([flow?.packets_sent, flow?.packets_received, flow?.packets_lost]).toEqual([400, 390, 10]);
    });
  });

  test.each(['up', 'down'] as const)('reports a direction %s in which nothing arrives as all lost', async (way) => {
    const judge: Judge = (at, type) => (at === way && type === data ? 0 : 1);
    await through(server, judge, async (relay) => {
      const [flow] = bandwidthOf(await measure(relay.port, wish(way), { engine })).flows;
      expect(flow).toMatchObject({ packets_sent: 400, packets_received: 0, packets_lost: 400, loss_ratio: 1 });
      expect([flow?.goodput_bps, flow?.bytes_received]).toEqual([0, 0]);
    });
  });

  test('splits the loss of a latency test by direction', async () => {
    const judge: Judge = (way, type, n) => {
      if (way === 'up' && type === probe && n % 10 === 3) return 0;
      if (way === 'down' && type === reply && n % 9 === 8) return 0;
      if (way === 'down' && type === reply && n % 9 === 2) return 2;
      return 1;
    };
    await through(server, judge, async (relay) => {
      const latency = { test: 'latency', protocol: 'udp', duration_ns: 500 * MS, gap_ns: 5 * MS } as const;
      const result = latencyOf(await measure(relay.port, latency, { engine }));
      // 100 probes, 10 lost going up; of 90 answers 10 lost coming down and 10 doubled.
      expect(result).toMatchObject({
        packets_sent: 100,
        packets_received: 80,
        packets_lost: 20,
        packets_lost_up: 10,
        packets_lost_down: 10,
        packets_duplicated: 10,
        packets_reordered: 0,
        loss_ratio: 0.2,
      });
      expect(result.rtt_ns.n).toBe(80);
      expect(result.loss_runs.n).toBeGreaterThan(0);
      expect((result.loss_runs.mean ?? 0) * result.loss_runs.n).toBeCloseTo(20, 6);
    });
  });

  test.each([
    ['hello', 'up', hello],
    ['challenge', 'down', challenge],
    ['prove', 'up', prove],
    ['ready', 'down', ready],
  ] as const)('opens a stream although the first %s was lost', async (_name, way, type) => {
    const judge: Judge = (at, kind, n) => (at === way && kind === type && n < 2 ? 0 : 1);
    await through(server, judge, async (relay) => {
      for (const direction of ['up', 'down'] as const) {
        const document = await measure(relay.port, { ...wish(direction), bytes: 20_000 }, { engine });
        expect([document.complete, bandwidthOf(document).flows[0]?.packets_lost]).toEqual([true, 0]);
      }
      const document = await measure(relay.port, { test: 'latency', duration_ns: 50 * MS }, { engine });
      expect([document.complete, latencyOf(document).packets_lost]).toEqual([true, 0]);
    });
  });

  test('a doubled or garbled handshake opens a stream once', async () => {
    await through(
      server,
      (_way, type) => (type >= hello ? 2 : 1),
      async (relay) => {
        const [flow] = bandwidthOf(await measure(relay.port, wish('up'), { engine })).flows;
        expect([flow?.packets_received, flow?.packets_duplicated]).toEqual([400, 0]);
      },
    );
  });

  test.each(['udp', 'tcp'] as const)('a %s result has the same form as that of the other engine', async (protocol) => {
    const shapes: unknown[] = [];
    for (const pair of [{ client: engine, server }, { client: 'portable', server: 'portable' } as const]) {
      await withServer({ engine: pair.server }, async ({ port }) => {
        const tests: readonly Partial<TestSpec>[] = [
          { protocol, direction: 'bidirectional', streams: 2, duration_ns: 400 * MS, rate_bps: 8e6 },
          { protocol, test: 'latency', duration_ns: 100 * MS },
        ];
        for (const one of tests) {
          const [result] = (await measure(port, one, { engine: pair.client })).tests;
          // TCP_INFO, the device and limits are what only one system knows: whole or `null`.
          const { wire: _wire, ...whole } = result ?? { wire: null };
          const { limited_by: _words, ...rest } = 'limited_by' in whole ? whole : { ...whole, limited_by: [] };
          const flows = 'flows' in rest ? rest.flows.map(({ tcp: _tcp, ...flow }) => flow) : [];
          shapes.push(formOf({ ...rest, flows }));
        }
      });
    }
    expect(shapes.slice(0, 2)).toEqual(shapes.slice(2));
  });
});
