import { expect, test } from 'vitest';
import type { ClientEvent } from '../../../../src/core/shapes/events.ts';
import type { TestSpec } from '../../../../src/core/shapes/spec.ts';
import { createRunningRows } from '../../../../src/report/test/rows.ts';
import { bandwidth, baselinePath, documentOf, interval, latencyInterval, NO_TIMES, spec } from '../samples.ts';

const started = (wishes: Partial<TestSpec>): ClientEvent => ({
  tag: 'test-started',
  path: '203.0.113.7',
  round: 1,
  rounds: 1,
  spec: spec(wishes),
  clipped: [],
  streams: [],
});
const rowsEvent = (protocol: 'tcp' | 'udp', ...rows: ReturnType<typeof interval>[]): ClientEvent => ({
  tag: 'interval',
  path: '203.0.113.7',
  round: 1,
  protocol,
  rows,
});
/** Lines of some intervals of a test that has begun, without its first line. */
const linesOf = (wishes: Partial<TestSpec>, ...events: ClientEvent[]): readonly string[] => {
  const rows = createRunningRows();
  rows(started(wishes));
  return events.flatMap((event) => rows(event));
};

test('TCP rows have the first 42 columns of ethr, and the sum of more than one stream', () => {
  const lines = linesOf(
    { streams: 2 },
    rowsEvent(
      'tcp',
      interval({ goodput_bps: 6.4e9 }),
      interval({ stream: 2, goodput_bps: 5.75e9, retransmits: null, snd_cwnd_bytes: null, rtt_ns: null }),
      interval({ stream: null, goodput_bps: 12.15e9 }),
    ),
  );
  expect(lines).toEqual([
    '- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - -',
    '[  ID ]   Protocol    Interval      Bits/s    Retr      Cwnd       RTT',
    '[    1]     TCP      000-001 sec     6.40G      12   1.25MiB   412.0µs',
    '[    2]     TCP      000-001 sec     5.75G       -         -         -',
    '[  SUM]     TCP      000-001 sec     12.2G      12   1.25MiB   412.0µs',
  ]);
  // Taken from ethr itself (research, run of ethr master-86e0704), apart from the figure.
  expect(lines[1]?.slice(0, 42)).toBe('[  ID ]   Protocol    Interval      Bits/s');
  expect(lines[4]?.slice(0, 35)).toBe('[  SUM]     TCP      000-001 sec      12.1G'.slice(0, 35));
});

test('the row of the sum is left out beside a single stream, and shown where it is all there is', () => {
  const both = linesOf({}, rowsEvent('tcp', interval(), interval({ stream: null })));
  expect(both.slice(2)).toEqual(['[    1]     TCP      000-001 sec     9.41G      12   1.25MiB   412.0µs']);
  const alone = linesOf({}, rowsEvent('tcp', interval({ stream: null })));
  expect(alone.slice(2)).toEqual(['[  SUM]     TCP      000-001 sec     9.41G      12   1.25MiB   412.0µs']);
});

test('UDP rows have packets a second, lost of total, and jitter', () => {
  const row = interval({
    goodput_bps: 10e6,
    start_ns: 1.0e9,
    end_ns: 3.0e9,
    packets_received: 1786,
    packets_lost: 3,
    jitter_rfc3550_ns: 14_200,
  });
  expect(linesOf({ protocol: 'udp' }, rowsEvent('udp', row))).toEqual([
    '- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - -',
    '[  ID ]   Protocol    Interval      Bits/s   Pkts/s    Lost/Total   Loss  Jitter',
    '[    1]     UDP      001-003 sec       10M      893        3/1789  0.17% 14.20µs',
  ]);
});

test('rows of a bidirectional test say which way they went, and each way has its sum', () => {
  const down = { direction: 'download', goodput_bps: 1e9 } as const;
  const lines = linesOf(
    { direction: 'bidirectional' },
    rowsEvent('tcp', interval(), interval({ stream: null }), interval({ ...down, stream: 1 })),
  );
  expect(lines.slice(2)).toEqual([
    '[    1]     TCP up   000-001 sec     9.41G      12   1.25MiB   412.0µs',
    '[    1]     TCP down 000-001 sec        1G      12   1.25MiB   412.0µs',
  ]);
});

test.each([
  ['a warm-up row', { start_ns: -1e9, end_ns: 0, omitted: true }, '    warm-up'],
  ['whole seconds, a little late', { start_ns: 9.004e9, end_ns: 10.012e9 }, '009-010 sec'],
  ['tenths', { start_ns: 0.5e9, end_ns: 1e9 }, '0.5-1.0 sec'],
  ['hundredths', { start_ns: 0.05e9, end_ns: 0.1e9 }, '0.05-0.10 sec'],
  ['a last piece', { start_ns: 9e9, end_ns: 9.44e9 }, '9.0-9.4 sec'],
  ['hours', { start_ns: 3600e9, end_ns: 3601e9 }, '3600-3601 sec'],
  ['months', { start_ns: 8e15, end_ns: 8.000001e15 }, '8M-8.00M sec'],
])('the interval of %s', (_what, times, text) => {
  expect(linesOf({}, rowsEvent('tcp', interval(times)))[2]).toContain(`TCP      ${text}     9.41G`);
});

test('latency rows have the nine columns of ethr within 80', () => {
  const empty = latencyInterval({ rtt_ns: NO_TIMES });
  expect(
    linesOf(
      { test: 'latency' },
      { tag: 'latency-interval', path: 'a', round: 1, row: latencyInterval() },
      { tag: 'latency-interval', path: 'a', round: 1, row: empty },
    ),
  ).toEqual([
    '------------------------------------------------------------------------',
    '     Avg     Min     50%     90%     95%     99%   99.9%  99.99%     Max',
    ' 145.3µs 47.39µs 95.09µs 222.3µs 257.2µs 752.7µs 4.699ms 4.699ms 4.847ms',
    '       -       -       -       -       -       -       -       -       -',
  ]);
});

test('the header is printed once a test, and again for the next', () => {
  const rows = createRunningRows();
  const headers = (): number => rows(rowsEvent('tcp', interval())).filter((line) => line.startsWith('[  ID ]')).length;
  rows(started({}));
  expect([headers(), headers(), headers()]).toEqual([1, 0, 0]);
  rows(started({}));
  expect([headers(), headers()]).toEqual([1, 0]);
});

test('an interval without rows does not use up the header', () => {
  const rows = createRunningRows();
  rows(started({}));
  expect(rows(rowsEvent('tcp'))).toEqual([]);
  expect(rows(rowsEvent('tcp', interval()))).toHaveLength(3);
});

test('what precedes the rows: destination, place in the queue, streams, and what the server cut down', () => {
  const rows = createRunningRows();
  const path = baselinePath({ notes: ['the tunnel MTU 1500 makes the outer packets fragment'] });
  expect([
    ...rows({ tag: 'connected', path, port: 8888, server_version: '0.1.0' }),
    ...rows({ tag: 'queued', path: 'host\x1b[2J', place: 2 }),
    ...rows({
      tag: 'test-started',
      path: '203.0.113.7',
      round: 2,
      rounds: 5,
      spec: spec({ streams: 16, rate_bps: 500e6 }),
      clipped: [
        { field: 'streams', asked: 64, granted: 16 },
        { field: 'duration_ns', asked: null, granted: 10e9 },
        { field: 'rate_bps', asked: 1e9, granted: 500e6 },
        { field: 'bytes', asked: 2 ** 30, granted: 2 ** 20 },
      ],
      streams: [{ stream: 1, local: '203.0.113.5:33015', remote: '203.0.113.7:8888' }],
    }),
  ]).toEqual([
    'Using destination: 203.0.113.7, ip: 203.0.113.7, port: 8888',
    '  note: the tunnel MTU 1500 makes the outer packets fragment',
    'host\\x1b[2J: the server is busy, waiting at place 2',
    'Running test: round 2 of 5, 203.0.113.7: TCP upload, 16 streams, paced at',
    '  500 Mbit/s, 10 s',
    '  cut down by the server: streams: asked 64, granted 16',
    '  cut down by the server: duration: asked no limit, granted 10 s',
    '  cut down by the server: rate: asked 1 Gbit/s, granted 500 Mbit/s',
    '  cut down by the server: size: asked 1 GiB, granted 1 MiB',
    '[  1] local 203.0.113.5:33015 connected to 203.0.113.7:8888',
  ]);
});

test('the ends of tests print nothing: the summary does', () => {
  const rows = createRunningRows();
  expect(rows({ tag: 'test-ended', result: bandwidth() })).toEqual([]);
  expect(rows({ tag: 'ended', document: documentOf() })).toEqual([]);
});

test('a path and a test that fail are told at once, in lines of their own', () => {
  const rows = createRunningRows();
  const error = { code: 'ERR_CONNECT', message: 'no answer\x1b[2J' };
  expect(rows({ tag: 'path-failed', path: baselinePath({ error }) })).toEqual(['203.0.113.7: no answer\\x1b[2J']);
  const failure = { path: '203.0.113.7', round: 1, config: spec({ protocol: 'udp' }), error };
  expect(rows({ tag: 'test-failed', failure })).toEqual(['203.0.113.7: UDP upload: no answer\\x1b[2J']);
  expect(rows({ tag: 'path-failed', path: baselinePath() })).toEqual([]);
});
