/** Probes of the path MTU on loopback: what a server answers, to whom, and what a client makes of servers that do not. */
import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { probe } from '../../dist/index.js';
import type { MtuResult } from '../../src/core/shapes/path/mtu.ts';
import { StreamKey } from '../../src/wire/datagram.ts';
import { type MtuAnswer, readMtuAnswer, writePaddedProbe } from '../../src/wire/probe/mtu-probe.ts';
import { MS, withServer } from './harness.ts';
import { ScriptedClient } from './scripted-client.ts';
import { openScriptedServer } from './scripted-server.ts';

const LATENCY = {
  test: 'latency',
  protocol: 'udp',
  length_bytes: 1400,
  gap_ns: 10 * MS,
  duration_ns: 60_000 * MS,
} as const;
const linux = process.platform === 'linux';
if (!linux) console.warn('skipped: the path MTU needs Linux');

async function mtuOf(port: number, more: object = {}): Promise<MtuResult> {
  const document = await probe({
    target: { name: '127.0.0.1', port },
    server: { secret: null, wait: true },
    tests: [{ test: 'mtu' }],
    ...more,
  });
  const [result] = document.tests;
  if (result?.test !== 'mtu') throw new Error('no result');
  return result;
}

function padded(token: Uint8Array, bytes: number, answerBytes: number, sequence = 1): Uint8Array {
  const probe = new Uint8Array(bytes);
  writePaddedProbe(new DataView(probe.buffer), 0, token, { sequence, answerBytes }, 0);
  return probe;
}

/** What comes in the time. */
async function received(socket: Datagrams, ms: number): Promise<readonly Uint8Array[]> {
  const all: Uint8Array[] = [];
  const keep = (bytes: Uint8Array): void => void all.push(bytes);
  socket.on('message', keep);
  await sleep(ms);
  socket.off('message', keep);
  return all;
}

function answersIn(
  messages: readonly Uint8Array[],
  token: Uint8Array,
): readonly (MtuAnswer & { readonly bytes: number })[] {
  const key = new StreamKey(token, 0);
  return messages.flatMap((bytes) => {
    const answer = readMtuAnswer(key, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
    return answer === undefined ? [] : [{ ...answer, bytes: bytes.length }];
  });
}

describe.skipIf(!linux)('what a server answers', () => {
  async function opened(port: number): Promise<{ client: ScriptedClient; token: Uint8Array; socket: Datagrams }> {
    const client = await ScriptedClient.connect(port);
    const { welcome } = await client.until('welcome');
    expect(welcome.mtu_probes).toBe(true);
    const { token } = await client.openAny({ ...(await spec()), ...LATENCY });
    const socket = await client.openUdpStream(token, 0);
    await client.start();
    return { client, token, socket };
  }
  const spec = async () => (await import('../../src/measure/test-defaults.ts')).completeSpec(LATENCY);

  test('as long as was asked, and never longer than the test', async () => {
    await withServer({}, async ({ port }) => {
      const { client, token, socket } = await opened(port);
      const came = received(socket, 400);
      for (const [sequence, bytes, wanted] of [
        [1, 1400, 0],
        [2, 52, 1400],
        [3, 52, 51],
        [4, 52, 1401],
        [5, 52, 65_535],
        [6, 51, 1400],
      ] as const) {
        socket.send(padded(token, Math.max(bytes, 52), wanted, sequence).subarray(0, bytes));
      }
      const answers = answersIn(await came, token);
      client.kill();
      expect(answers.map(({ sequence, bytes, receivedBytes }) => [sequence, bytes, receivedBytes])).toEqual([
        [1, 52, 1400],
        [2, 1400, 52],
        [3, 52, 52],
      ]);
    });
  });

  test('no more than the rate that was granted, however many probes ask', async () => {
    await withServer({}, async ({ port }) => {
      const { client, token, socket } = await opened(port);
      const came = received(socket, 1200);
      for (let i = 0; i < 1000; i++) socket.send(padded(token, 52, 1400, i));
      const answers = answersIn(await came, token);
      client.kill();
      const beyond = answers.reduce((sum, { bytes }) => sum + bytes - 52, 0);
      // 1400 octets in 10 ms, and 32 KiB at once.
      expect(beyond).toBeLessThanOrEqual(32 * 1024 + 1400 + 1.2 * 140_000);
      expect(beyond).toBeGreaterThan(30_000);
    });
  });

  test('nothing of what other clients sent is in the padding', async () => {
    await withServer({}, async ({ port }) => {
      const other = await opened(port);
      for (let i = 0; i < 50; i++) other.socket.send(Buffer.alloc(1400, 'SECRET'));
      const { client, token, socket } = await opened(port);
      const came = received(socket, 300);
      socket.send(padded(token, 52, 1400));
      const answer = (await came).find((bytes) => bytes.length > 100);
      client.kill();
      other.client.kill();
      expect(answer?.length).toBe(1400);
      expect(Buffer.from(answer ?? []).includes('SECRET')).toBe(false);
    });
  });

  test('silence to an address that has proven nothing, with the right token or another', async () => {
    await withServer({}, async ({ port }) => {
      const { client, token } = await opened(port);
      const stranger = createSocket('udp4');
      stranger.connect(port, '127.0.0.1');
      await once(stranger, 'connect');
      stranger.on('error', () => {});
      const came = received(stranger, 300);
      for (const one of [token, new Uint8Array(8)]) {
        stranger.send(padded(one, 1400, 0));
        stranger.send(padded(one, 52, 1400));
      }
      expect(await came).toEqual([]);
      stranger.close();
      client.kill();
    });
  });
});

describe.skipIf(!linux)('-t mtu', () => {
  test('against a server on loopback, also behind a secret and a rate limit', async () => {
    const secret = new TextEncoder().encode('correct horse battery');
    const limits = { max_clients: 1, max_rate_bps: 10e6, max_duration_ns: null, max_streams: 1 };
    await withServer({ secret, limits }, async ({ port }) => {
      const result = await mtuOf(port, { server: { secret, wait: false } });
      const whole = { path_mtu_bytes: 65_535, verdict: 'whole' };
      expect(result).toMatchObject({ complete: true, path_mtu_bytes: 65_535, forward: whole, backward: whole });
      await expect(mtuOf(port)).rejects.toMatchObject({ code: 'ERR_REFUSED' });
    });
  });

  test('the segments of TCP at both ends', async () => {
    await withServer({}, async ({ port }) => {
      const { tcp } = await mtuOf(port, { tests: [{ test: 'mtu', protocol: 'tcp' }] });
      expect(tcp).toMatchObject({ advertised_mss_bytes: 65_483, rewritten: null });
      expect(tcp?.peer_mss_bytes).toBeGreaterThan(1000);
    });
  });

  test('a server on the portable engine is refused in a sentence', async () => {
    await withServer({ engine: 'portable' }, async ({ port }) => {
      const message = expect.stringMatching(
        /no Linux engine.*winze -x 127\.0\.0\.1 -t mtu finds the direction from here/,
      );
      await expect(mtuOf(port)).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED', message });
    });
  });

  test.each(['welcome', 'accepted', 'running'] as const)(
    'a server that dies at %s is told, and leaves nothing open',
    async (dieAt) => {
      const server = await openScriptedServer({ dieAt });
      await expect(mtuOf(server.port, { connect_timeout_ns: 2000 * MS })).rejects.toMatchObject({ name: 'NetError' });
      await server.close();
    },
  );

  test('Ctrl-C gives what was found so far', async () => {
    const stop = new AbortController();
    const port = createSocket('udp4');
    port.bind(0, '127.0.0.1');
    await once(port, 'listening');
    setTimeout(() => stop.abort(), 300);
    // It takes datagrams, and answers none.
    const result = await mtuOf(port.address().port, { server: null, signal: stop.signal });
    port.close();
    expect(result).toMatchObject({ complete: false, error: { code: 'ERR_ABORTED' }, path_mtu_bytes: null });
    expect(result.duration_ns).toBeLessThan(2000 * MS);
  });
});
