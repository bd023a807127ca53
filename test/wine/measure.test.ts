import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ResultDocument, TestResult } from '../../src/core/shapes/result.ts';
import { isResult } from '../support/schemas.ts';
import { beginHere, beginOnWindows, hasNoWine, here, onWindows, type Running, serving } from './support/windows.ts';

const FLAGS = ['--json', '--no-trial'];
/** Every kind of test, in every direction. */
const BANDWIDTH = ['-t', 'b', '-p', 'tcp,udp', '-d', '500ms', '-b', '10M', '-n', '2'];
const DIRECTIONS: [string, string[]][] = [
  ['upload', []],
  ['download', ['-r']],
  ['both ways', ['--bidir']],
];
const LATENCY = ['-t', 'l', '-p', 'tcp,udp', '-d', '500ms', '-g', '10ms'];

/** Arrived as it was sent: by the counts of both ends. */
function holds(document: ResultDocument): void {
  expect(isResult(document), JSON.stringify(isResult.errors)).toBe(true);
  expect([document.complete, document.failures]).toEqual([true, []]);
  for (const result of document.tests) {
    expect(result.complete, JSON.stringify(result.error)).toBe(true);
    if (result.test === 'latency') answered(result);
    else if (result.test === 'bandwidth')
      for (const flow of result.flows) expect(flow.bytes_received).toBeGreaterThan(0);
  }
}

function answered(result: Extract<TestResult, { test: 'latency' }>): void {
  expect(result.packets_sent).toBe(50);
  expect(result.packets_received).toBeGreaterThanOrEqual(result.protocol === 'tcp' ? 50 : 25);
}

describe.skipIf(hasNoWine)('a client on Windows, a server on this host', () => {
  let server: Running;
  let port = '';
  const client = (...options: string[]) => ['-c', '127.0.0.1', '-port', port, ...options];
  beforeAll(async () => {
    ({ server, port } = await serving(beginHere));
  });
  afterAll(async () => {
    server?.signal('SIGINT');
    await server?.end();
  });

  test.each(DIRECTIONS)('%s, TCP and UDP at a rate: the document is whole', async (_name, direction) => {
    const { status, stdout, stderr } = await onWindows(client(...BANDWIDTH, ...direction, ...FLAGS, '--no-host-facts'));
    expect([status, stderr]).toEqual([0, '']);
    const document: ResultDocument = JSON.parse(stdout);
    holds(document);
    for (const { engines } of document.tests) expect(engines).toEqual({ client: 'portable', server: 'linux' });
  });

  test('latency, TCP and UDP, with all that is told of the host: what no command tells is null', async () => {
    const { status, stdout, stderr } = await onWindows(client(...LATENCY, ...FLAGS));
    expect([status, stderr]).toEqual([0, '']);
    const document: ResultDocument = JSON.parse(stdout);
    holds(document);
    expect(document.client).toMatchObject({
      os: expect.stringMatching(/^Windows_NT /),
      details: { system: null, machine: null, hypervisor: null, cpu_governor: null },
    });
    expect(document.client.details?.memory_bytes).toBeGreaterThan(2 ** 28);
    // Nothing of the files of Linux, which are there on drive Z:.
    expect(document.paths[0]?.client).toMatchObject({ kind: 'loopback', mtu_bytes: null });
    for (const { wire, cpu } of document.tests) {
      expect([wire, cpu.client?.softirq_ratio, cpu.client?.quota_cores]).toEqual([null, null, null]);
      expect(cpu.client?.user_ratio).not.toBeNull();
    }
  });

  test('tables keep their signs without a locale, which Windows does not have', async () => {
    const { status, stdout } = await onWindows(client('-d', '200ms', '--no-trial', '--no-host-facts'));
    expect([status, stdout.includes('────')]).toEqual([0, true]);
    expect(stdout).toMatch(/^client: .* \(Windows_NT /m);
  });

  test('Ctrl-C ends the test and shows what was measured', async () => {
    const run = beginOnWindows(client('-d', '60s', '--interval', '200ms', '--no-trial', '--no-host-facts'));
    await run.says(/^\[ +0\] +TCP +0\./m);
    run.signal('SIGINT');
    const { status, stdout, stderr } = await run.end();
    expect([status, stderr]).toEqual([6, 'winze: stopped by SIGINT\n']);
    expect(stdout).toMatch(/^not complete: ERR_ABORTED: stopped by SIGINT$/m);
    expect(stdout).toMatch(/^ {2}goodput +\d/m);
  });

  test('an option that the portable engine cannot set is refused by name', async () => {
    const { status, stdout, stderr } = await onWindows(
      client('-d', '200ms', '--congestion', 'reno', '--no-host-facts'),
    );
    expect([status, stdout.includes('goodput')]).toEqual([5, false]);
    expect(stderr).toMatch(/^winze: [^\n]*--congestion[^\n]*\n$/);
  });
});

describe.skipIf(hasNoWine)('a server on Windows, a client on this host', () => {
  let server: Running;
  let port = '';
  const client = (...options: string[]) => ['-c', '127.0.0.1', '-port', port, ...options, ...FLAGS, '--no-host-facts'];
  beforeAll(async () => {
    ({ server, port } = await serving(beginOnWindows));
  });
  afterAll(async () => {
    server?.signal('SIGKILL');
    await server?.end();
  });

  test.each(DIRECTIONS)('%s, TCP and UDP at a rate: the document is whole', async (_name, direction) => {
    const { status, stdout, stderr } = await here(client(...BANDWIDTH, ...direction));
    expect([status, stderr]).toEqual([0, '']);
    const document: ResultDocument = JSON.parse(stdout);
    holds(document);
    for (const { engines } of document.tests) expect(engines).toEqual({ client: 'linux', server: 'portable' });
  });

  test('latency, TCP and UDP', async () => {
    const { status, stdout, stderr } = await here(client(...LATENCY));
    expect([status, stderr]).toEqual([0, '']);
    holds(JSON.parse(stdout));
  });

  test('Ctrl-C ends it: exit 0, and nothing but what it served', async () => {
    server.signal('SIGINT');
    const { status, stdout, stderr } = await server.end();
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^127\.0\.0\.1:\d+: test 1 ended: /m);
  });
});
