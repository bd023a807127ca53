/** A server that strangers talk to, and whose clients die: it goes on, and gets everything back. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { descriptorsOf, eventually, MS, measure, winze, winzeServer } from '../net/harness.ts';
import { ScriptedClient } from '../net/scripted-client.ts';

const onLinux = process.platform === 'linux';
if (!onLinux) console.warn('skipped: open descriptors are counted in /proc, on Linux');

const TESTS = [
  ['tcp upload', { protocol: 'tcp', direction: 'upload', streams: 2 }],
  ['tcp download', { protocol: 'tcp', direction: 'download', streams: 2 }],
  ['udp upload', { protocol: 'udp', direction: 'upload', streams: 2, rate_bps: 1e6 }],
  ['udp download', { protocol: 'udp', direction: 'download', streams: 2, rate_bps: 1e6 }],
  ['tcp latency', { test: 'latency', protocol: 'tcp' }],
  ['udp latency', { test: 'latency', protocol: 'udp' }],
] as const;

/** Where a client can be when it dies. */
const STAGES = [
  'connected',
  'greeted',
  'queued',
  'welcome',
  'accepted',
  'first stream',
  'streams',
  'running',
  'stopping',
] as const;
type Stage = (typeof STAGES)[number];

describe.each(['auto', 'portable'] as const)('server with --engine %s', (engine) => {
  let server: Awaited<ReturnType<typeof winzeServer>>;
  let before = 0;

  const serves = async (): Promise<void> => {
    // By size, for on a busy host nothing may be read in a short time.
    const document = await measure(server.port, { duration_ns: null, bytes: 100_000 }, { wait: false, engine });
    expect(document.complete).toBe(true);
  };
  const getsAllBack = (): Promise<void> =>
    eventually('descriptors come back', () => !onLinux || descriptorsOf(server.pid) <= before);

  beforeAll(async () => {
    server = await winzeServer('--engine', engine, '--max-clients', '1');
    // What a server opens once and keeps: threads, and their pipes.
    for (const [, wish] of TESTS) await measure(server.port, { ...wish, duration_ns: 100 * MS }, { engine });
    await new Promise((resolve) => setTimeout(resolve, 300));
    before = onLinux ? descriptorsOf(server.pid) : 0;
  }, 30_000);

  afterAll(async () => {
    server.kill('SIGTERM');
    const { status, stderr } = await server.ended;
    expect([status, stderr]).toEqual([0, '']);
  });

  describe.each(STAGES)('a client killed: %s', (stage) => {
    test('frees its place, its streams and its descriptors', async () => {
      for (const [, wish] of TESTS) {
        await dieAt(server.port, stage, { ...wish, duration_ns: 20_000 * MS });
        await getsAllBack();
      }
      await serves();
      await getsAllBack();
    });
  });

  test.each([
    ['tcp', ['-p', 'tcp', '-n', '2', '--bidir', '-b', '50M']],
    ['udp', ['-p', 'udp', '-n', '2', '--bidir', '-b', '20M']],
    ['tcp download in small writes', ['-p', 'tcp', '-r', '-l', '64']],
    ['tcp upload in small writes', ['-p', 'tcp', '-l', '64']],
  ] as const)('a real client killed or interrupted in the middle of a %s test', async (_name, argv) => {
    for (const signal of ['SIGKILL', 'SIGINT'] as const) await endClient(argv, signal);
    await serves();
  });

  async function endClient(argv: readonly string[], signal: NodeJS.Signals): Promise<void> {
    const run = winze(['-c', '127.0.0.1', '-port', String(server.port), ...argv, '--interval', '100ms', '-d', '20s']);
    await eventually('rows appear', () => run.stdout().split('\n').length > 6, 15_000);
    run.kill(signal);
    await run.ended;
    await getsAllBack();
  }

  test('strangers are sent away, one and all, while it serves', async () => {
    const sockets = await Promise.all(STRANGERS.map(([, bytes]) => stranger(server.port, bytes)));
    for (let i = 0; i < 3; i++) await serves();
    // Those that broke a rule are gone at once; half a header is waited for.
    const [gone, waiting] = [sockets.filter((one) => one.ends), sockets.filter((one) => !one.ends)];
    await Promise.all(gone.map((one) => one.closed));
    expect(waiting.length).toBeGreaterThan(0);
    const http = sockets[0];
    expect(new TextDecoder().decode(http?.answer())).toMatch(/^HTTP\/1\.1 400 .*winze server/s);
    for (const { socket } of waiting) socket.destroy();
    await getsAllBack();
  });

  test('strangers that keep the line open do not keep a descriptor', async () => {
    const sockets = await Promise.all(
      Array.from({ length: 20 }, () => stranger(server.port, text('GET / HTTP/1.1\r\n\r\n'), true)),
    );
    // One that is refused and talks on must go as well.
    const talker = await ScriptedClient.connect(server.port);
    await talker.until('welcome');
    talker.write(new TextEncoder().encode('\0\0\0\u0002{}'));
    const talking = setInterval(() => talker.write(new Uint8Array(10)), 100);
    await getsAllBack();
    clearInterval(talking);
    for (const { socket } of sockets) socket.destroy();
    await serves();
  });
});

async function dieAt(port: number, stage: Stage, wish: Parameters<ScriptedClient['open']>[0]): Promise<void> {
  if (stage === 'connected') {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    socket.resetAndDestroy();
    return;
  }
  const holder = stage === 'queued' ? await ScriptedClient.connect(port) : undefined;
  await holder?.until('welcome');
  const client = await ScriptedClient.connect(port);
  await follow(client, stage, wish);
  client.kill();
  holder?.bye();
}

/** Goes along as far as `stage`. */
async function follow(
  client: ScriptedClient,
  stage: Stage,
  wish: Parameters<ScriptedClient['open']>[0],
): Promise<void> {
  if (stage === 'greeted') return;
  if (stage === 'queued') return void (await client.until('queued'));
  await client.until('welcome');
  if (stage === 'welcome') return;
  const { token, spec } = await client.open(wish);
  if (stage === 'accepted') return;
  for (let stream = 0; stream < (stage === 'first stream' ? 1 : spec.streams); stream++) {
    if (spec.protocol === 'tcp') await client.openTcpStream(token, stream);
    else await client.openUdpStream(token, stream);
  }
  if (stage === 'first stream' || stage === 'streams') return;
  await client.start();
  await new Promise((resolve) => setTimeout(resolve, 50));
  if (stage === 'stopping') client.stop();
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const random = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 151 + 77) & 0xff);

/** What comes to an open port, and whether it breaks a rule by that alone. */
const STRANGERS: readonly (readonly [name: string, bytes: Uint8Array, ends?: boolean])[] = [
  ['HTTP', text('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
  ['the cookie of iperf3', text('abcdefghijklmnopqrstuvwxyz234567abcd\0')],
  ['TLS', Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01)],
  ['SSH', text('SSH-2.0-OpenSSH_9.2\r\n')],
  ['random octets', random(4000)],
  ['a frame of 4 GiB', Uint8Array.of(...text('winze/2C'), 255, 255, 255, 255, 123)],
  ['a frame of 64 KiB and one', Uint8Array.of(...text('winze/2C'), 0, 1, 0, 1, 123)],
  ['a frame that is no JSON', Uint8Array.of(...text('winze/2C'), 0, 0, 0, 1, 123)],
  ['a frame that is not UTF-8', Uint8Array.of(...text('winze/2C'), 0, 0, 0, 2, 0xc3, 0x28)],
  ['an empty frame', Uint8Array.of(...text('winze/2C'), 0, 0, 0, 0)],
  ['a message out of turn', Uint8Array.of(...text('winze/2C'), 0, 0, 0, 16, ...text('{"type":"start"}'))],
  ['another version', text('winze/1C')],
  ['data with no such token', Uint8Array.of(...text('winze/2D'), ...random(10))],
  ['data that runs ahead', Uint8Array.of(...text('winze/2D'), ...random(500))],
  ['half a preamble', text('winz'), false],
  ['half a length', Uint8Array.of(...text('winze/2C'), 0, 0), false],
  ['half a message', Uint8Array.of(...text('winze/2C'), 0, 0, 0, 200, 123), false],
  ['nothing', new Uint8Array(0), false],
];

interface Stranger {
  readonly socket: Socket;
  readonly ends: boolean;
  readonly closed: Promise<unknown>;
  readonly answer: () => Uint8Array;
}

async function stranger(port: number, bytes: Uint8Array, stays = false): Promise<Stranger> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: stays });
  const chunks: Uint8Array[] = [];
  socket.on('data', (chunk: Uint8Array) => chunks.push(chunk)).on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  if (bytes.length > 0) socket.write(bytes);
  const ends = STRANGERS.find((one) => one[1] === bytes)?.[2] ?? true;
  return { socket, ends, closed, answer: () => Buffer.concat(chunks) };
}
