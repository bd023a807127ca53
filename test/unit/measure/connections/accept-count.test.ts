import { describe, expect, test } from 'vitest';
import { AcceptCount, CONNECTION_MARK } from '../../../../src/measure/connections/accept-count.ts';
import { heldMemory } from '../../../../src/measure/connections/held-memory.ts';
import { ConnectionRowMerge } from '../../../../src/measure/connections/row-merge.ts';
import { CommonWindow } from '../../../../src/measure/flow/common-window.ts';
import { ReceiverMeter } from '../../../../src/measure/flow/receiver-meter.ts';
import { NO_TIMES } from '../../report/samples.ts';

const S = 1e9;
const T0 = 7 * S;
const NOTHING = { thread_ratio: null, wait_ratio: null };
const { counted, warmup } = CONNECTION_MARK;

function countOf(warmupNs: number, durationNs: number): AcceptCount {
  const window = new CommonWindow();
  const plan = { warmupNs, durationNs, bytes: null, intervalNs: S, marked: true, window };
  const count = new AcceptCount(new ReceiverMeter(plan));
  count.meter.start(T0);
  return count;
}

describe('AcceptCount', () => {
  test('counts by the mark of the client, whatever its own clock says', () => {
    const count = countOf(S, 2 * S);
    for (let i = 0; i < 10; i++) expect(count.add(warmup, T0 + i * 1e8)).toBe(true);
    for (let i = 0; i < 30; i++) count.add(counted, T0 + 1.2 * S + i * 0.05 * S);
    expect(count.add(2, T0 + 3 * S)).toBe(false);
    count.meter.end(T0 + 3.5 * S, true);
    expect(count.report(NOTHING)).toMatchObject({ stream: 0, bytes: 0, packets: 30, window_ns: 2 * S });
    const rows = count.takeRows();
    expect(rows.filter((row) => row.omitted).reduce((sum, row) => sum + Number(row.packets), 0)).toBe(10);
    expect(rows.filter((row) => !row.omitted).map(({ index, packets, bytes }) => [index, packets, bytes])).toEqual([
      [0, 20, 0],
      [1, 10, 0],
    ]);
  });

  test('without a connection the window is that of the test', () => {
    const count = countOf(0, 2 * S);
    count.meter.tick(T0 + 1.5 * S);
    count.meter.end(T0 + 2.5 * S, true);
    expect(count.report(NOTHING)).toMatchObject({ packets: 0 });
  });
});

describe('ConnectionRowMerge', () => {
  const own = (index: number) => ({
    index,
    start_ns: index * S,
    end_ns: (index + 1) * S,
    omitted: index < 0,
    opened: 10,
    failed: 1,
    connect_ns: NO_TIMES,
  });
  const far = (index: number, packets: number) => ({
    stream: 0,
    index,
    start_ns: 0,
    end_ns: S,
    omitted: index < 0,
    bytes: 0,
    packets,
    lost: null,
    jitter_ns: null,
  });
  const accepted = (rows: readonly { readonly connections_accepted: number | null }[]) =>
    rows.map((row) => row.connections_accepted);

  test('joins rows by their number, whichever comes first', () => {
    const merge = new ConnectionRowMerge();
    expect(merge.handleServer([far(0, 9)], T0)).toEqual([]);
    expect(merge.handleOwn([own(0)], T0)).toEqual([
      {
        start_ns: 0,
        end_ns: S,
        omitted: false,
        connections_opened: 10,
        connections_failed: 1,
        connections_accepted: 9,
        connect_ns: NO_TIMES,
      },
    ]);
    expect(merge.handleOwn([own(1)], T0)).toEqual([]);
    expect(accepted(merge.handleServer([far(1, 8)], T0))).toEqual([8]);
  });

  test('a row of the warm-up and one that counts never take each other for their own', () => {
    const merge = new ConnectionRowMerge();
    // The rest of a warm-up that took longer than planned at the server has the number 0 too.
    merge.handleServer([far(-1, 5), { ...far(0, 2), omitted: true }, far(0, 9)], T0);
    expect(accepted(merge.handleOwn([own(-1), own(0)], T0))).toEqual([5, 9]);
  });

  test('waits a second for the server, and no longer than its next row', () => {
    const merge = new ConnectionRowMerge();
    merge.handleOwn([own(0), own(1)], T0);
    expect(accepted(merge.handleServer([far(1, 8)], T0))).toEqual([null, 8]);
    merge.handleOwn([own(2)], T0);
    expect(merge.handleTimeout(T0 + S - 1)).toEqual([]);
    expect(accepted(merge.handleTimeout(T0 + S))).toEqual([null]);
    merge.handleOwn([own(3)], T0);
    expect(accepted(merge.finish(T0))).toEqual([null]);
  });

  test('a server that sends rows without end is not remembered without end', () => {
    const merge = new ConnectionRowMerge();
    for (let i = 0; i < 5000; i++) merge.handleServer([far(i + 100_000, 1)], T0);
    expect(accepted(merge.handleOwn([own(0)], T0))).toEqual([]);
    expect(accepted(merge.finish(T0))).toEqual([null]);
  });
});

test('heldMemory() shares what was gained out over the connections', () => {
  const before = { processBytes: 1000, kernelBytes: 50_000 };
  expect(heldMemory(before, { processBytes: 3000, kernelBytes: 90_000 }, 200)).toEqual({
    process_bytes: 10,
    kernel_bytes: 200,
  });
  expect(heldMemory(before, { processBytes: 900, kernelBytes: null }, 100)).toEqual({
    process_bytes: 0,
    kernel_bytes: null,
  });
  expect(heldMemory(before, before, 99)).toBeNull();
});
