/** Packets a second over loopback, by both engines at either end. */
import { describe, expect, test } from 'vitest';
import { connect } from '../../dist/index.js';
import { bandwidthOf, type EngineName, expectValid, MS, measure, withServer } from '../net/harness.ts';

const ENGINES: readonly { readonly client: EngineName; readonly server: EngineName }[] = [
  { client: 'auto', server: 'auto' },
  { client: 'portable', server: 'portable' },
  { client: 'auto', server: 'portable' },
  { client: 'portable', server: 'auto' },
];
const linux = (engine: EngineName): boolean => engine === 'auto' && process.platform === 'linux';

describe.each(ENGINES)('client $client, server $server', ({ client: engine, server }) => {
  test.each(['upload', 'download', 'bidirectional'] as const)('UDP %s: the receiver counts', async (direction) => {
    await withServer({ engine: server }, async ({ port }) => {
      const wish = { figure: 'packets', direction, streams: 2, rate_bps: 288_000, duration_ns: 500 * MS } as const;
      const result = bandwidthOf(await measure(port, wish, { engine }));
      expect(result.complete).toBe(true);
      expect(result.config).toMatchObject({ figure: 'packets', protocol: 'udp', length_bytes: 36 });
      expect(result.ip_packet_bytes).toBe(64);
      expect(result.flows).toHaveLength(direction === 'bidirectional' ? 2 : 1);
      for (const flow of result.flows) {
        // 288 kbit/s in datagrams of 36 octets are 500 at most; a busy host sends fewer.
        const sent = flow.packets_sent ?? Number.NaN;
        expect(sent).toBeGreaterThan(0);
        expect(sent).toBeLessThanOrEqual(510);
        const received = flow.packets_received ?? Number.NaN;
        expect(flow.packets_per_s).toBeCloseTo((received * 1e9) / flow.duration_ns, 3);
        expect(flow.sent_packets_per_s).toBeGreaterThan(0);
        expect(flow.packets_lost).toBe(sent - received);
      }
    });
  });

  test.each(['upload', 'download'] as const)(
    'TCP %s: segments are counted where the kernel counts',
    async (direction) => {
      await withServer({ engine: server }, async ({ port }) => {
        const wish = { figure: 'packets', protocol: 'tcp', direction, duration_ns: 400 * MS } as const;
        const result = bandwidthOf(await measure(port, { ...wish, interval_ns: 100 * MS }, { engine }));
        const [flow] = result.flows;
        const [sender, receiver] = direction === 'upload' ? [engine, server] : [server, engine];
        expect([result.complete, flow?.packets_lost, flow?.loss_ratio]).toEqual([true, null, null]);
        if (!linux(receiver)) return expect([flow?.packets_received, flow?.packets_per_s]).toEqual([null, null]);
        const received = flow?.packets_received ?? Number.NaN;
        expect(received).toBeGreaterThan(0);
        expect(flow?.packets_per_s).toBeGreaterThan(0);
        const rows = result.intervals.filter((row) => !row.omitted && row.stream === null);
        expect(rows.reduce((sum, row) => sum + Number(row.packets_received), 0)).toBe(received);
        // With MSG_EOR no segment has more than one write of 12 octets.
        if (linux(sender)) expect((flow?.bytes_received ?? 0) / received).toBeLessThanOrEqual(12.5);
      });
    },
  );

  test('two paths are compared by packets a second', async () => {
    await withServer({ engine: server, addresses: ['127.0.0.1', '127.0.0.2'] }, async ({ port }) => {
      const tests = [{ figure: 'packets', duration_ns: 100 * MS, rate_bps: 2_880_000 } as const];
      const document = await connect({ host: '127.0.0.1', via: ['127.0.0.2'], port, tests, rounds: 3, engine });
      expectValid(document);
      expect(document.overhead).toHaveLength(1);
      expect(document.overhead[0]).toMatchObject({
        figure: 'packets',
        protocol: 'udp',
        rounds: 3,
        ceiling_ratio: null,
      });
      const ratio = document.overhead[0]?.packets_ratio ?? Number.NaN;
      expect(ratio).toBeGreaterThan(0.5);
      expect(ratio).toBeLessThan(2);
    });
  });
});
