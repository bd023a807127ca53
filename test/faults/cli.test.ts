/** Everything that a user can get wrong, or meet: one clear line, the right status, and soon. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BIN, expectOneLine, expectValid, type Outcome, winze, winzeServer } from '../net/harness.ts';

function client(...argv: string[]): Promise<Outcome> {
  return winze(['-c', '127.0.0.1', ...argv]).ended;
}

describe('wrong flags', () => {
  test.each([
    [['-x'], /-x/],
    [['-c'], /-c/],
    [['-c', '127.0.0.1', '-p', 'sctp'], /sctp/],
    [['-c', '127.0.0.1', '-d', 'soon'], /soon/],
    [['-c', '127.0.0.1', '-n', '129'], /-n/],
    [['-c', '127.0.0.1', '-b', '-5M'], /-b/],
    [['-c', '127.0.0.1', '-p', 'udp', '-l', '70000'], /length|-l/],
    [['-c', '127.0.0.1', '-port', '65536'], /-port/],
    [['-c', '127.0.0.1', '--expect', 'speed>very'], /speed/],
    [['-c', '127.0.0.1', '-r', '--bidir'], /--bidir|-r/],
    [['-s', '-c', '127.0.0.1'], /-s|-c/],
    [['-s', '--max-clients', '0'], /--max-clients/],
    [['-c', '127.0.0.1', '--secret-file', '/no/such/file'], /ENOENT/],
    [['-c', '::1', '-4'], /-4/],
  ])('%j', async (argv, pattern) => {
    const { status, stdout, stderr, elapsedMs } = await winze(argv).ended;
    expect([status, stdout]).toEqual([2, '']);
    expectOneLine(stderr, pattern);
    expect(elapsedMs).toBeLessThan(5000);
  });
});

describe('nobody there', () => {
  test('a name that does not resolve', async () => {
    const { status, stderr } = await winze(['-c', 'nonexistent.invalid', '-d', '1s']).ended;
    expect(status).toBe(3);
    expectOneLine(stderr, /nonexistent\.invalid does not resolve/);
  });

  test('nothing listens', async () => {
    const { status, stderr, elapsedMs } = await client('-port', String(await freePort()));
    expect(status).toBe(3);
    expectOneLine(stderr, /cannot connect to 127\.0\.0\.1:\d+: nothing listens there/);
    expect(elapsedMs).toBeLessThan(5000);
  });

  const canUnshare = process.platform === 'linux' && spawnSync('unshare', ['--net', 'true']).status === 0;
  if (!canUnshare) console.warn('skipped: an unreachable network needs Linux, root and unshare');
  test.skipIf(!canUnshare)('no route', () => {
    const { status, stderr } = spawnSync('unshare', ['--net', process.execPath, BIN, '-c', '192.0.2.1'], {
      encoding: 'utf8',
      timeout: 10_000,
    });
    expect(status).toBe(3);
    expectOneLine(stderr, /cannot connect to 192\.0\.2\.1:8888: there is no route to it/);
  });
});

describe('a server that is none', () => {
  test.each<[string, (socket: Socket) => void, number, RegExp]>([
    ['hangs up', (socket) => socket.destroy(), 3, /does not answer as a winze server/],
    ['resets', (socket) => socket.resetAndDestroy(), 3, /does not answer as a winze server|it was reset/],
    [
      'hangs up after the first words',
      (socket) => socket.once('data', () => socket.destroy()),
      3,
      /does not answer as/,
    ],
    [
      'sends random bytes',
      (socket) => void socket.write(Uint8Array.from({ length: 999 }, (_, i) => (i * 89) ^ 0xa5)),
      3,
      /winze/,
    ],
    ['echoes', (socket) => socket.pipe(socket), 3, /another program .* answers, and no winze server/],
    ['sends a frame that is no JSON', (socket) => void socket.write(Uint8Array.of(0, 0, 0, 2, 123, 0)), 3, /not JSON/],
    ['announces 16 MiB', (socket) => void socket.write(Uint8Array.of(0, 255, 255, 255, 0)), 3, /exceeds the limit/],
    [
      'sends a frame of no kind',
      (socket) => void socket.write(Uint8Array.of(255, 0, 0, 1, 0)),
      3,
      /another program .* answers, and no winze server/,
    ],
    ['speaks JSON of its own', (socket) => void socket.write(frame({ type: 'hi' })), 3, /not understood/],
    ['welcomes at once', (socket) => void socket.write(frame({ type: 'started' })), 3, /"started" in state greeting/],
    ['speaks another version', (socket) => void socket.write(challenge(3)), 3, /speaks protocol 3, not 2/],
    ['floods', (socket) => flood(socket), 3, /winze/],
  ])('%s', async (_name, talk, status, pattern) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      talk(socket);
    });
    const outcome = await client('-port', String(await listening(server)), '-d', '1s');
    server.close();
    expect(outcome.status).toBe(status);
    expectOneLine(outcome.stderr, pattern);
    expect(outcome.elapsedMs).toBeLessThan(5000);
  });

  test('speaks HTTP', async () => {
    const server = createHttpServer((_request, response) => response.end('hello'));
    const outcome = await client('-port', String(await listening(server)), '-d', '1s');
    server.close();
    expect(outcome.status).toBe(3);
    expectOneLine(outcome.stderr, /an HTTP server .* answers, and no winze server/);
  });

  test('says nothing at all', async () => {
    const server = createServer(() => {});
    const outcome = await client('-port', String(await listening(server)), '-d', '1s');
    server.close();
    expect(outcome.status).toBe(3);
    expectOneLine(outcome.stderr, /takes the connection and says nothing in 10 s/);
    expect(outcome.elapsedMs).toBeLessThan(15_000);
  });
});

test('the wrong secret, and none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'winze-'));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const server = await winzeServer('--secret-file', file('right', 'the right secret\n'));
  const port = String(server.port);
  const [wrong, none, right] = await Promise.all([
    client('-port', port, '--secret-file', file('wrong', 'the wrong secret\n')),
    client('-port', port),
    client('-port', port, '--secret-file', file('same', 'the right secret'), '-d', '200ms'),
  ]);
  expect([wrong.status, none.status, right.status]).toEqual([4, 4, 0]);
  expectOneLine(wrong.stderr, /the secret is missing or wrong/);
  expectOneLine(none.stderr, /asks for a secret; use --secret-file/);
  expect(right.stderr).toBe('');
  for (const { stdout, stderr } of [wrong, none]) expect(stdout + stderr).not.toMatch(/right secret|wrong secret/);
  server.kill('SIGTERM');
  await server.ended;
});

test('busy, and not willing to wait', async () => {
  const server = await winzeServer('--max-clients', '1');
  const port = String(server.port);
  const first = winze(['-c', '127.0.0.1', '-port', port, '-d', '3s', '--json']);
  while (!server.stdout().includes('127.0.0.1:')) await new Promise((resolve) => setTimeout(resolve, 20));
  const second = await client('-port', port, '--no-wait');
  expect(second.status).toBe(4);
  expectOneLine(second.stderr, /busy with 1 of 1/);
  expect((await first.ended).status).toBe(0);
  server.kill('SIGTERM');
  await server.ended;
});

test.skipIf(!existsSync('/dev/full'))('a full disk costs the file, not the result', async () => {
  const server = await winzeServer();
  const argv = ['-port', String(server.port), '-d', '200ms', '-o', '/dev/full'];
  for (const extra of [[], ['--json'], ['--json-stream']]) {
    const { status, stdout, stderr } = await client(...argv, ...extra);
    expect(status).toBe(5);
    expectOneLine(stderr, /cannot write \/dev\/full: ENOSPC.*the result is on standard output/);
    if (extra[0] === '--json') expectValid(JSON.parse(stdout));
    else expect(stdout.length).toBeGreaterThan(100);
  }
  server.kill('SIGTERM');
  await server.ended;
});

test('Ctrl-C prints what was measured', async () => {
  const server = await winzeServer();
  const run = winze([
    '-c',
    '127.0.0.1',
    '-port',
    String(server.port),
    '-d',
    '20s',
    '--interval',
    '100ms',
    '--json-stream',
  ]);
  while (!run.stdout().includes('interval')) await new Promise((resolve) => setTimeout(resolve, 20));
  run.kill('SIGINT');
  const { status, stdout, stderr, elapsedMs } = await run.ended;
  expect(status).toBe(6);
  expectOneLine(stderr, /SIGINT|stopped/);
  const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  expect(last.event).toBe('end');
  expectValid(last.data);
  expect([last.data.complete, last.data.error.code]).toEqual([false, 'ERR_ABORTED']);
  expect(elapsedMs).toBeLessThan(10_000);
  server.kill('SIGTERM');
  expect((await server.ended).status).toBe(0);
});

function frame(message: unknown): Uint8Array {
  const body = new TextEncoder().encode(JSON.stringify(message));
  return Uint8Array.of(0, 0, body.length >> 8, body.length & 255, ...body);
}

function challenge(protocol: number): Uint8Array {
  return frame({ type: 'challenge', protocol, version: '2.0', nonce: '00'.repeat(32), server_id: 'ab', auth: 'none' });
}

/** Sends for as long as it is let. */
function flood(socket: Socket): void {
  const chunk = new Uint8Array(65_536).fill(0x20);
  const flow = setInterval(() => socket.write(chunk), 1);
  socket.once('close', () => clearInterval(flow));
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  return bound.port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
