/** `--max-rate` and `--max-clients` bind whoever does not keep to what was agreed. */
import type { Socket as Datagrams } from 'node:dgram';
import { describe, expect, test } from 'vitest';
import type { TestSpec } from '../../dist/index.js';
import { DATAGRAM_TYPE } from '../../src/wire/datagram.ts';
import { bandwidthOf, hasSecondLoopback, latencyOf, MS, measure, withServer } from './harness.ts';
import { ScriptedClient } from './scripted-client.ts';

const RATE = 8e6;
const LIMITS = { max_clients: 64, max_rate_bps: RATE, max_duration_ns: null, max_streams: 128 };

async function started(port: number, wish: Partial<TestSpec>) {
  const client = await ScriptedClient.connect(port);
  await client.until('welcome');
  const { token, spec } = await client.open(wish);
  return { client, token, spec };
}

/** Sends 2000 datagrams of a stream, `perMs` at a time. */
function flood(socket: Datagrams, type: number, token: Uint8Array, bytes: number, perMs: number): () => void {
  const out = new Uint8Array(bytes);
  out.set([0x77, type, 0, 0]);
  out.set(token, 4);
  const view = new DataView(out.buffer);
  let sequence = 0;
  const begun = performance.now();
  const timer = setInterval(() => {
    // By the clock: timers are late where much runs.
    while (sequence < Math.min(2000, perMs * (performance.now() - begun))) {
      view.setUint32(16, sequence++);
      socket.send(out.slice(), () => {});
    }
  }, 1);
  return () => clearInterval(timer);
}

describe.each(['auto', 'portable'] as const)('the rate of what comes in, %s', (engine) => {
  test('a client that writes TCP as fast as it can gets its rate, and no more', async () => {
    await withServer({ engine, limits: LIMITS }, async ({ port }) => {
      const { client, token, spec } = await started(port, { duration_ns: 60_000 * MS, streams: 2 });
      expect(spec.rate_bps).toBe(RATE);
      const sockets = [await client.openTcpStream(token, 0), await client.openTcpStream(token, 1)];
      const chunk = new Uint8Array(65_536);
      for (const socket of sockets) {
        const push = (error?: Error | null): void => {
          if (!error) socket.write(chunk, push);
        };
        push();
      }
      await client.start();
      await new Promise((resolve) => setTimeout(resolve, 1500));
      client.stop();
      const { result } = await client.until('result');
      client.kill();
      const bytes = result.received.map((one) => one.bytes);
      const seconds = Math.max(...result.received.map((one) => one.window_ns)) / 1e9;
      const bps = (bytes.reduce((sum, one) => sum + one, 0) * 8) / seconds;
      // Node reads up to 64 KiB of a stream before it can wait for them to be paid.
      expect(bps).toBeLessThan(RATE * 1.01 + (engine === 'portable' ? (2 * 65_536 * 8) / seconds : 0));
      expect(bps).toBeGreaterThan(RATE * 0.8);
    });
  });

  test.each([
    ['datagrams', { protocol: 'udp', length_bytes: 1000 }, DATAGRAM_TYPE.data],
    ['probes', { test: 'latency', protocol: 'udp', length_bytes: 1000, gap_ns: 1 * MS }, DATAGRAM_TYPE.probe],
  ] as const)('a client that sends too many %s is told so and cut off', async (_name, wish, type) => {
    await withServer({ engine, limits: LIMITS }, async ({ port }) => {
      const { client, token } = await started(port, { ...wish, duration_ns: 60_000 * MS });
      const socket = await client.openUdpStream(token, 0);
      await client.start();
      const cease = flood(socket, type, token, 1000, 3);
      const reason = await client.closed;
      cease();
      client.kill();
      expect(reason).toBe('the client sent more than the 8 Mbit/s that it was granted: its test is ended');
    });
  });

  test('clients that keep to it are let be', async () => {
    await withServer({ engine, limits: LIMITS }, async ({ port }) => {
      for (const protocol of ['tcp', 'udp'] as const) {
        const wish = { protocol, direction: 'bidirectional', streams: 2, duration_ns: 1000 * MS } as const;
        const result = bandwidthOf(await measure(port, wish, { engine }));
        expect(result.complete).toBe(true);
        expect(result.warnings).toEqual([]);
        for (const flow of result.flows) expect(flow.bytes_received).toBeGreaterThan(0.6e6);
      }
      const wish = { test: 'latency', protocol: 'tcp', length_bytes: 1000, gap_ns: 0.5 * MS } as const;
      const probes = latencyOf(await measure(port, { ...wish, duration_ns: 500 * MS }, { engine }));
      expect(probes.clipped).toEqual([{ field: 'gap_ns', asked: 0.5 * MS, granted: 1 * MS }]);
      expect([probes.complete, probes.packets_sent, probes.packets_lost]).toEqual([true, 500, 0]);
    });
  });
});

describe('places', () => {
  const OPEN = { ...LIMITS, max_rate_bps: null };

  test('where a rate is held, the clients of one address come one after the other', async () => {
    await withServer({ limits: LIMITS }, async ({ port }) => {
      const first = await ScriptedClient.connect(port);
      await first.until('welcome');
      const second = await ScriptedClient.connect(port);
      expect((await second.until('queued')).place).toBe(1);
      first.bye();
      await second.until('welcome');
      second.bye();
    });
  });

  test.skipIf(!hasSecondLoopback)('ids that one address makes up leave room for another address', async () => {
    await withServer({ limits: { ...OPEN, max_clients: 4 } }, async ({ port }) => {
      const made = await Promise.all(Array.from({ length: 6 }, () => ScriptedClient.connect(port)));
      const other = await ScriptedClient.connect(port, { wait: false, localAddress: '127.0.0.2' });
      await other.until('welcome');
      const hasty = await ScriptedClient.connect(port, { wait: false });
      expect(await hasty.closed).toMatch(/busy with 3 of 4 clients, as many of your address as it lets in$/);
      for (const client of [...made, other]) client.bye();
    });
  });

  test('connections that share an id have one test at a time', async () => {
    await withServer({ limits: OPEN }, async ({ port }) => {
      const clientId = 'ab'.repeat(16);
      const [one, two] = [
        await ScriptedClient.connect(port, { clientId }),
        await ScriptedClient.connect(port, { clientId }),
      ];
      await one.until('welcome');
      await two.until('welcome');
      await one.open({ duration_ns: 60_000 * MS });
      await two.open({ duration_ns: 60_000 * MS }).catch(() => {});
      expect(await two.closed).toBe('another test of this client is not over');
      one.bye();
    });
  });
});
