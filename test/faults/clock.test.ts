/**
 * The wall clock set back, or forward, during a run. No engine reads it: `monotonicNow` is all they
 * have. One place is left, the kernel's stamps of arrivals, which are wall-clock times and become ages.
 *
 * The clock of this machine belongs to others too, so it is not set. Instead the prober is fed the
 * ages that a clock set at that moment leads to; and with libfaketime, where it is installed, a whole
 * client reads a wall clock that is an hour off the kernel's, so each stamp looks like one from
 * before the clock was set. It leaves the monotonic clock alone, as the kernel does.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ResultDocument } from '../../dist/index.js';
import { completeSpec } from '../../src/measure/test-defaults.ts';
import { LinuxProbe } from '../../src/run/linux/probe.ts';
import type { LinuxStreamDeps } from '../../src/run/linux/stream.ts';
import { monotonicNow } from '../../src/run/monotonic.ts';
import type { StreamReport } from '../../src/run/streams/stream-plan.ts';
import { DATAGRAM_TYPE, OFFSET, writeNumber } from '../../src/wire/datagram.ts';
import { expectValid, latencyOf, MS, winze, winzeServer } from '../net/harness.ts';

const HOUR = 3600e9;

describe('LinuxProbe', () => {
  test.each([
    ['back by an hour', -HOUR],
    ['back by a millisecond', -1 * MS],
    ['forward by an hour', HOUR],
    ['forward by half a second', 500 * MS],
    ['back to 1970', -1.8e18],
    ['to no number', Number.NaN],
  ])('wall clock set %s between two answers: every time stays one that was possible', (_name, step) => {
    const probes = 20;
    const begun = monotonicNow();
    const measured = measure(probes, (i) => (i === 10 ? step : 1000));
    const elapsed = monotonicNow() - begun;
    expect([measured.packets_sent, measured.packets_received, measured.packets_lost]).toEqual([probes, probes, 0]);
    for (const one of [measured.rtt_ns, measured.rtt_from_send_ns, measured.ipdv_ns, measured.queueing_down_ns]) {
      expect(one.min).toBeGreaterThanOrEqual(0);
      expect(one.max).toBeLessThan(elapsed);
    }
    expect(measured.rtt_ns.n).toBe(probes);
  });
});

/** Runs a prober on a made-up kernel that answers each probe at once and stamps it `ageNs` ago. */
function measure(probes: number, ageOf: (answer: number) => number) {
  const memory = (size: number) => {
    const bytes = new Uint8Array(size);
    return { address: 0, bytes, view: new DataView(bytes.buffer) };
  };
  const probe = memory(64);
  const answer = memory(64);
  let [waiting, answers] = [0, 0];
  const reports: StreamReport[] = [];
  const thread = {
    libc: {
      allocate: () => probe,
      free: () => {},
      send: () => {
        answer.bytes.set(probe.bytes);
        answer.view.setUint8(OFFSET.type, DATAGRAM_TYPE.reply);
        for (const at of [OFFSET.serverReceived, OFFSET.serverSent]) writeNumber(answer.view, at, monotonicNow());
        writeNumber(answer.view, OFFSET.serverCount, answers + 1);
        waiting = 1;
        return probe.bytes.length;
      },
    },
    datagrams: {
      view: answer.view,
      receive: () => (waiting-- > 0 ? 1 : 0),
      readClock: () => monotonicNow(),
      offset: () => 0,
      length: () => answer.bytes.length,
      ageNs: () => ageOf(answers++),
    },
    threadTime: () => 0,
    waitTime: () => null,
    report: (report: StreamReport) => reports.push(report),
  };
  const spec = completeSpec({ test: 'latency', duration_ns: probes * MS, gap_ns: MS });
  const plan = {
    id: 1,
    stream: 0,
    role: 'probe',
    spec,
    token: new Uint8Array(8),
    rateBps: null,
    bytes: null,
    heldBps: null,
    trace: null,
  };
  const socket = { fd: 3, trySetInt: () => true, close: () => {} };
  const prober = new LinuxProbe({ thread, plan, socket } as unknown as LinuxStreamDeps);
  prober.start(monotonicNow());
  for (;;) {
    const now = monotonicNow();
    prober.step(waiting > 0 ? 1 : 0, now, now + MS);
    const last = reports.find((report) => report.tag === 'measured');
    if (last?.tag === 'measured')
      return { ...last.report, packets_lost: last.report.packets_sent - last.report.packets_received };
  }
}

const library = ['/usr/lib/x86_64-linux-gnu/faketime', '/usr/lib/aarch64-linux-gnu/faketime', '/usr/lib64/faketime']
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
  .find((path) => path.includes('MT'));
if (library === undefined) console.warn('skipped: a run under another wall clock needs libfaketime (apt: faketime)');

describe.skipIf(library === undefined)('under libfaketime', () => {
  test.each([
    ['an hour back', '-3600s'],
    ['an hour forward', '+3600s'],
  ])('a client whose wall clock was set %s measures as ever', async (_name, offset) => {
    const server = await winzeServer();
    const env = { LD_PRELOAD: library ?? '', FAKETIME: offset, DONT_FAKE_MONOTONIC: '1' };
    const argv = [
      '-c',
      '127.0.0.1',
      '-port',
      String(server.port),
      '-t',
      'b,l',
      '-p',
      'udp',
      '-b',
      '5M',
      '-d',
      '300ms',
      '--json',
    ];
    const run = await winze(argv, 15_000, env).ended;
    server.kill('SIGTERM');
    await server.ended;
    expect([run.status, run.stderr]).toEqual([0, '']);
    const document: ResultDocument = JSON.parse(run.stdout);
    expectValid(document);
    const apart = Math.abs(Date.now() - Date.parse(document.started_at));
    expect(apart, 'the other clock was in effect').toBeGreaterThan(3000e3);
    const latency = latencyOf(document, 1);
    expect(latency.packets_received).toBe(30);
    for (const one of [latency.rtt_ns, latency.queueing_up_ns, latency.queueing_down_ns, latency.ipdv_ns]) {
      expect(one.min).toBeGreaterThanOrEqual(0);
      expect(one.max).toBeLessThan(run.elapsedMs * MS);
    }
  });
});
