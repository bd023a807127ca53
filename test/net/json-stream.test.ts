/** Every line of `--json-stream` of real runs, held against the schema, whichever command printed it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Interval } from '../../src/core/shapes/flow.ts';
import type { ResultDocument } from '../../src/core/shapes/result.ts';
import { type StreamLine, validStream } from '../support/schemas.ts';
import { eventually, hasSecondLoopback, winze, winzeServer } from './harness.ts';

const STREAM = '--json-stream';

/** A server with a stream, and its port. */
async function streamServer(address = '127.0.0.1') {
  const program = winze(['-s', '-ip', address, '-port', '0', STREAM], 60_000);
  const port = /"event":"listening".*"port":(\d+)/;
  await eventually('the server says where it listens', () => port.test(program.stdout()));
  return { program, port: port.exec(program.stdout())?.[1] ?? '' };
}

const placesOf = (lines: readonly StreamLine[]): readonly string[] => [
  ...new Set(lines.map(({ event, test: kind, path, round }) => `${event} ${kind} ${path} ${round}`)),
];

/** Each time is a moment of this run, and none is before the one of the line before. */
function expectTimes(lines: readonly StreamLine[], since: number): void {
  const times = lines.map(({ time }) => Date.parse(time));
  // The wall clock of the host may be set while this runs, by a little.
  expect(Math.min(...times)).toBeGreaterThan(since - 5000);
  expect(Math.max(...times)).toBeLessThan(Date.now() + 5000);
  expect(lines.every(({ time }) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(time))).toBe(true);
}

test('client and server: one stream has a sum in each row, and both name test, path and round alike', async () => {
  const since = Date.now();
  const { program, port } = await streamServer();
  try {
    const common = ['-c', '127.0.0.1', '-port', port, '--interval', '100ms', '-d', '400ms', '--no-trial', STREAM];
    const { status, stdout } = await winze([...common, '-t', 'b,l,c']).ended;
    expect(status).toBe(0);
    const lines = validStream('testEvent', stdout);
    expectTimes(lines, since);
    expect(placesOf(lines)).toEqual([
      'start null 127.0.0.1 null',
      'start bandwidth 127.0.0.1 1',
      'interval bandwidth 127.0.0.1 1',
      'start latency 127.0.0.1 1',
      'interval latency 127.0.0.1 1',
      'start connections 127.0.0.1 1',
      'interval connections 127.0.0.1 1',
      'end null null null',
    ]);
    const rows = lines.flatMap(({ data }) => (data.test === 'bandwidth' ? (data.rows as Interval[]) : []));
    const of = (stream: number | null): readonly Interval[] => rows.filter((row) => row.stream === stream);
    expect(of(null)).toEqual(of(0).map((row) => ({ ...row, stream: null })));
    const document = lines.at(-1)?.data as unknown as ResultDocument;
    const [bandwidth] = document.tests;
    expect(bandwidth?.test === 'bandwidth' && bandwidth.intervals).toEqual(rows);
  } finally {
    program.kill('SIGTERM');
  }
  const { status, stdout } = await program.ended;
  expect(status).toBe(0);
  const lines = validStream('serverEvent', stdout);
  expectTimes(lines, since);
  expect(placesOf(lines).filter((place) => /^(start|interval) /.test(place))).toEqual([
    'start bandwidth 127.0.0.1 null',
    'interval bandwidth 127.0.0.1 null',
    'start latency 127.0.0.1 null',
    'interval latency 127.0.0.1 null',
    'start connections 127.0.0.1 null',
    'interval connections 127.0.0.1 null',
  ]);
  expect(lines.find(({ event }) => event === 'interval')?.data.goodput_bps).toBeGreaterThan(0);
  expect(lines.at(-1)).toMatchObject({ event: 'end', data: { complete: true, error: null } });
});

test.skipIf(!hasSecondLoopback)('several paths and streams: each line says of which path and round it is', async () => {
  const { program, port } = await streamServer('0.0.0.0');
  try {
    const argv = ['-c', '127.0.0.1', '--via', '127.0.0.2', '-port', port, '-n', '2', '--interval', '100ms'];
    const { stdout } = await winze([...argv, '-d', '300ms', '--rounds', '3', '--no-trial', STREAM]).ended;
    const lines = validStream('testEvent', stdout);
    const want = [1, 2, 3].flatMap((round) =>
      ['127.0.0.1', '127.0.0.2'].map((path) => `interval bandwidth ${path} ${round}`),
    );
    expect(placesOf(lines)).toEqual(expect.arrayContaining(want));
  } finally {
    program.kill('SIGTERM');
    await program.ended;
  }
});

describe('failures', () => {
  test('a client without a server has the error and a document with it', async () => {
    const { status, stdout } = await winze(['-c', '127.0.0.1', '-port', '1', STREAM]).ended;
    expect(status).toBe(3);
    const lines = validStream('testEvent', stdout);
    expect(lines.map(({ event }) => event)).toEqual(['error', 'end']);
    expect(lines[1]?.data).toMatchObject({ schema: 'winze-result/1', complete: false, error: lines[0]?.data });
  });

  test('a server whose port is taken has the error and an end with it', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const address = taken.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const { status, stdout } = await winze(['-s', '-ip', '127.0.0.1', '-port', `${port}`, STREAM]).ended;
    taken.close();
    expect(status).not.toBe(0);
    const lines = validStream('serverEvent', stdout);
    expect(lines.map(({ event }) => event)).toEqual(['error', 'end']);
    expect(lines[1]?.data).toEqual({ complete: false, error: lines[0]?.data });
  });
});

test('a ping of connections: a line for each probe, under the name of the target', async () => {
  const server = await winzeServer();
  try {
    const { stdout } = await winze(['-x', `127.0.0.1:${server.port}`, '-t', 'pi', '-d', '300ms', '-g', '50ms', STREAM])
      .ended;
    const lines = validStream('testEvent', stdout);
    expect(placesOf(lines)).toEqual([
      'start ping 127.0.0.1 null',
      'interval ping 127.0.0.1 null',
      'end null null null',
    ]);
  } finally {
    server.kill('SIGTERM');
    await server.ended;
  }
});

test('the lab: what begins has its row and its round', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'winze-empty-'));
  try {
    const { stdout } = await winze(['lab', '-d', '100ms', STREAM], 60_000, { PATH: folder }).ended;
    const places = placesOf(validStream('testEvent', stdout));
    expect(places).toEqual(expect.arrayContaining(['start bandwidth plain 1', 'start latency winze 3']));
    expect(places.at(-1)).toBe('end null null null');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
