import { expect, test } from 'vitest';
import type { TestSpec } from '../../../../src/core/shapes/spec.ts';
import { hasPassed, Progress } from '../../../../src/measure/flow/progress.ts';
import { TestBoard } from '../../../../src/measure/test-board.ts';
import { specOf } from '../../../support/control-messages.ts';

const S = 1e9;
const T0 = 100 * S;

function progressOf(wish: Partial<TestSpec>): { board: TestBoard; progress: Progress } {
  const board = TestBoard.forStreams(4);
  return { board, progress: new Progress(specOf(wish), board, T0) };
}

test('octets over the time that has passed, however long that is', () => {
  const { board, progress } = progressOf({ streams: 2 });
  board.count(0, 1000, 0);
  board.count(1, 500, 0);
  const nothing = { sent_bps: null, packets_per_s: null, echoes_per_s: null, connections_per_s: null };
  expect(progress.take(T0 + S)).toEqual({ start_ns: 0, end_ns: S, received_bps: 12_000, ...nothing });
  board.count(1, 1500, 0);
  expect(progress.take(T0 + 4 * S)).toEqual({ start_ns: S, end_ns: 4 * S, received_bps: 4000, ...nothing });
});

test('a second in which nothing passed is 0', () => {
  const { board, progress } = progressOf({});
  const row = progress.take(T0 + S);
  expect([row.received_bps, hasPassed(row)]).toEqual([0, false]);
  board.count(0, 1, 0);
  expect(hasPassed(progress.take(T0 + 2 * S))).toBe(true);
});

test.each([
  ['TCP download', { direction: 'download' }, [null, 8000, null, null]],
  ['UDP upload', { protocol: 'udp' }, [8000, null, 10, null]],
  ['both ways', { protocol: 'udp', direction: 'bidirectional' }, [8000, 16_000, 30, null]],
  ['latency', { test: 'latency', protocol: 'udp' }, [null, null, null, 10]],
] as const)('%s has the figures that it can have', (_name, wish, want) => {
  const { board, progress } = progressOf(wish);
  board.count(0, 1000, 10);
  board.count(1, 2000, 20);
  const { received_bps, sent_bps, packets_per_s, echoes_per_s } = progress.take(T0 + S);
  expect([received_bps, sent_bps, packets_per_s, echoes_per_s]).toEqual(want);
});

test('what one thread counts another sees, each stream by itself', () => {
  const board = TestBoard.forStreams(3);
  const there = new TestBoard(board.memory);
  there.count(1, 10, 1);
  there.count(2, 5, 2);
  there.count(1, 10, 1);
  expect([board.passed([0]), board.passed([1]), board.passed([1, 2])]).toEqual([
    { bytes: 0, packets: 0 },
    { bytes: 20, packets: 2 },
    { bytes: 25, packets: 4 },
  ]);
  expect(there.window('upload').begin(7)).toBe(7);
  expect([board.window('upload').begin(9), board.window('download').begunAt]).toEqual([7, undefined]);
});
