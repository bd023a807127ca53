/** The trace from a server to its client on loopback: to whom it goes, and how much it sends whatever the client does. */
import type { Socket as Datagrams } from 'node:dgram';
import { describe, expect, test } from 'vitest';
import { probe } from '../../dist/index.js';
import { NetError } from '../../src/core/errors.ts';
import type { ServerEvent } from '../../src/core/shapes/events.ts';
import type { TraceResult } from '../../src/core/shapes/path/trace.ts';
import type { TraceAsk } from '../../src/core/shapes/path/trace-back.ts';
import { completeSpec } from '../../src/measure/test-defaults.ts';
import { StreamKey } from '../../src/wire/datagram.ts';
import { answerHopProbe } from '../../src/wire/probe/trace-probe.ts';
import { MS, withServer } from './harness.ts';
import { ScriptedClient } from './scripted-client.ts';
import { openScriptedServer } from './scripted-server.ts';

const ASK: TraceAsk = { max_hops: 5, probes: 2 };
const LATENCY = completeSpec({ test: 'latency', protocol: 'udp', duration_ns: 60_000 * MS });
const linux = process.platform === 'linux';
if (!linux) console.warn('skipped: a trace needs Linux');

async function traceOf(port: number): Promise<TraceResult> {
  const document = await probe({
    target: { name: '127.0.0.1', port },
    server: { secret: null, wait: true },
    tests: [{ test: 'trace', protocol: 'tcp', both: true, names: false }],
  });
  const [result] = document.tests;
  if (result?.test !== 'trace') throw new Error('no result');
  return result;
}

/** Answers the probes of a stream, or not. @returns how many octets came */
function countProbes(socket: Datagrams, token: Uint8Array, isAnswering: boolean): { octets: number; probes: number } {
  const key = new StreamKey(token, 0);
  const count = { octets: 0, probes: 0 };
  socket.on('message', (bytes) => {
    count.octets += bytes.length;
    if (!answerHopProbe(key, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), bytes.length)) return;
    count.probes++;
    if (isAnswering) socket.send(bytes);
  });
  return count;
}

describe.skipIf(!linux)('what a server traces', () => {
  test.for([true, false])('no more probes than were asked for; the client answers: %s', async (isAnswering) => {
    await withServer({}, async ({ port }) => {
      const client = await ScriptedClient.connect(port);
      const { welcome } = await client.until('welcome');
      expect(welcome.trace_back).toBe(true);
      const { token } = await client.openAny(LATENCY, ASK);
      const socket = await client.openUdpStream(token, 0);
      const { port: local } = socket.address();
      const count = countProbes(socket, token, isAnswering);
      await client.start();
      await client.until('sent');
      client.stop();
      const { trace } = (await client.until('result')).result;
      const sent = trace?.hops.reduce((sum, { probes_sent }) => sum + probes_sent, 0) ?? 0;
      client.kill();
      expect(trace).toMatchObject({ complete: true, reached: isAnswering, source: { port } });
      expect(trace?.client).toEqual({ address: '127.0.0.1', port: local });
      expect(count.probes).toBeGreaterThan(0);
      expect(count.probes).toBeLessThanOrEqual(ASK.max_hops * ASK.probes);
      expect(count.octets).toBe(count.probes * 28);
      if (isAnswering) expect(sent).toBe(ASK.probes);
    });
  });

  test('nothing to another address than that of the control connection, and it says so', async () => {
    await withServer({}, async ({ port }) => {
      const client = await ScriptedClient.connect(port);
      await client.until('welcome');
      const { token } = await client.openAny(LATENCY, ASK);
      const opened = client.openUdpStream(token, 0, '127.0.0.2');
      opened.catch(() => {});
      expect(await client.closed).toBe(
        'a trace back goes to 127.0.0.1, which asked for it; the datagrams come from 127.0.0.2',
      );
    });
  });

  test('only in a latency test over UDP with one stream', async () => {
    await withServer({}, async ({ port }) => {
      for (const wish of [{ test: 'bandwidth' }, { protocol: 'tcp' }, { streams: 2 }] as const) {
        const client = await ScriptedClient.connect(port);
        await client.until('welcome');
        await expect(client.openAny({ ...LATENCY, ...wish }, ASK)).rejects.toThrow(
          /a trace back is part of a latency test/,
        );
      }
    });
  });

  test('a client that asks again and again is ended', async () => {
    await withServer({}, async ({ port }) => {
      const client = await ScriptedClient.connect(port);
      await client.until('welcome');
      let traces = 0;
      const often = async (): Promise<void> => {
        for (; traces < 200; traces++) {
          const { token } = await client.openAny(LATENCY, { max_hops: 1, probes: 1 });
          const socket = await client.openUdpStream(token, 0);
          countProbes(socket, token, true);
          await client.start();
          await client.until('sent');
          client.stop();
          await client.until('result');
          socket.close();
        }
      };
      await expect(often()).rejects.toThrow(/more messages on its control connection/);
      // 128 messages at once, and 20 a second; three for each trace.
      expect(traces).toBeGreaterThan(20);
      expect(traces).toBeLessThan(150);
    });
  });
});

describe.skipIf(!linux)('what a client makes of it', () => {
  test('one hop back on loopback, and what the operator of the server is told', async () => {
    const told: unknown[] = [];
    const onEvent = (event: ServerEvent): void => {
      if (event.tag === 'test-started') told.push(event.trace_back);
      if (event.tag === 'test-ended') told.push(event.summary);
      if (event.tag === 'interval') told.push('a row');
    };
    await withServer({ onEvent }, async ({ port }) => {
      const { back, hop_count } = await traceOf(port);
      expect(hop_count).toBe(1);
      expect(back).toMatchObject({
        complete: true,
        reached: true,
        hop_count: 1,
        source: { port },
        address: '127.0.0.1',
      });
      expect(back?.hops[0]).toMatchObject({ probes_sent: 3, probes_received: 3, status: 'target' });
    });
    expect(told).toEqual([true, 'a trace to the client: 1 hop']);
  });

  test.each([
    ['with as many probes a hop as it has rounds', 2, null, { complete: true, reached: true, error: null }],
    ['also when it is stopped after that', null, 'test-ended', { complete: true, reached: true, error: null }],
    ['and is not whole when it is stopped before', null, 'client-connected', { error: { code: 'ERR_ABORTED' } }],
  ] as const)('mtr has it once, %s', async (_, count, stopAt, expected) => {
    const stop = new AbortController();
    const onEvent = ({ tag }: ServerEvent): void => {
      if (tag === stopAt) stop.abort(new NetError('ERR_ABORTED', 'stopped'));
    };
    await withServer({ onEvent }, async ({ port }) => {
      const document = await probe({
        target: { name: '127.0.0.1', port },
        server: { secret: null, wait: true },
        tests: [{ test: 'mtr', protocol: 'tcp', both: true, names: false, gap_ns: 20 * MS, count }],
        signal: stop.signal,
      });
      const [result] = document.tests;
      if (result?.test !== 'mtr') throw new Error('no result');
      expect(result.back).toMatchObject(expected);
      const isWhole = expected.error === null;
      expect([result.complete, document.complete]).toEqual([isWhole, isWhole]);
      if (isWhole) expect(result.back?.hops).toMatchObject([{ probes_sent: count ?? 10, status: 'target' }]);
    });
  });

  test('a server without the Linux engine is a sentence, and the trace there stands', async () => {
    await withServer({ engine: 'portable' }, async ({ port }) => {
      const { back, complete, reached } = await traceOf(port);
      expect([complete, reached]).toEqual([true, true]);
      expect(back).toMatchObject({ hops: [], reached: false, error: { code: 'ERR_UNSUPPORTED' } });
      expect(back?.error?.message).toMatch(/^the server has no Linux engine/);
    });
  });

  test('so is an older one', async () => {
    const server = await openScriptedServer({ dieAt: null, older: true });
    const { back, complete } = await traceOf(server.port);
    await server.close();
    expect([complete, back?.error?.code]).toEqual([true, 'ERR_UNSUPPORTED']);
    expect(back?.error?.message).toBe('winze scripted of the server does not trace, update it');
  });

  test('so is one that ends in the midst of it', async () => {
    const server = await openScriptedServer({ dieAt: 'accepted' });
    const { back, complete } = await traceOf(server.port);
    expect(complete).toBe(true);
    expect(back?.error).not.toBeNull();
  });
});
