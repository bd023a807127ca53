import { describe, expect, test } from 'vitest';
import { displayWidth } from '../../../../src/core/printable.ts';
import type { ClientEvent, ServerEvent } from '../../../../src/core/shapes/events.ts';
import { createClientScreen } from '../../../../src/report/screen/client-screen.ts';
import type { ScreenModel } from '../../../../src/report/screen/screen-model.ts';
import { createServerScreen } from '../../../../src/report/screen/server-screen.ts';
import { createPaint } from '../../../../src/report/text/paint.ts';
import { bandwidthOf, cpuOf, EMPTY, flowOf } from '../../../support/results.ts';
import { spec } from '../samples.ts';

const S = 1e9;
const PLAIN = createPaint(false);
/** What a hostile end may call itself: escape codes, wide characters, no end. */
const HOSTILE = `\x1b[2J\x07${'漢字'.repeat(80)}\u202e`;
const SIZES = [
  [80, 24],
  [60, 10],
  [20, 3],
  [200, 60],
] as const;

const row = (goodput_bps: number, second: number): ClientEvent => ({
  tag: 'interval',
  path: '192.0.2.1',
  round: 1,
  protocol: 'tcp',
  rows: [
    {
      direction: 'upload',
      stream: null,
      start_ns: second * S,
      end_ns: (second + 1) * S,
      omitted: false,
      goodput_bps,
      bytes_received: goodput_bps / 8,
      packets_received: null,
      packets_lost: null,
      jitter_rfc3550_ns: null,
      retransmits: 3,
      rtt_ns: 2e6,
      snd_cwnd_bytes: null,
    },
  ],
});

const testStarted = (path: string): ClientEvent => ({
  tag: 'test-started',
  path,
  round: 1,
  rounds: 1,
  spec: spec(),
  clipped: [],
  streams: [],
});

function fits(model: ScreenModel<never>): void {
  for (const [columns, rows] of SIZES) {
    const lines = model.lines(columns, rows, PLAIN);
    expect(lines.length, `${columns} x ${rows}`).toBeLessThanOrEqual(rows);
    for (const line of lines) {
      expect(displayWidth(line), line).toBeLessThanOrEqual(columns);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
      expect(line).not.toMatch(/[\x00-\x1f\x7f\u202e]/);
    }
  }
}

describe('the screen of a client', () => {
  test('has the graph of what was received, and its last second in words', () => {
    const model = createClientScreen('192.0.2.1');
    model.handle(testStarted('192.0.2.1'));
    for (const [second, bps] of [1e9, 2e9, 4e9].entries()) model.handle(row(bps, second));
    const lines = model.lines(80, 12, PLAIN);
    expect(lines[0]).toMatch(/^winze {2}192\.0\.2\.1: TCP upload.* q: stop and report$/);
    expect(lines[1]).toBe('192.0.2.1 TCP upload: 4 Gbit/s, 3 retransmitted, round trip 2 ms');
    expect(lines.slice(2, 4)).toEqual(['      4G ┤  █', '         │  █']);
    expect(lines.slice(-2)).toEqual(['         │███', '       0 ┤███']);
  });

  test('keeps a minute', () => {
    const model = createClientScreen('h');
    for (let second = 0; second < 200; second++) model.handle(row(second < 100 ? 9e9 : 1e9, second));
    const graph = model.lines(100, 12, PLAIN).filter((line) => line.includes('┤'));
    expect(graph[0]).toMatch(/^ +1G ┤█{60}$/);
  });

  test('has round trips, ended tests, processors of both ends, and messages', () => {
    const model = createClientScreen('h');
    const rtt_ns = { ...EMPTY, n: 10, p50: 1e6, p99: 5e6 };
    const latency = { start_ns: 0, end_ns: S, packets_sent: 10, packets_received: 9, rtt_ns };
    model.handle({ tag: 'latency-interval', path: 'h', round: 1, row: latency });
    const cpu = { client: cpuOf({ user_ratio: 0.25, system_ratio: 0.5 }), server: cpuOf({ user_ratio: null }) };
    const result = bandwidthOf({ path: 'h', flows: [flowOf({ goodput_bps: 5e8 })], cpu });
    model.handle({ tag: 'test-ended', result });
    model.say('winze: something to know');
    const text = model.lines(80, 24, PLAIN).join('\n');
    expect(text).toContain('h round trip, median: p50 1 ms, p99 5 ms, 10.0% lost');
    expect(text).toMatch(/^h TCP: upload 500 Mbit\/s$/m);
    expect(text).toMatch(/^processors, last test: client 75.0% of a core, server -$/m);
    expect(text).toContain('something to know');
  });

  test('has the processors of both ends while a test runs, and those of an older server are not known', () => {
    const model = createClientScreen('h');
    const line = (columns = 80) => model.lines(columns, 24, PLAIN).find((one) => one.startsWith('processors'));
    expect(line()).toBeUndefined();
    model.handle({ tag: 'cpu', path: 'h', client_ratio: 0.25, server_ratio: null });
    expect(line()).toBe('processors: client 25.0% of a core █, server -');
    model.handle({ tag: 'cpu', path: 'h', client_ratio: 1, server_ratio: 1.5 });
    expect(line()).toBe('processors: client 100.0% of a core ▂█, server 150.0% of a core  █');
    for (let i = 0; i < 100; i++) model.handle({ tag: 'cpu', path: 'h', client_ratio: 1, server_ratio: 0 });
    expect(line(79)).toMatch(/^processors: client 100\.0% of a core █+, server 0% of a core ▁+$/);
    expect(displayWidth(line(79) ?? '')).toBeLessThanOrEqual(79);
    expect(line(400)).toContain(` ${'█'.repeat(60)},`);
    const cpu = { client: cpuOf({ user_ratio: 0.5, system_ratio: 0.5 }), server: null };
    model.handle({ tag: 'test-ended', result: bandwidthOf({ path: 'h', cpu }) });
    expect(line()).toBe('processors, last test: client 100.0% of a core, server -');
    model.handle({ tag: 'cpu', path: 'h', client_ratio: null, server_ratio: null });
    expect(line()).toMatch(/^processors: client -/);
  });

  test('fits every size, whatever the server says', () => {
    const model = createClientScreen(HOSTILE);
    model.handle({ tag: 'cpu', path: HOSTILE, client_ratio: 1e300, server_ratio: 1e-300 });
    model.handle(testStarted(HOSTILE));
    for (const path of [HOSTILE, 'a', 'b']) {
      model.handle({ ...row(1e9, 0), path } as ClientEvent);
      model.say(HOSTILE);
    }
    fits(model);
  });
});

describe('the screen of a server', () => {
  const interval = (client: string, received_bps: number, second: number): ServerEvent => ({
    tag: 'interval',
    client,
    test_id: 1,
    spec: spec(),
    start_ns: second * S,
    end_ns: (second + 1) * S,
    received_bps,
    sent_bps: null,
    packets_per_s: null,
    echoes_per_s: null,
    connections_per_s: null,
  });

  test('has who tests what, the sum of all each second, totals and refusals', () => {
    let now = 0;
    const model = createServerScreen(() => now);
    model.handle({ tag: 'listening', addresses: [], port: 8888 });
    for (const client of ['192.0.2.7:1', '192.0.2.8:2']) {
      model.handle({ tag: 'client-connected', client, version: '0.1.0' });
      model.handle({ tag: 'test-started', client, test_id: 1, spec: spec(), trace_back: false, purpose: null });
    }
    model.handle({ tag: 'client-refused', client: '192.0.2.9:3', reason: 'no secret' });
    for (let second = 0; second < 3; second++) {
      now = second * S + S / 2;
      model.handle(interval('192.0.2.7:1', 1e9, second));
      model.handle(interval('192.0.2.8:2', 1e9, second));
    }
    now = 3.1 * S;
    const lines = model.lines(80, 24, PLAIN);
    expect(lines[0]).toMatch(/^winze server {2}port 8888, TCP and UDP +q: stop$/);
    // 3 s of 2 Gbit/s are 750 MB.
    expect(lines[1]).toBe('2 clients, 2 tests, 1 refused, 750MB carried');
    expect(lines.find((line) => line.includes('┤'))).toBe('      2G ┤███');
    expect(lines.filter((line) => /^192\.0\.2\.[78]:/.test(line))).toEqual([
      '192.0.2.7:1                 1G        -        -  TCP upload',
      '192.0.2.8:2                 1G        -        -  TCP upload',
    ]);
    expect(lines).toContain('client                rcvd b/s sent b/s    pkt/s  test');
    expect(lines.at(-1)).toBe('192.0.2.9:3 refused: no secret');
    now = 5.1 * S;
    expect(model.lines(80, 24, PLAIN).find((line) => line.includes('┤'))).toBe('      2G ┤███');
    model.handle({ tag: 'client-closed', client: '192.0.2.7:1', reason: 'done' });
    model.handle({ tag: 'test-ended', client: '192.0.2.8:2', test_id: 1, summary: '' });
    expect(model.lines(80, 24, PLAIN).join('\n')).toMatch(/^192\.0\.2\.8:2 .* between tests$/m);
  });

  test('shows those that test first, and how many are left out', () => {
    const model = createServerScreen(() => 0);
    for (let i = 0; i < 100; i++) model.handle({ tag: 'client-connected', client: `c${i}`, version: '1' });
    model.handle(interval('c99', 1e6, 0));
    const lines = model.lines(80, 10, PLAIN);
    expect(lines).toHaveLength(10);
    expect(lines[3]).toMatch(/^c99 +1M/);
    expect(lines[9]).toBe('and 94 more');
  });

  test('fits every size, whatever a client calls itself', () => {
    const model = createServerScreen(() => 0);
    for (let i = 0; i < 30; i++) {
      model.handle({ tag: 'client-connected', client: `${HOSTILE}${i}`, version: HOSTILE });
      model.handle({ tag: 'client-refused', client: HOSTILE, reason: HOSTILE });
    }
    fits(model);
  });
});
