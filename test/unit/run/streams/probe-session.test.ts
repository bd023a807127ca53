import { describe, expect, test, vi } from 'vitest';
import type { LatencyInterval } from '../../../../src/core/shapes/result.ts';
import type { TestSpec } from '../../../../src/core/shapes/spec.ts';
import { Reflector } from '../../../../src/measure/probe.ts';
import { TestBoard } from '../../../../src/measure/test-board.ts';
import { ProbeSession } from '../../../../src/run/streams/probe-session.ts';
import { StreamKey } from '../../../../src/wire/datagram.ts';
import { specOf } from '../../../support/control-messages.ts';
import { STREAM, TOKEN } from '../../../support/datagrams.ts';

const S = 1e9;
const MS = 1e6;
const T0 = 100 * S;
const LENGTH = 64;

/** Lets a session run in virtual time, in turns of 1 ms. Answers come at once, but for what `isLost` takes. */
function run(wish: Partial<TestSpec>, isLost: (probe: number) => boolean, turnsMissed: (ms: number) => boolean) {
  const spec = specOf({ test: 'latency', protocol: 'udp', length_bytes: LENGTH, ...wish });
  const board = TestBoard.forStreams(1).memory;
  const rest = {
    id: 1,
    direction: 'upload',
    role: 'probe',
    rateBps: null,
    bytes: null,
    heldBps: null,
    trace: null,
    socket: null,
  } as const;
  const rows: LatencyInterval[] = [];
  const session = new ProbeSession({ ...rest, stream: STREAM, spec, token: TOKEN, board }, T0, (report) => {
    if (report.tag === 'probed') rows.push(report.row);
  });
  const reflector = new Reflector(new StreamKey(TOKEN, STREAM));
  const view = new DataView(new ArrayBuffer(LENGTH));
  // A thread asks for its shares with system calls, which delay probes: once, when the test is over.
  const asksKernel = vi.fn(() => null);
  let probe = 0;
  for (let ms = 0; ms < 60_000; ms++) {
    if (turnsMissed(ms)) continue;
    const now = T0 + ms * MS;
    while (session.dueAt <= now) {
      session.writeProbe(view, 0, now);
      session.handleSent(now);
      if (isLost(probe++)) continue;
      reflector.reflect(view, 0, LENGTH, now, now);
      session.handleBytes(view, 0, LENGTH, now + 100);
    }
    if (session.tick(now, 'user', asksKernel)) break;
    expect(session.wakeAt, 'no turn is for nothing').toBeGreaterThan(now);
  }
  expect(asksKernel).toHaveBeenCalledTimes(1);
  return rows.map((row) => [row.start_ns / S, row.end_ns / S, row.packets_sent, row.packets_received]);
}

const never = () => false;

describe('rows of a latency test', () => {
  const spec = { duration_ns: 3 * S, gap_ns: 10 * MS };

  test('follow the clock, and contain the probes that were due in them', () => {
    expect(run(spec, never, never)).toEqual([
      [0, 1, 100, 100],
      [1, 2, 100, 100],
      [2, 3, 100, 100],
    ]);
  });

  test('show a second without answers, and a last partial one', () => {
    expect(run(spec, (probe) => probe >= 100 && probe < 200, never)[1]).toEqual([1, 2, 100, 0]);
    expect(run(spec, (probe) => probe >= 200, never)[2]).toEqual([2, 3, 100, 0]);
    expect(run(spec, () => true, never).map((row) => row[3])).toEqual([0, 0, 0]);
  });

  test('exist also where no probe was due', () => {
    expect(run({ duration_ns: 3 * S, gap_ns: 2 * S }, never, never)).toEqual([
      [0, 1, 1, 1],
      [1, 2, 0, 0],
      [2, 3, 1, 1],
    ]);
    expect(run({ ...spec, warmup_ns: S, gap_ns: 2.5 * S }, never, never)).toEqual([
      [0, 1, 0, 0],
      [1, 2, 1, 1],
      [2, 3, 0, 0],
    ]);
  });

  test('follow the clock when this host stalls', () => {
    const rows = run(spec, never, (ms) => ms > 500 && ms < 2200);
    expect(rows.map(([start, end, sent]) => [start, end, sent])).toEqual([
      [0, 1, 100],
      [1, 2, 100],
      [2, 3, 100],
    ]);
  });
});
