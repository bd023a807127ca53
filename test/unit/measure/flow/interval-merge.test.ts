import { describe, expect, test } from 'vitest';
import type { Interval } from '../../../../src/core/shapes/flow.ts';
import type { ReceiverInterval } from '../../../../src/core/shapes/stream-report.ts';
import { IntervalMerge } from '../../../../src/measure/flow/interval-merge.ts';
import { layoutOf } from '../../../../src/measure/stream-layout.ts';
import { specOf } from '../../../support/control-messages.ts';
import { NO_TCP } from '../../../support/results.ts';

const row = (stream: number, index: number, wish: Partial<ReceiverInterval> = {}): ReceiverInterval => ({
  stream,
  index,
  start_ns: index * 1e9,
  end_ns: (index + 1) * 1e9,
  omitted: false,
  bytes: 1000,
  packets: null,
  lost: null,
  jitter_ns: null,
  ...wish,
});

const mergeOf = (streams: number): IntervalMerge =>
  new IntervalMerge('download', layoutOf(specOf({ direction: 'bidirectional', streams })));

/** Gives rows, and waits as long as any row waits for a sample. */
const give = (merge: IntervalMerge, rows: readonly ReceiverInterval[]) => [
  ...merge.handleRows(rows, 0),
  ...merge.handleTimeout(1e9),
];
const end = (merge: IntervalMerge, streams: readonly number[]) => [
  ...merge.handleEnd(streams, 0),
  ...merge.handleTimeout(1e9),
];

describe('IntervalMerge', () => {
  test('one stream is its own sum', () => {
    // Uploads are 0, downloads 1.
    const rows = give(mergeOf(1), [row(1, 0, { packets: 10, lost: 2, jitter_ns: 5 })]);
    const own = {
      direction: 'download',
      start_ns: 0,
      end_ns: 1e9,
      omitted: false,
      goodput_bps: 8000,
      bytes_received: 1000,
      packets_received: 10,
      packets_lost: 2,
      jitter_rfc3550_ns: 5,
      retransmits: null,
      rtt_ns: null,
      snd_cwnd_bytes: null,
    };
    expect(rows).toEqual([
      { ...own, stream: 1 },
      { ...own, stream: null },
    ]);
  });

  test('waits for all streams, then gives each in order and the sum', () => {
    const merge = mergeOf(3);
    expect(give(merge, [row(5, 0, { bytes: 3000, packets: 3, lost: 1 })])).toEqual([]);
    expect(give(merge, [row(3, 0, { packets: 1, lost: 0, end_ns: 1.5e9 })])).toEqual([]);
    const rows = give(merge, [row(4, 0, { packets: 2, lost: 4, start_ns: -0.5e9 })]);
    expect(rows.map((one) => one.stream)).toEqual([3, 4, 5, null]);
    expect(rows[3]).toMatchObject({
      start_ns: -0.5e9,
      end_ns: 1.5e9,
      bytes_received: 5000,
      goodput_bps: 20_000,
      packets_received: 6,
      packets_lost: 5,
      jitter_rfc3550_ns: null,
    });
  });

  test('leaves alone the streams of the other direction', () => {
    const merge = mergeOf(1);
    merge.handleSample(0, { ...NO_TCP, rtt_ns: 5 });
    expect(give(merge, [row(0, 0), row(7, 0)])).toEqual([]);
    expect(give(merge, [row(1, 0)])[0]).toMatchObject({ rtt_ns: null });
  });

  test('a sender’s sample joins the next row; retransmits are those since the row before', () => {
    const merge = mergeOf(1);
    const sample = (retransmits: number | null) =>
      merge.handleSample(1, { ...NO_TCP, retransmits, rtt_ns: 7e6, snd_cwnd_bytes: 14_480 });
    sample(3);
    expect(give(merge, [row(1, 0)])[0]).toMatchObject({ retransmits: 3, rtt_ns: 7e6, snd_cwnd_bytes: 14_480 });
    sample(10);
    expect(give(merge, [row(1, 1)])[0]).toMatchObject({ retransmits: 7 });
    expect(give(merge, [row(1, 2)])[0]).toMatchObject({ retransmits: 0 });
    sample(9);
    expect(give(merge, [row(1, 3)])[0], 'a counter that went back').toMatchObject({ retransmits: 0 });
    sample(null);
    expect(give(merge, [row(1, 4)])[0], 'unknown is not 0').toMatchObject({ retransmits: null, rtt_ns: 7e6 });
    merge.handleSample(1, null);
    expect(give(merge, [row(1, 5)])[0], 'no sample changes nothing').toMatchObject({ rtt_ns: 7e6 });
  });

  test('rows of TCP wait for the sample of their interval, 300 ms at most', () => {
    const merge = mergeOf(1);
    const sample = (rtt_ns: number) => merge.handleSample(1, { ...NO_TCP, rtt_ns });
    const rtts = (rows: readonly Interval[]) => rows.filter(({ stream }) => stream === null).map((one) => one.rtt_ns);
    expect(merge.handleRows([row(1, 0)], 1e9)).toEqual([]);
    expect(merge.handleTimeout(1.299e9)).toEqual([]);
    expect(rtts(sample(5e6)), 'the first row has it too').toEqual([5e6]);
    expect(merge.handleRows([row(1, 1)], 2e9), 'not the sample of the interval before').toEqual([]);
    expect(rtts(merge.handleTimeout(2.3e9))).toEqual([5e6]);
    expect(sample(6e6), 'too late').toEqual([]);
    expect(merge.handleRows([row(1, 2)], 3e9)).toEqual([]);
    expect(rtts(sample(7e6))).toEqual([7e6]);
  });

  test('who tells nothing of itself is waited for once; rows of UDP, the warm-up and the end wait for nothing', () => {
    const merge = mergeOf(1);
    expect(merge.handleRows([row(1, 0)], 0)).toEqual([]);
    expect(merge.handleTimeout(3e8)).toHaveLength(2);
    expect(merge.handleRows([row(1, 1)], 1e9)).toHaveLength(2);
    expect(mergeOf(1).handleRows([row(1, 0, { packets: 1, lost: 0 })], 0)).toHaveLength(2);
    expect(mergeOf(1).handleRows([row(1, -1, { omitted: true })], 0)).toHaveLength(2);
    const last = mergeOf(1);
    expect(last.handleRows([row(1, 0)], 0)).toEqual([]);
    expect(last.finish(0)).toHaveLength(2);
  });

  test('the sum has the congestion windows added and the round trips averaged, if known of all', () => {
    const merge = mergeOf(2);
    merge.handleSample(2, { ...NO_TCP, retransmits: 1, rtt_ns: 2e6, snd_cwnd_bytes: 1000 });
    const [, , partly] = give(merge, [row(2, 0), row(3, 0)]);
    expect(partly).toMatchObject({ stream: null, retransmits: null, snd_cwnd_bytes: null, rtt_ns: 2e6 });
    merge.handleSample(3, { ...NO_TCP, retransmits: 5, rtt_ns: 4e6, snd_cwnd_bytes: 3000 });
    const [, , both] = give(merge, [row(2, 1), row(3, 1)]);
    expect(both).toMatchObject({ stream: null, retransmits: 5, snd_cwnd_bytes: 4000, rtt_ns: 3e6 });
  });

  test('keeps intervals apart: a stream may be ahead of another', () => {
    const merge = mergeOf(2);
    expect(give(merge, [row(2, 0), row(2, 1, { end_ns: 1.9e9 })])).toEqual([]);
    expect(give(merge, [row(3, 0)]).map((one) => one.start_ns)).toEqual([0, 0, 0]);
    expect(give(merge, [row(3, 1)]).map((one) => one.start_ns)).toEqual([1e9, 1e9, 1e9]);
  });

  test('shows the warm-up as omitted', () => {
    expect(give(mergeOf(1), [row(1, -1, { omitted: true })])[0]).toMatchObject({ start_ns: -1e9, omitted: true });
    const both = give(mergeOf(2), [row(2, -1, { omitted: true }), row(3, -1, { omitted: true })]);
    expect(both.map((one) => one.omitted)).toEqual([true, true, true]);
  });

  test('an interval of no length has no rate, and no division by zero', () => {
    expect(give(mergeOf(1), [row(1, 0, { end_ns: 0 })])[0]?.goodput_bps).toBe(0);
  });

  test('a stream that never reports has 0: nobody waits for it longer than 1 s', () => {
    const merge = mergeOf(2);
    expect(give(merge, [row(3, 0, { packets: 5, lost: 1 })])).toEqual([]);
    const rows = give(merge, [row(3, 1, { packets: 5, lost: 1 })]);
    expect(rows.map((one) => [one.stream, one.start_ns, one.bytes_received, one.goodput_bps])).toEqual([
      [2, 0, 0, 0],
      [3, 0, 1000, 8000],
      [null, 0, 1000, 8000],
    ]);
    expect(rows[0]).toMatchObject({ packets_received: 0, packets_lost: 0, jitter_rfc3550_ns: null });
    expect(give(merge, [row(2, 0)]), 'what comes too late').toEqual([]);
  });

  test('a stream whose receiver has ended is not waited for', () => {
    const merge = mergeOf(3);
    expect(give(merge, [row(3, 0), row(3, 1, { end_ns: 1.9e9 }), row(4, 0)])).toEqual([]);
    expect(end(merge, [5]).map((one) => [one.stream, one.bytes_received])).toEqual([
      [3, 1000],
      [4, 1000],
      [5, 0],
      [null, 2000],
    ]);
    expect(end(merge, [4]).map((one) => one.stream)).toEqual([3, 4, 5, null]);
    expect(end(merge, [3, 4, 5])).toEqual([]);
  });

  test('streams that end within an interval have their rates over the whole of it', () => {
    const rows = give(mergeOf(2), [row(2, 4, { end_ns: 4.25e9 }), row(3, 4, { end_ns: 4.5e9 })]);
    expect(rows.map((one) => [one.start_ns, one.end_ns, one.goodput_bps])).toEqual([
      [4e9, 4.5e9, 16_000],
      [4e9, 4.5e9, 16_000],
      [4e9, 4.5e9, 32_000],
    ]);
  });

  test('what waits is bounded, however short the intervals are', () => {
    const merge = mergeOf(2);
    const short = (i: number) => row(2, i, { start_ns: i, end_ns: i + 1 });
    for (let i = 0; i < 1024; i++) expect(give(merge, [short(i)])).toEqual([]);
    expect(give(merge, [short(1024)]), 'the first is given up').toHaveLength(3);
    expect(give(merge, [short(1025)])).toHaveLength(3);
  });
});
