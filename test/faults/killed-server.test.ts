/** A server that dies at each state: one clear line, the right status, what was measured, and soon. */
import { connect as connectTcp } from 'node:net';
import { describe, expect, test } from 'vitest';
import { connect, type ResultDocument } from '../../dist/index.js';
import {
  eventually,
  expectOneLine,
  expectValid,
  latencyOf,
  MS,
  type Outcome,
  winze,
  winzeServer,
} from '../net/harness.ts';
import { openScriptedServer, STAGES, type Stage } from '../net/scripted-server.ts';

const KINDS = [
  ['tcp upload', ['-p', 'tcp']],
  ['tcp download', ['-p', 'tcp', '-r']],
  ['udp upload', ['-p', 'udp', '-b', '5M']],
  ['udp download', ['-p', 'udp', '-b', '5M', '-r']],
  ['udp latency', ['-t', 'l']],
] as const;

/** Before a test runs there is nothing to print. */
const EMPTY: Partial<Record<Stage, number>> = {
  connected: 3,
  challenge: 6,
  queued: 6,
  welcome: 6,
  accepted: 6,
  streams: 6,
};

async function clientOf(port: number, ...argv: string[]): Promise<Outcome> {
  return winze(['-c', '127.0.0.1', '-port', String(port), ...argv]).ended;
}

describe.each(STAGES)('server killed: %s', (stage) => {
  test('the client says so, keeps what it has, and ends soon', async () => {
    await Promise.all(
      KINDS.map(async ([kind, argv]) => {
        const server = await openScriptedServer({ dieAt: stage });
        const duration = stage === 'stopping' ? '300ms' : '20s';
        const outcome = await clientOf(server.port, ...argv, '-d', duration, '--interval', '100ms', '--json', '-q');
        await server.close();
        const seen = `${kind}: ${outcome.stderr}`;
        expect(outcome.signal, seen).toBeNull();
        expectOneLine(outcome.stderr, /winze: /);
        expect(outcome.elapsedMs, seen).toBeLessThan(12_000);
        const empty = EMPTY[stage];
        expect([kind, outcome.status]).toEqual([kind, empty ?? 6]);
        if (empty !== undefined)
          return expect(JSON.parse(outcome.stdout)).toMatchObject({ tests: [], complete: false });
        const document: ResultDocument = JSON.parse(outcome.stdout);
        expectValid(document);
        expect([document.complete, document.error?.code]).toEqual([false, 'ERR_PEER_LOST']);
        const [result] = document.tests;
        expect([result?.complete, result?.error?.code]).toEqual([false, 'ERR_PEER_LOST']);
        if (result?.test === 'latency') {
          expect(result.packets_sent).toBeGreaterThan(5);
          expect(result.packets_received).toBeGreaterThan(5);
        } else {
          const [flow] = result?.test === 'bandwidth' ? result.flows : [];
          const own = flow?.sender === 'client' ? flow.bytes_sent : flow?.bytes_received;
          expect(own, kind).toBeGreaterThan(0);
        }
        return undefined;
      }),
    );
  }, 60_000);
});

test.each([
  ['tcp', ['-p', 'tcp', '-b', '50M']],
  ['udp', ['-p', 'udp', '-b', '20M', '-r']],
] as const)('a real server killed in the middle of a %s test', async (_name, argv) => {
  const server = await winzeServer();
  const client = winze(['-c', '127.0.0.1', '-port', String(server.port), ...argv, '--interval', '100ms', '-d', '20s']);
  await eventually('rows appear', () => client.stdout().split('\n').length > 8);
  server.kill('SIGKILL');
  const outcome = await client.ended;
  expect(outcome.status).toBe(6);
  expect(outcome.elapsedMs).toBeLessThan(10_000);
  expectOneLine(outcome.stderr, /the connection broke|closed the connection|cannot send/);
  // The summary of what was measured.
  expect(outcome.stdout).toMatch(/incomplete|cut short|bit\/s/);
});

test('a server restarted in the middle of a test: the client does not go on with the new one', async () => {
  const first = await winzeServer();
  const client = winze(['-c', '127.0.0.1', '-port', String(first.port), '-b', '50M', '-d', '20s', '--json']);
  await eventually('the server shows the test', () => first.stdout().split('\n').length > 4);
  first.kill('SIGKILL');
  await first.ended;
  const second = winze(['-s', '-ip', '127.0.0.1', '-port', String(first.port)], 60_000);
  const outcome = await client.ended;
  expect([outcome.status, JSON.parse(outcome.stdout).complete]).toEqual([6, false]);
  await eventually('the second server listens', () => second.stdout().includes('Listening'));
  const again = await clientOf(first.port, '-d', '200ms');
  expect([again.status, again.stderr]).toEqual([0, '']);
  second.kill('SIGTERM');
  expect((await second.ended).status).toBe(0);
});

test('a test that the server ended by itself, as overdue, has a result at once', async () => {
  const server = await openScriptedServer({ dieAt: null, endsTest: true, runMs: 300 });
  const begun = performance.now();
  const tests = [{ test: 'latency', protocol: 'udp', duration_ns: 20_000 * MS } as const];
  const document = await connect({ host: '127.0.0.1', port: server.port, tests });
  await server.close();
  expect(performance.now() - begun).toBeLessThan(5000);
  expectValid(document);
  expect([document.complete, document.error?.code]).toEqual([false, 'ERR_PEER_LOST']);
  expect(latencyOf(document).packets_received).toBeGreaterThan(5);
});

describe.each(['auto', 'portable'] as const)('streams that nobody answers, %s', (engine) => {
  test.each(['tcp', 'udp'] as const)('are given up at once when the user has enough (%s)', async (protocol) => {
    const server = await openScriptedServer({ dieAt: null, mute: true });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 500);
    const begun = performance.now();
    const tests = [{ protocol, streams: 3 }];
    const run = connect({ host: '127.0.0.1', port: server.port, engine, tests, signal: controller.signal });
    await expect(run).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    await server.close();
    expect(performance.now() - begun).toBeLessThan(2500);
  });

  test('are an error of their own: TCP works and UDP does not', async () => {
    const server = await openScriptedServer({ dieAt: null, mute: true });
    const options = { engine, tests: [{ protocol: 'udp' }], connect_timeout_ns: 300 * MS } as const;
    const run = connect({ host: '127.0.0.1', port: server.port, ...options });
    await expect(run).rejects.toMatchObject({
      code: 'ERR_CONNECT',
      message: expect.stringMatching(/no UDP answer .* is UDP port \d+ open\?/),
    });
    await server.close();
  });
});

test('after a failure the process does not linger, whatever the other end leaves open', async () => {
  const server = await openScriptedServer({ dieAt: 'welcome' });
  // Another connection keeps the dead server's port company; it must not matter.
  const other = connectTcp(server.port, '127.0.0.1').on('error', () => {});
  const outcome = await clientOf(server.port, '-d', '1s');
  other.destroy();
  await server.close();
  expect(outcome.status).toBe(6);
  expect(outcome.elapsedMs).toBeLessThan(5000);
});
