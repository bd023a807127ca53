import { expect, test } from 'vitest';
import type { ClientEvent } from '../../../../src/core/shapes/events.ts';
import { formatDocument } from '../../../../src/report/json.ts';
import { createClientStream } from '../../../../src/report/stream/client-stream.ts';
import { streamError, streamLine } from '../../../../src/report/stream/stream-line.ts';
import { bandwidth, baselinePath, documentOf, interval, latencyInterval, NO_TIMES, spec, viaPath } from '../samples.ts';

const TIME = '2026-01-31T12:00:01.002Z';
const where = (kind: string | null, path: string | null, round: number | null) => ({
  time: TIME,
  test: kind,
  path,
  round,
});
/** The lines of one event, without line breaks. */
const linesOf = (event: ClientEvent): readonly string[] =>
  createClientStream(() => TIME)(event).map((one) => streamLine(one).trimEnd());

test.each<readonly [string, ClientEvent, readonly string[]]>([
  [
    'a path that failed',
    { tag: 'path-failed', path: viaPath({ error: { code: 'ERR_CONNECT', message: 'no answer' } }) },
    [
      '{"event":"error","time":"2026-01-31T12:00:01.002Z","test":null,"path":"10.0.0.2","round":null,"data":{"code":"ERR_CONNECT","message":"no answer","path":"10.0.0.2"}}',
    ],
  ],
  ['nothing for one that did not', { tag: 'path-failed', path: viaPath() }, []],
  [
    'a test that did not begin',
    {
      tag: 'test-failed',
      failure: { path: 'a', round: 2, config: spec({}), error: { code: 'ERR_CONNECT', message: 'no UDP answer' } },
    },
    [
      `{"event":"error","time":"2026-01-31T12:00:01.002Z","test":"bandwidth","path":"a","round":2,"data":{"code":"ERR_CONNECT","message":"no UDP answer","path":"a","round":2,"config":${JSON.stringify(spec({}))}}}`,
    ],
  ],
  [
    'a place in the queue',
    { tag: 'queued', path: 'a\nb', place: 2 },
    [
      '{"event":"start","time":"2026-01-31T12:00:01.002Z","test":null,"path":"a\\nb","round":null,"data":{"kind":"queued","path":"a\\nb","place":2}}',
    ],
  ],
  [
    'intervals',
    {
      tag: 'interval',
      path: 'a',
      round: 2,
      protocol: 'tcp',
      rows: [interval({ stream: null, goodput_bps: 1e9, bytes_received: 125_000_000, retransmits: null })],
    },
    [
      '{"event":"interval","time":"2026-01-31T12:00:01.002Z","test":"bandwidth","path":"a","round":2,' +
        '"data":{"test":"bandwidth","path":"a","protocol":"tcp","rows":[{"direction":"upload",' +
        '"stream":null,"start_ns":0,"end_ns":1000000000,"omitted":false,"goodput_bps":1000000000,' +
        '"bytes_received":125000000,"packets_received":null,"packets_lost":null,"jitter_rfc3550_ns":null,' +
        '"retransmits":null,"rtt_ns":412000,"snd_cwnd_bytes":1310720}]}}',
    ],
  ],
  [
    'an interval of round trips',
    { tag: 'latency-interval', path: 'a', round: 3, row: latencyInterval({ packets_received: 0, rtt_ns: NO_TIMES }) },
    [
      '{"event":"interval","time":"2026-01-31T12:00:01.002Z","test":"latency","path":"a","round":3,' +
        '"data":{"test":"latency","path":"a","row":{"start_ns":0,"end_ns":1000000000,' +
        '"packets_sent":100,"packets_received":0,"rtt_ns":{"n":0,"min":null,"mean":null,"p50":null,"p90":null,' +
        '"p95":null,"p99":null,"p999":null,"p9999":null,"max":null}}}}',
    ],
  ],
  ['nothing for the end of one test', { tag: 'test-ended', result: bandwidth() }, []],
])('createClientStream() has %s', (_what, event, lines) => {
  expect(linesOf(event)).toEqual(lines);
});

test('createClientStream() starts with the path and each test', () => {
  const path = baselinePath();
  const test = { path: 'a', round: 1, rounds: 3, clipped: [], streams: [{ stream: 1, local: 'b', remote: 'c' }] };
  const lines = [
    ...linesOf({ tag: 'connected', path, port: 8888, server_version: '0.1.0' }),
    ...linesOf({ tag: 'test-started', spec: spec(), ...test }),
  ];
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      event: 'start',
      ...where(null, path.name, null),
      data: { kind: 'connected', path, port: 8888, server_version: '0.1.0' },
    },
    { event: 'start', ...where('bandwidth', 'a', 1), data: { kind: 'test', config: spec(), ...test } },
  ]);
});

test('createClientStream() ends with the very document that --json prints', () => {
  const document = documentOf();
  const [line = '', ...more] = linesOf({ tag: 'ended', document });
  expect(more).toEqual([]);
  expect(JSON.parse(line)).toEqual({
    event: 'end',
    ...where(null, null, null),
    data: JSON.parse(formatDocument(document)),
  });
});

test('createClientStream() tells the error before the end of what was measured until then', () => {
  const error = { code: 'ERR_PEER_LOST', message: 'the server fell silent\nfor 10 s' };
  const lines = linesOf({ tag: 'ended', document: documentOf({ complete: false, error }) });
  expect(lines[0]).toBe(
    '{"event":"error","time":"2026-01-31T12:00:01.002Z","test":null,"path":null,"round":null,' +
      '"data":{"code":"ERR_PEER_LOST","message":"the server fell silent\\nfor 10 s"}}',
  );
  expect(lines.map((line) => JSON.parse(line).event)).toEqual(['error', 'end']);
  expect(lines.join('')).not.toContain('\n');
  expect(streamLine(streamError(error, TIME))).toBe(`${lines[0]}\n`);
});
