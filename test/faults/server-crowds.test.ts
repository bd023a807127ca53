/** Crowds at a server: many short and broken connections, and a queue that leaves at once. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { PROTOCOL_VERSION } from '../../src/session/messages.ts';
import { encodeControlPreamble, encodeDataPreamble } from '../../src/wire/preamble.ts';
import { descriptorsOf, eventually, type Program, ROOT, winze } from '../net/harness.ts';
import { ScriptedClient } from '../net/scripted-client.ts';
import { plainOctets } from '../support/control-frames.ts';

const onLinux = process.platform === 'linux';
if (!onLinux) console.warn('skipped: crowds have an address each of 127.0.0.0/8, and figures of /proc, on Linux');

const folder = mkdtempSync(join(tmpdir(), 'winze-crowds-'));
const servers: Program[] = [];
// One that a failed test leaves behind.
afterEach(() => {
  for (const server of servers.splice(0)) server.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Gauged extends Program {
  readonly port: number;
  /** What test/support/gauge.cjs tells, since it was asked last. */
  readonly gauge: () => Promise<{ readonly heapMb: number; readonly turnMs: number }>;
}

async function gaugedServer(...argv: string[]): Promise<Gauged> {
  const file = join(folder, `gauge${argv.join('')}`);
  const program = winze(['-s', '-ip', '127.0.0.1', '-port', '0', ...argv], 230_000, {
    NODE_OPTIONS: `--require=${join(ROOT, 'test/support/gauge.cjs')}`,
    WINZE_TEST_GAUGE: file,
  });
  servers.push(program);
  const said = /^Listening on port (\d+) /m;
  await eventually('the server says where it listens', () => said.test(program.stdout()), 20_000);
  const gauge = async () => {
    rmSync(file, { force: true });
    program.kill('SIGUSR2');
    let text = '';
    const tells = (): boolean => {
      try {
        text = readFileSync(file, 'utf8');
      } catch {
        return false;
      }
      return text.endsWith('}');
    };
    await eventually('the server tells its figures', tells, 20_000);
    return JSON.parse(text);
  };
  return { ...program, port: Number(said.exec(program.stdout())?.[1]), gauge };
}

async function endsWell(server: Program): Promise<void> {
  server.kill('SIGTERM');
  const { status, stderr } = await server.ended;
  expect([status, stderr]).toEqual([0, '']);
}

const frames = (...messages: readonly unknown[]): Uint8Array =>
  Buffer.concat([encodeControlPreamble(), ...messages.map(plainOctets)]);
const hello = { type: 'hello', protocol: PROTOCOL_VERSION, version: 'x', nonce: 'ab'.repeat(32) };
const auth = (n: number, wait: boolean) => ({
  type: 'auth',
  mac: null,
  client_id: n.toString(16).padStart(32, '0'),
  wait,
});

/** What the n-th short connection sends, and whether it then hangs up by itself, orderly or not. */
const KINDS: readonly ((n: number) => { readonly bytes: Uint8Array; readonly hangsUp?: 'end' | 'reset' })[] = [
  () => ({ bytes: Buffer.concat([encodeControlPreamble(), Uint8Array.of(0, 0, 0, 5), Buffer.from('{bad}')]) }),
  () => ({ bytes: Buffer.from('GET / HTTP/1.1\r\n\r\n') }),
  () => ({ bytes: frames(hello), hangsUp: 'reset' }),
  () => ({ bytes: encodeDataPreamble(new Uint8Array(8), 0) }),
  (n) => ({ bytes: frames(hello, auth(n, false), { type: 'bye' }) }),
  (n) => ({ bytes: frames(hello, auth(n, true)), hangsUp: 'reset' }),
  (n) => ({ bytes: frames(hello, auth(n, true)), hangsUp: 'end' }),
  () => ({ bytes: new Uint8Array(0), hangsUp: 'reset' }),
  () => ({ bytes: Buffer.from('winz'), hangsUp: 'end' }),
  () => ({ bytes: frames(hello, { type: 'start' }) }),
];

/** A source address of its own for each, so that none has the share of another. */
const sourceOf = (n: number): string => `127.${1 + ((n >> 14) & 63)}.${(n >> 7) & 127}.${1 + (n & 127)}`;

function open(port: number, n: number): Socket {
  const socket = connect({ port, host: '127.0.0.1', localAddress: sourceOf(n) }).on('error', () => {});
  return socket.resume();
}

async function short(port: number, n: number): Promise<void> {
  const kind = KINDS[n % KINDS.length]?.(n);
  const socket = open(port, n);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  socket.write(kind?.bytes ?? new Uint8Array(0), () => {
    if (kind?.hangsUp === 'end') socket.end();
    if (kind?.hangsUp === 'reset') socket.resetAndDestroy();
  });
  await closed;
}

async function crowd(port: number, from: number, count: number): Promise<void> {
  for (let n = from; n < from + count; n += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, i) => short(port, n + i)));
  }
}

/** The time until a client is welcome, in ms. */
async function welcome(port: number): Promise<number> {
  const begun = performance.now();
  const client = await ScriptedClient.connect(port);
  await client.until('welcome');
  client.bye();
  await client.closed;
  return performance.now() - begun;
}

describe.runIf(onLinux).each(['auto', 'portable'] as const)('a server with --engine %s', (engine) => {
  test('keeps nothing of 20,000 short and broken connections, and the next client is welcome', async () => {
    const server = await gaugedServer('--engine', engine, '--max-clients', '200');
    await crowd(server.port, 0, 1000);
    const before = { ...(await server.gauge()), descriptors: descriptorsOf(server.pid) };
    await crowd(server.port, 1000, 20_000);
    await eventually('descriptors come back', () => descriptorsOf(server.pid) <= before.descriptors);
    const waits: number[] = [];
    for (let i = 0; i < 5; i++) waits.push(await welcome(server.port));
    const after = await server.gauge();
    const heap = after.heapMb - before.heapMb;
    console.log(`heap ${heap.toFixed(2)} MB more, welcome in ${Math.min(...waits).toFixed(1)} ms`);
    expect(heap).toBeLessThan(5);
    expect(Math.min(...waits)).toBeLessThan(1000);
    await endsWell(server);
  }, 240_000);

  test('is not held up by clients that ping without pause: they are told, and end', async () => {
    const server = await gaugedServer('--engine', engine, '--max-clients', '16');
    const pings = Buffer.concat(Array.from({ length: 4000 }, () => plainOctets({ type: 'ping' })));
    const noisy = await Promise.all(Array.from({ length: 4 }, () => ScriptedClient.connect(server.port)));
    for (const client of noisy) await client.until('welcome');
    await server.gauge();
    for (const client of noisy) for (let i = 0; i < 25; i++) client.write(pings);
    const waited = await welcome(server.port);
    const ends = await Promise.all(noisy.map(({ closed }) => closed));
    expect(ends).toEqual(noisy.map(() => expect.stringMatching(/more messages/)));
    const { turnMs } = await server.gauge();
    console.log(`welcome in ${waited.toFixed(1)} ms, longest turn ${turnMs.toFixed(1)} ms of processor time`);
    expect(turnMs).toBeLessThan(300);
    expect(waited).toBeLessThan(1000);
    await endsWell(server);
  }, 60_000);

  test('is not held up by 1,000 waiting clients that leave at once', async () => {
    const server = await gaugedServer('--engine', engine, '--max-clients', '1');
    const holder = await ScriptedClient.connect(server.port);
    await holder.until('welcome');
    const lines = (pattern: RegExp): number => server.stdout().match(pattern)?.length ?? 0;
    const sockets: Socket[] = [];
    for (let n = 0; n < 1000; n++) {
      const socket = open(server.port, n);
      sockets.push(socket);
      socket.write(frames(hello, auth(n, true)));
      if (n % 50 === 49) await once(socket, 'connect');
    }
    await eventually('all wait', () => lines(/: waiting at place/g) === 1000, 30_000);
    await server.gauge();
    for (const socket of sockets) socket.resetAndDestroy();
    await eventually('all have left', () => lines(/: refused: /g) === 1000, 30_000);
    const { turnMs } = await server.gauge();
    console.log(`longest turn ${turnMs.toFixed(1)} ms of processor time, ${server.stdout().length} octets of log`);
    expect(turnMs).toBeLessThan(300);
    expect(server.stdout().length).toBeLessThan(200_000);
    holder.bye();
    await welcome(server.port);
    await endsWell(server);
  }, 90_000);
});
