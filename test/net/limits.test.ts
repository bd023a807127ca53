/** What a server allows, who may come in, and how a run ends early. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type ClientEvent, connect, type ServerEvent, serve, type TestSpec } from '../../dist/index.js';
import { DATAGRAM_TYPE, encodeStreamHandshake, STREAM_HANDSHAKE_BYTES } from '../../src/wire/datagram.ts';
import { messageOf, plainOctets } from '../support/control-frames.ts';
import { bandwidthOf, eventually, expectValid, latencyOf, MS, measure, withServer } from './harness.ts';
import { type Meddle, openRelay } from './relay.ts';
import { ScriptedClient } from './scripted-client.ts';

const OPEN = { max_clients: 64, max_rate_bps: null, max_duration_ns: null, max_streams: 128 };
const secret = new TextEncoder().encode('correct horse battery');

describe.each(['auto', 'portable'] as const)('limits, %s', (engine) => {
  test('cut down what is too much, and say so', async () => {
    const limits = { ...OPEN, max_rate_bps: 8e6, max_duration_ns: 200 * MS, max_streams: 2 };
    await withServer({ engine, limits }, async ({ port }) => {
      for (const direction of ['upload', 'download'] as const) {
        const wish = { direction, streams: 5, rate_bps: 50e6, duration_ns: 3000 * MS } as const;
        const result = bandwidthOf(await measure(port, wish, { engine }));
        expect(result.clipped).toEqual([
          { field: 'streams', asked: 5, granted: 2 },
          { field: 'rate_bps', asked: 50e6, granted: 8e6 },
          { field: 'duration_ns', asked: 3000 * MS, granted: 200 * MS },
        ]);
        expect(result.config).toMatchObject({ streams: 2, rate_bps: 8e6, duration_ns: 200 * MS });
        const [flow] = result.flows;
        expect(flow?.streams).toHaveLength(2);
        expect(flow?.bytes_sent).toBeLessThan(0.25e6);
        expect([result.complete, (flow?.duration_ns ?? 0) < 400 * MS]).toEqual([true, true]);
      }
    });
  });

  test('bound what asked for no bound', async () => {
    const limits = { ...OPEN, max_rate_bps: 8e6, max_duration_ns: 200 * MS };
    await withServer({ engine, limits }, async ({ port }) => {
      const endless = bandwidthOf(await measure(port, { rate_bps: null, duration_ns: null }, { engine }));
      expect(endless.clipped).toEqual([
        { field: 'rate_bps', asked: null, granted: 8e6 },
        { field: 'duration_ns', asked: null, granted: 200 * MS },
      ]);
      // 8 Mbit/s for 0.2 s are 200,000 bytes.
      const large = bandwidthOf(await measure(port, { bytes: 1e12 }, { engine }));
      expect(large.clipped).toContainEqual({ field: 'bytes', asked: 1e12, granted: 200_000 });
      expect(large.flows[0]?.bytes_received).toBe(200_000);
    });
  });

  test('bound bytes without a rate by the longest time', async () => {
    await withServer({ engine, limits: { ...OPEN, max_duration_ns: 200 * MS } }, async ({ port }) => {
      for (const protocol of ['tcp', 'udp'] as const) {
        const document = await measure(port, { protocol, bytes: 1e15 }, { engine });
        const result = bandwidthOf(document);
        expect([result.complete, result.config.duration_ns]).toEqual([true, 200 * MS]);
        expect(result.clipped).toEqual([{ field: 'duration_ns', asked: null, granted: 200 * MS }]);
      }
    });
  });

  test('count the warm-up as time', async () => {
    await withServer({ engine, limits: { ...OPEN, max_duration_ns: 200 * MS } }, async ({ port }) => {
      const begun = performance.now();
      const result = bandwidthOf(await measure(port, { duration_ns: 100 * MS, warmup_ns: 30_000 * MS }, { engine }));
      expect(performance.now() - begun).toBeLessThan(5000);
      expect(result.config.warmup_ns + Number(result.config.duration_ns)).toBeLessThanOrEqual(200 * MS);
    });
  });

  test('leave alone what is within them', async () => {
    const limits = { max_clients: 1, max_rate_bps: 8e6, max_duration_ns: 300 * MS, max_streams: 2 };
    await withServer({ engine, limits }, async ({ port }) => {
      const result = bandwidthOf(await measure(port, { rate_bps: 8e6, duration_ns: 100 * MS, streams: 2 }, { engine }));
      expect(result.clipped).toEqual([]);
    });
  });
});

describe('the queue of a busy server', () => {
  const limits = { ...OPEN, max_clients: 1 };

  test('tells the second client its place, and serves it next', async () => {
    const events: ServerEvent[] = [];
    await withServer({ limits, onEvent: (event) => events.push(event) }, async ({ port }) => {
      const first = await ScriptedClient.connect(port);
      await first.until('welcome');
      const heard: ClientEvent[] = [];
      const second = measure(port, { duration_ns: 50 * MS }, { onEvent: (event) => heard.push(event) });
      await eventually('second is queued', () => heard.some((event) => event.tag === 'queued'));
      expect(heard).toEqual([{ tag: 'queued', path: '127.0.0.1', place: 1 }]);
      const third = await ScriptedClient.connect(port);
      expect((await third.until('queued')).place).toBe(2);
      first.bye();
      expect((await third.until('queued')).place).toBe(1);
      const document = await second;
      expect(document.complete).toBe(true);
      await third.until('welcome');
      third.bye();
      expect(events.filter((event) => event.tag === 'client-queued').map((event) => event.place)).toEqual([1, 2]);
    });
  });

  test('refuses who does not want to wait', async () => {
    await withServer({ limits }, async ({ port }) => {
      const first = await ScriptedClient.connect(port);
      await first.until('welcome');
      await expect(connect({ host: '127.0.0.1', port, wait: false })).rejects.toMatchObject({
        code: 'ERR_REFUSED',
        message: expect.stringMatching(/busy/),
      });
      first.bye();
    });
  });

  test('lets go of one who gives up while waiting', async () => {
    const events: ServerEvent[] = [];
    await withServer({ limits, onEvent: (event) => events.push(event) }, async ({ port }) => {
      const first = await ScriptedClient.connect(port);
      await first.until('welcome');
      const controller = new AbortController();
      const onEvent = (event: ClientEvent): void => {
        if (event.tag === 'queued') controller.abort();
      };
      const waiting = connect({ host: '127.0.0.1', port, signal: controller.signal, onEvent });
      await expect(waiting).rejects.toMatchObject({ code: 'ERR_ABORTED' });
      await eventually('the server saw it go', () => events.some((event) => event.tag === 'client-refused'));
      const third = await ScriptedClient.connect(port);
      expect((await third.until('queued')).place).toBe(1);
      first.bye();
      await third.until('welcome');
      third.bye();
    });
  });
});

describe('the shared secret', () => {
  test.each(['auto', 'portable'] as const)('opens the server to who knows it (%s)', async (engine) => {
    await withServer({ engine, secret }, async ({ port }) => {
      const tests: readonly Partial<TestSpec>[] = [
        { duration_ns: 200 * MS },
        { protocol: 'udp', duration_ns: 200 * MS, rate_bps: 8e6, direction: 'bidirectional' },
        { test: 'latency', duration_ns: 200 * MS },
      ];
      const document = await connect({ host: '127.0.0.1', port, secret, engine, tests });
      expectValid(document);
      expect([document.complete, document.error]).toEqual([true, null]);
      for (const flow of bandwidthOf(document, 1).flows) expect(flow.packets_lost).toBe(0);
      expect(latencyOf(document, 2).packets_lost).toBe(0);
    });
  });

  test.each([
    ['wrong', 'other horse battery', secret, /wrong/],
    ['missing', null, secret, /asks for a secret/],
    ['not known to the server', 'correct horse battery', null, /no secret to prove/],
  ])('refuses when it is %s', async (_name, mine, theirs, message) => {
    const events: ServerEvent[] = [];
    await withServer({ secret: theirs, onEvent: (event) => events.push(event) }, async ({ port }) => {
      const own = mine === null ? null : new TextEncoder().encode(mine);
      await expect(connect({ host: '127.0.0.1', port, secret: own })).rejects.toMatchObject({
        code: 'ERR_REFUSED',
        message: expect.stringMatching(message),
      });
      await eventually('the server saw it go', () => events.some((event) => event.tag === 'client-refused'));
      expect(events.some((event) => event.tag === 'client-connected')).toBe(false);
    });
  });

  test('of fewer than 16 octets is refused at both ends', async () => {
    const short = secret.slice(0, 15);
    const want = { code: 'ERR_USAGE', message: 'a secret has 16 bytes or more, this has 15' };
    await expect(serve({ port: 0, secret: short })).rejects.toMatchObject(want);
    await expect(connect({ host: '127.0.0.1', secret: short })).rejects.toMatchObject(want);
  });

  test.each([
    [null, true],
    [secret, false],
  ])('keeps somebody on the path from a better result (%s)', async (shared, taken) => {
    await withServer({ secret: shared }, async ({ port }) => {
      // Every figure "bytes" of the server's result grows, and no length changes.
      const grow: Meddle = (way, octets) => {
        const text = Buffer.from(octets).toString('latin1');
        if (way === 'up' || !text.includes('"type":"result"')) return octets;
        return Buffer.from(text.replace(/"bytes":\d/g, '"bytes":9'), 'latin1');
      };
      const relay = await openRelay(port, () => 1, grow);
      const tests = [{ bytes: 100_000 }];
      const document = await connect({ host: '127.0.0.1', port: relay.port, secret: shared, tests });
      await relay.close();
      expect(document.complete).toBe(taken);
      if (taken) {
        expect(bandwidthOf(document).flows[0]?.bytes_received).toBe(900_000);
        expect(document.tests[0]?.warnings).toEqual([
          'upload: stream 0 received 900000 bytes of 100000 sent: an end miscounts, or somebody joined in',
        ]);
      } else expect(document.error?.message).toMatch(/^frame \d+ of the server is not authentic: altered/);
    });
  });

  test('a recorded proof opens nothing later', async () => {
    await withServer({ secret }, async ({ port }) => {
      const client = await ScriptedClient.connect(port, { secret });
      await client.until('welcome');
      const replayed = await ScriptedClient.replay(port, client.sent);
      expect(await replayed.closed).toMatch(/secret is missing or wrong/);
      client.bye();
    });
  });
});

describe('another version of the protocol', () => {
  /** What a client of version `digit` is told first, and what the server says of it. */
  async function greeted(digit: number, shared: Uint8Array | null) {
    const events: ServerEvent[] = [];
    return withServer({ secret: shared, onEvent: (event) => events.push(event) }, async ({ port }) => {
      const old = connectSocket(port, '127.0.0.1');
      old.write(`winze/${digit}C`);
      old.write(plainOctets({ type: 'hello', protocol: digit, version: '0.0.9', nonce: '0'.repeat(64) }));
      const [answer] = await once(old, 'data');
      old.destroy();
      return { answer: messageOf(answer), reasons: events.flatMap((one) => ('reason' in one ? [one.reason] : [])) };
    });
  }

  test('is spoken if it is 1, without a secret', async () => {
    expect((await greeted(1, null)).answer).toMatchObject({ type: 'challenge', protocol: 1, auth: 'none' });
  });

  test.each([
    [1, secret, 'protocol 1 authenticates no message, and this server has a secret: update winze of the client'],
    [3, null, 'protocol 3 is not spoken here: update winze of the server'],
  ])('is refused in a frame that it understands: %d', async (digit, shared, message) => {
    const { answer, reasons } = await greeted(digit, shared);
    expect(answer).toEqual({ type: 'error', code: 'protocol', message });
    expect(reasons).toEqual([message]);
  });
});

describe.each(['auto', 'portable'] as const)('strangers at the UDP port, %s', (engine) => {
  test('get no answer without the token of a test, and none larger than they sent', async () => {
    await withServer({ engine }, async ({ port }) => {
      const client = await ScriptedClient.connect(port);
      await client.until('welcome');
      const { token } = await client.open({ protocol: 'udp', duration_ns: 500 * MS, rate_bps: 1e6 });
      const stranger = createSocket('udp4');
      const answers: Uint8Array[] = [];
      stranger.on('message', (bytes) => answers.push(bytes));
      const send = (bytes: Uint8Array) =>
        new Promise<void>((resolve) => stranger.send(bytes, port, '127.0.0.1', () => resolve()));
      const cookie = new Uint8Array(16);
      const wrong = token.map((octet) => octet ^ 1);
      for (const type of Object.values(DATAGRAM_TYPE)) {
        await send(encodeStreamHandshake({ type, stream: 0, token: wrong, cookie }));
        await send(encodeStreamHandshake({ type, stream: 77, token, cookie }));
        await send(encodeStreamHandshake({ type, stream: 0, token, cookie }).subarray(0, STREAM_HANDSHAKE_BYTES - 1));
      }
      // With the token, a hello is answered by a challenge of the same size; a made-up cookie by nothing.
      await send(encodeStreamHandshake({ type: DATAGRAM_TYPE.prove, stream: 0, token, cookie }));
      await send(encodeStreamHandshake({ type: DATAGRAM_TYPE.hello, stream: 0, token, cookie }));
      await eventually('the hello is answered', () => answers.length > 0);
      expect(answers.map((answer) => [answer.length, answer[1]])).toEqual([
        [STREAM_HANDSHAKE_BYTES, DATAGRAM_TYPE.challenge],
      ]);
      stranger.close();
      client.bye();
    });
  });

  test('do not disturb a test with datagrams of another token', async () => {
    await withServer({ engine }, async ({ port }) => {
      const stranger = createSocket('udp4');
      const noise = new Uint8Array(1400);
      noise.set([0x77, DATAGRAM_TYPE.data]);
      const noisy = setInterval(() => stranger.send(noise, port, '127.0.0.1', () => {}), 1);
      const wish = { protocol: 'udp', bytes: 280_000, rate_bps: 8e6 } as const;
      const [flow] = bandwidthOf(await measure(port, wish, { engine })).flows;
      clearInterval(noisy);
      stranger.close();
      expect([flow?.packets_sent, flow?.packets_received, flow?.packets_duplicated]).toEqual([200, 200, 0]);
    });
  });
});

describe.each(['auto', 'portable'] as const)('an early end, %s', (engine) => {
  test.each([
    { protocol: 'tcp', direction: 'bidirectional' },
    { protocol: 'udp', direction: 'bidirectional', rate_bps: 8e6 },
    { test: 'latency', protocol: 'tcp' },
    { test: 'latency', protocol: 'udp' },
  ] as const)('by signal returns what was measured: %j', async (wish) => {
    await withServer({ engine }, async ({ port }) => {
      const controller = new AbortController();
      const onEvent = (event: ClientEvent): void => {
        if (event.tag === 'test-started') setTimeout(() => controller.abort(), 250);
      };
      const begun = performance.now();
      const tests = [{ ...wish, duration_ns: 20_000 * MS, interval_ns: 100 * MS }, { duration_ns: 100 * MS }];
      const document = await connect({ host: '127.0.0.1', port, engine, tests, signal: controller.signal, onEvent });
      expect(performance.now() - begun).toBeLessThan(6000);
      expectValid(document);
      expect([document.complete, document.error?.code, document.tests.length]).toEqual([false, 'ERR_ABORTED', 1]);
      const [result] = document.tests;
      expect([result?.complete, result?.error?.code]).toEqual([false, 'ERR_ABORTED']);
      // The server's view is there: an abort ends the test, not the conversation.
      expect(result?.cpu.server).not.toBeNull();
      if (result?.test === 'latency') expect(result.packets_received).toBeGreaterThan(5);
      else {
        for (const flow of result?.test === 'bandwidth' ? result.flows : []) {
          expect(flow.bytes_received).toBeGreaterThan(0);
          expect(flow.bytes_sent).toBeGreaterThan(0);
          // The receiver may have been told to stop before the last octets came.
          expect(flow.bytes_received).toBeLessThanOrEqual(flow.bytes_sent ?? 0);
        }
      }
    });
  });

  test('by signal between two tests: the one that is missing makes the document incomplete', async () => {
    await withServer({ engine }, async ({ port }) => {
      const controller = new AbortController();
      const onEvent = ({ tag }: ClientEvent): void => {
        if (tag === 'test-ended') controller.abort();
      };
      const options = { host: '127.0.0.1', port, engine, signal: controller.signal, onEvent };
      const one = { duration_ns: 100 * MS };
      const document = await connect({ ...options, tests: [one, one] });
      expect([document.complete, document.error?.code, document.tests.length]).toEqual([false, 'ERR_ABORTED', 1]);
      const whole = await connect({ ...options, signal: null, tests: [one] });
      expect([whole.complete, whole.error, whole.tests.length]).toEqual([true, null, 1]);
    });
  });

  test('by signal before anything: nothing to return', async () => {
    await withServer({ engine }, async ({ port }) => {
      const run = connect({ host: '127.0.0.1', port, engine, signal: AbortSignal.abort() });
      await expect(run).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    });
  });

  test('of a test that has no end of its own is its end', async () => {
    await withServer({ engine }, async ({ port }) => {
      const controller = new AbortController();
      const onEvent = ({ tag }: ClientEvent): void => {
        if (tag === 'interval') controller.abort();
      };
      const endless = { duration_ns: null, interval_ns: 100 * MS };
      const document = await measure(port, endless, { engine, signal: controller.signal, onEvent });
      expect([document.complete, document.error, document.tests[0]?.complete]).toEqual([true, null, true]);
    });
  });
});

test.each(['auto', 'portable'] as const)(
  'once: the server ends after the client that completed a test (%s)',
  async (engine) => {
    await withServer({ engine, once: true }, async (server) => {
      // A visitor that measures nothing does not count.
      const visitor = await ScriptedClient.connect(server.port);
      await visitor.until('welcome');
      visitor.bye();
      await measure(server.port, { duration_ns: 50 * MS }, { engine });
      await server.closed;
      await expect(connect({ host: '127.0.0.1', port: server.port })).rejects.toMatchObject({ code: 'ERR_CONNECT' });
    });
  },
);

test('a server whose onEvent throws rejects, and does not go on listening', async () => {
  let port = 0;
  const onEvent = (event: ServerEvent): void => {
    if (event.tag === 'listening') port = event.port;
    if (event.tag === 'listening') throw new Error('mine');
  };
  const options = { port: 0, addresses: ['127.0.0.1'], engine: 'auto', onEvent } as const;
  await expect(serve(options)).rejects.toThrow(/^mine$/);
  await expect(once(connectSocket(port, '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED');
});
