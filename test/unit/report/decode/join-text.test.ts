import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type {
  CaptureJoin,
  JoinDirection,
  JoinedCapture,
  SenderEvidence,
} from '../../../../src/capture/documents/capture-join.ts';
import { displayWidth } from '../../../../src/core/printable.ts';
import type { Distribution } from '../../../../src/core/shapes/flow.ts';
import { joinText } from '../../../../src/report/decode/join-text.ts';

const all = (value: number, n = 10): Distribution => ({
  n,
  min: value,
  mean: value,
  p50: value,
  p90: value,
  p95: value,
  p99: value,
  p999: value,
  p9999: value,
  max: value,
});

const direction: JoinDirection = {
  from: '192.0.2.1:51820',
  to: '192.0.2.2:51820',
  sender: 'first',
  sender_by: 'both-directions',
  packets_sent: 1000,
  packets_received: 990,
  packets_lost: 10,
  loss_ratio: 0.01,
  packets_duplicated: 3,
  packets_reordered: 4,
  packets_outside: 0,
  packets_missed_by_sender: 0,
  packets_missed_by_both: null,
  one_way_delay_ns: all(20_100_000),
  delay_variation_ns: all(150_000),
  sizes: [{ from_bytes: 0, to_bytes: 128, packets_sent: 1000, packets_lost: 10 }],
  largest_received_bytes: 100,
  smallest_lost_bytes: 100,
  mtu_black_hole: null,
  ids: [{ id: '0x00000001', packets_sent: 1000, packets_lost: 10 }],
  ids_left_out: 0,
};
const capture: JoinedCapture = {
  messages: 1000,
  messages_without_id: 0,
  messages_left_out: 0,
  flows_only_here: 0,
  clock_jumps: 0,
  start_unix_s: 1000,
  duration_ns: 10e9,
};
const sample: CaptureJoin = {
  first: capture,
  second: capture,
  messages_shared: 990,
  clock_offset_ns: -2_000_000,
  clock_offset_error_ns: 20_000_000,
  flows: [{ tunnel: 'wireguard', directions: [direction] }],
  flows_left_out: 0,
};
const nothing = { ...sample, messages_shared: 0, clock_offset_ns: null, clock_offset_error_ns: null, flows: [] };
/** On one line, so that it does not matter where lines break. */
const words = (join: CaptureJoin): string => joinText(['a.pcap', 'b.pcap'], join).replace(/\s+/g, ' ');

describe('joinText()', () => {
  test('has the figures of each direction', () => {
    expect(joinText(['a.pcap', 'b.pcap'], sample)).toBe(
      [
        'both captures: first a.pcap, second b.pcap',
        '  990 messages are in both',
        '  the second clock is 2 ms behind the first, if the fastest messages take as',
        '    long there as back; whatever the path, that is wrong by 20 ms at most',
        'wireguard 192.0.2.1:51820 > 192.0.2.2:51820',
        '  1,000 sent, 990 received, 10 lost (1.00%), 3 duplicated, 4 reordered',
        '  delay: min 20.1 ms, median 20.1 ms, p99 20.1 ms, max 20.1 ms',
        '  above the smallest delay: median 150 µs, p99 150 µs, max 150 µs',
        '  the first capture is nearer to the sender, as the times of both directions',
        '    tell',
        '      up to 128 bytes:       1,000 sent, 10 lost (1.00%)',
        '  0x00000001',
        '',
      ].join('\n'),
    );
  });

  test('says what is not known, and why', () => {
    expect(words({ ...sample, clock_offset_ns: null })).toContain('offset of the clocks: not estimated');
    expect(words({ ...sample, flows: [{ tunnel: 'gre', directions: [{ ...direction, sender_by: null }] }] })).toContain(
      'nothing tells which capture is nearer',
    );
    const lacking = { ...direction, packets_missed_by_sender: 7, packets_missed_by_both: 5, packets_outside: 2 };
    const text = words({ ...sample, flows: [{ tunnel: 'gre', directions: [lacking] }] });
    expect(text).toContain('it lacks 7 that came');
    expect(text).toContain('5 numbers are in neither');
    expect(text).toContain('may not have run: 2 more, not counted');
  });

  test('says why nothing may be shared', () => {
    expect(words(nothing)).toContain('of different tunnels');
    expect(words({ ...nothing, second: { ...capture, start_unix_s: 4611 } })).toContain(
      'the first ends 3601 s before the second begins',
    );
    expect(words({ ...nothing, second: { ...capture, messages: 0, messages_without_id: 4 } })).toContain(
      'the second has none that can be known again',
    );
    expect(words({ ...nothing, second: { ...capture, messages: 0, messages_without_id: 4 } })).toContain(
      '4 messages have no number, or were cut before it',
    );
  });

  test('keeps to 80 columns, whatever the figures', () => {
    const count = fc.oneof(fc.nat(), fc.maxSafeNat());
    const time = fc.double({ min: -1e18, max: 1e18, noNaN: true });
    const evidence = fc.constantFrom<SenderEvidence>('both-directions', 'clock-offset', 'opposite', 'loss', 'clocks');
    const name = fc.string({ unit: fc.constantFrom('a', ' ', '坑', '-'), maxLength: 100 });
    const wild = fc.record({ counts: fc.array(count, { minLength: 12, maxLength: 12 }), time, evidence, name });
    fc.assert(
      fc.property(wild, ({ counts, time: ns, evidence: by, name: file }) => {
        const at = (i: number): number => counts[i] ?? 0;
        const far = {
          ...direction,
          from: '[2001:db8:1111:2222:3333:4444:5555:6666]:65535',
          to: '[2001:db8:1111:2222:3333:4444:5555:7777]:65535',
          sender_by: by,
          packets_sent: at(0),
          packets_received: at(1),
          packets_lost: at(2),
          packets_duplicated: at(3),
          packets_reordered: at(4),
          packets_outside: at(5),
          packets_missed_by_sender: at(6),
          packets_missed_by_both: at(7),
          one_way_delay_ns: all(ns),
          delay_variation_ns: all(ns),
          sizes: [{ from_bytes: 9001, to_bytes: 65_535, packets_sent: at(8), packets_lost: at(9) }],
          mtu_black_hole: { largest_received_bytes: 65_000, smallest_lost_bytes: 65_535, packets_lost: at(10) },
          ids: [{ id: 'peer 16777215, key 7', packets_sent: at(0), packets_lost: at(2) }],
          ids_left_out: at(11),
        };
        const side = { ...capture, messages_left_out: at(0), messages_without_id: at(1), flows_only_here: at(2) };
        const wide = { ...sample, first: side, second: side, clock_offset_ns: ns, flows_left_out: at(3) };
        for (const join of [
          { ...wide, flows: [{ tunnel: 'openvpn' as const, directions: [far] }] },
          { ...wide, messages_shared: 0 },
        ]) {
          for (const line of joinText([file, file], join).split('\n'))
            expect(displayWidth(line)).toBeLessThanOrEqual(80);
        }
      }),
    );
  });
});

test.each([
  ['192.0.2.1:51820', 1341, 'lower the MTU of the tunnel, to 1280'],
  ['192.0.2.1:51820', 1340, 'no MTU of the tunnel helps'],
  ['[2001:db8::1]:51820', 1361, 'lower the MTU of the tunnel, to 1280'],
  ['[2001:db8::1]:51820', 1360, 'no MTU of the tunnel helps'],
  ['192.0.2.1:51820', 160, 'no MTU of the tunnel helps'],
])('from %s, packets of %i octets are lost: nothing below 1280 is advised', (from, lost, advice) => {
  const hole = { largest_received_bytes: 100, smallest_lost_bytes: lost, packets_lost: 10 };
  const flows = [{ tunnel: 'wireguard' as const, directions: [{ ...direction, from, mtu_black_hole: hole }] }];
  const text = joinText(['a', 'b'], { ...sample, flows }).replaceAll(/\s+/g, ' ');
  expect(text).toContain(advice);
  expect(text.includes('a filter by port, which hides all fragments of IPv6')).toBe(from.startsWith('['));
});

test('a capture whose clock jumps is named, once or more often', () => {
  const text = words({ ...sample, first: { ...capture, clock_jumps: 1 }, second: { ...capture, clock_jumps: 1200 } });
  expect(text).toContain('the time of the first jumps, once: none of its times is used, so there are no delays');
  expect(text).toContain('the time of the second jumps, 1,200 times');
});
