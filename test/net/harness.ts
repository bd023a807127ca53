/**
 * What tests of real sockets share: servers and clients of the built package on loopback, the command
 * line as a user starts it, and the schema.
 *
 * Worker threads need compiled files, hence the built package and not the sources.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import {
  type BandwidthResult,
  type ClientOptions,
  connect,
  type FlowResult,
  type LatencyResult,
  type ResultDocument,
  type RunningServer,
  type ServerConfig,
  serve,
  type TestSpec,
} from '../../dist/index.js';

export const ROOT = join(import.meta.dirname, '../..');
export const BIN = join(ROOT, 'bin/winze.js');
export const MS = 1e6;

const families = Object.values(networkInterfaces()).flatMap((infos = []) => infos);
export const hasIpv6 = families.some(({ address }) => address === '::1');
if (!hasIpv6) console.warn('skipped: this host has no ::1, so nothing is tested over IPv6');

/** 127.0.0.2 answers without being configured on Linux only. */
export const hasSecondLoopback = process.platform === 'linux';
if (!hasSecondLoopback) console.warn('skipped: 127.0.0.2 needs Linux, so no second path is tested');

export type EngineName = 'auto' | 'portable';

const schema: object = JSON.parse(readFileSync(join(ROOT, 'schema/result-1.schema.json'), 'utf8'));
const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
const isValid = ajv.compile(schema);

export function expectValid(document: unknown): void {
  const parsed: unknown = JSON.parse(JSON.stringify(document));
  expect(isValid(parsed), ajv.errorsText(isValid.errors)).toBe(true);
}

/** Runs `use` with a server on loopback that is closed afterwards, whatever happens. */
export async function withServer<T>(
  options: Partial<ServerConfig>,
  use: (server: RunningServer) => Promise<T>,
): Promise<T> {
  const server = await serve({ port: 0, addresses: ['127.0.0.1'], ...options });
  try {
    return await use(server);
  } finally {
    await server.close();
  }
}

/** Measures against 127.0.0.1; the document is held against the schema. */
export async function measure(
  port: number,
  test: Partial<TestSpec>,
  options: Partial<ClientOptions> = {},
): Promise<ResultDocument> {
  const document = await connect({ host: '127.0.0.1', port, tests: [test], ...options });
  expectValid(document);
  return document;
}

export function bandwidthOf(document: ResultDocument, index = 0): BandwidthResult {
  const test = document.tests[index];
  if (test?.test !== 'bandwidth') throw new Error(`test ${index} is no bandwidth test`);
  return test;
}

export function latencyOf(document: ResultDocument, index = 0): LatencyResult {
  const test = document.tests[index];
  if (test?.test !== 'latency') throw new Error(`test ${index} is no latency test`);
  return test;
}

/** What holds for every flow, however fast or slow the host is. */
export function expectSoundFlow(flow: FlowResult, test: BandwidthResult): void {
  const upload = flow.direction === 'upload';
  expect([flow.sender, flow.receiver]).toEqual(upload ? ['client', 'server'] : ['server', 'client']);
  expect(test.warnings).toEqual([]);
  const [receivedBytes, sentBytes] = [flow.bytes_received ?? Number.NaN, flow.bytes_sent ?? Number.NaN];
  expect(receivedBytes).toBeGreaterThan(0);
  expect(receivedBytes).toBeLessThanOrEqual(sentBytes);
  expect(flow.duration_ns).toBeGreaterThan(0);
  expect(flow.goodput_bps).toBeCloseTo((receivedBytes * 8e9) / flow.duration_ns, 3);
  expect(flow.streams).toHaveLength(test.config.streams);
  expect(sum(flow.streams.map((one) => one.bytes_received ?? Number.NaN))).toBe(receivedBytes);
  expect(sum(flow.streams.map((one) => one.bytes_sent ?? Number.NaN))).toBe(sentBytes);
  const rows = test.intervals.filter((row) => row.direction === flow.direction && row.stream !== null && !row.omitted);
  expect(sum(rows.map((row) => row.bytes_received))).toBe(receivedBytes);
  if (test.protocol === 'tcp') {
    expect([flow.packets_sent, flow.packets_lost, flow.loss_ratio]).toEqual([null, null, null]);
    return;
  }
  const [sent, received] = [flow.packets_sent ?? -1, flow.packets_received ?? -1];
  expect(flow.bytes_received).toBe(received * test.config.length_bytes);
  expect(flow.bytes_sent).toBe(sent * test.config.length_bytes);
  expect(flow.packets_lost).toBe(sent - received);
  expect(flow.loss_ratio).toBeCloseTo((sent - received) / sent, 9);
  expect(sum(rows.map((row) => row.packets_received ?? 0))).toBe(received);
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Waits until `condition` holds; fails with `what` after `limitMs`. */
export async function eventually(what: string, condition: () => boolean, limitMs = 8000): Promise<void> {
  const until = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > until) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Open descriptors of a process, on Linux. */
export function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

export interface Outcome {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly elapsedMs: number;
}

export interface Program {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<Outcome>;
}

/** Among the arguments of `winze`: hosts are described, as they are by default. */
export const WITH_HOST_FACTS = 'with host facts';

/** Starts `winze ARGV` as a user does. It is killed after `limitMs`, which shows as a signal. */
export function winze(argv: readonly string[], limitMs = 15_000, env: Record<string, string> = {}): Program {
  const begun = performance.now();
  // A process more after each test: for the test that is about it.
  const spares = ['-s', '-c'].includes(argv[0] ?? '') && !argv.includes(WITH_HOST_FACTS);
  const wishes = argv.filter((one) => one !== WITH_HOST_FACTS);
  const all = spares ? [...wishes, '--no-host-facts'] : wishes;
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(process.execPath, [BIN, ...all], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', ...env },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
  const ended = new Promise<Outcome>((resolve) =>
    child.once('close', (status, signal) => {
      clearTimeout(limit);
      resolve({ status, signal, stdout, stderr, elapsedMs: performance.now() - begun });
    }),
  );
  return { pid: child.pid ?? -1, stdout: () => stdout, stderr: () => stderr, kill: (name) => child.kill(name), ended };
}

/** A `winze -s` process on loopback, and its port. */
export async function winzeServer(...argv: string[]): Promise<Program & { readonly port: number }> {
  const program = winze(['-s', '-ip', '127.0.0.1', '-port', '0', ...argv], 60_000);
  const said = /^Listening on port (\d+) /m;
  await eventually('the server says where it listens', () => said.test(program.stdout()));
  return { ...program, port: Number(said.exec(program.stdout())?.[1]) };
}

/** Exactly one line on stderr, the program's own, without a trace. */
export function expectOneLine(stderr: string, pattern: RegExp): void {
  expect(stderr).toMatch(/^winze: [^\n]+\n$/);
  expect(stderr).toMatch(pattern);
  expect(stderr).not.toMatch(/\n {4}at |internal error|node:internal/);
}
