import fc from 'fast-check';
import { expect, test } from 'vitest';
import { displayWidth } from '../../../src/core/printable.ts';
import type { ResultDocument } from '../../../src/core/shapes/result.ts';
import { createRunningRows } from '../../../src/report/test/rows.ts';
import { createServerRows } from '../../../src/report/test/server-rows.ts';
import { formatSummary } from '../../../src/report/text/table.ts';
import {
  bandwidth,
  baselinePath,
  CAPTURE,
  comparison,
  documentOf,
  flow,
  HALF_CAPTURE,
  interval,
  latency,
  latencyInterval,
  overhead,
  quietLatency,
  spec,
  udpFlow,
  viaPath,
} from './samples.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Fields that may be below zero. */
const SIGNED = new Set(['added_rtt_ns', 'loss_ratio_added', 'start_ns', 'end_ns']);
/** Fields that number or count something of ours: known, whole, and below 65536. */
const ORDINAL = new Set(['stream', 'streams', 'port', 'place', 'round', 'rounds', 'test_id']);
/** Fields with text of the user or the network; all others are words of ours. */
const FREE = new Set(
  'title host hostname os arch cpu node version name path baseline device evidence message code notes local remote congestion_control expression reason summary client'.split(
    ' ',
  ),
);

/** Numbers of all magnitudes, and `null`; texts of all lengths, in one and two columns a character. */
interface Wild {
  readonly numbers: readonly (number | null)[];
  readonly texts: readonly string[];
}
const magnitude = fc
  .tuple(fc.double({ min: 0, max: 10, noNaN: true }), fc.integer({ min: -300, max: 300 }))
  .map(([digits, exponent]) => digits * 10 ** exponent);
const wild: fc.Arbitrary<Wild> = fc.record({
  numbers: fc.array(
    fc.oneof(magnitude, fc.nat({ max: 2 ** 31 - 1 }), fc.maxSafeNat(), fc.constantFrom(0, 999.5, 999_999, null)),
    { minLength: 40, maxLength: 120 },
  ),
  texts: fc.array(fc.string({ unit: fc.constantFrom('a', '-', ' ', '坑', 'é', '\x1b', ':'), maxLength: 130 }), {
    minLength: 6,
    maxLength: 12,
  }),
});

/** A copy with every number and every free text replaced; equal texts stay equal, so names still match. */
function wildly<T>(sample: T, { numbers, texts }: Wild): T {
  let next = 0;
  const renamed = new Map<string, string>();
  const rename = (text: string): string => {
    const other = renamed.get(text) ?? `${texts[renamed.size % texts.length]}${renamed.size}`;
    renamed.set(text, other);
    return other;
  };
  const change = (node: Json, key: string): Json => {
    if (typeof node === 'number') {
      const value = numbers[next++ % numbers.length] ?? null;
      if (ORDINAL.has(key)) return Math.floor(value ?? 1) % 65_536;
      return value !== null && SIGNED.has(key) && next % 2 === 0 ? -value : value;
    }
    if (typeof node === 'string') return FREE.has(key) ? rename(node) : node;
    if (Array.isArray(node)) return node.map((one) => change(one, key));
    // Words of ours under names that are free elsewhere.
    if (node === null || key === 'engines') return node;
    return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, change(value, name)]));
  };
  return change(JSON.parse(JSON.stringify(sample)), '') as T;
}

const WIDTHS = [60, 80, 140];

function expectNarrow(lines: readonly string[], width: number): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours take no columns
  const bare = lines.map((line) => line.replaceAll(/\x1b\[\d+m/g, ''));
  for (const line of bare) {
    expect(displayWidth(line), line).toBeLessThanOrEqual(width);
    expect(line, 'a figure that is no number').not.toMatch(/NaN|Infinity|undefined|null/);
    expect(line).not.toMatch(/\p{C}/u);
  }
}

const udp = { protocol: 'udp', direction: 'bidirectional', streams: 2 } as const;
const documents: Record<string, ResultDocument> = {
  'single tests': documentOf({
    title: 'x',
    error: { code: 'ERR_ABORTED', message: 'stopped' },
    expectations: [{ expression: 'p99<1ms', measured: 1, met: false }],
    tests: [
      bandwidth({ clipped: [{ field: 'bytes', asked: 1, granted: 1 }], error: { code: 'ERR_ABORTED', message: 'x' } }),
      bandwidth({
        ...udp,
        config: spec({ ...udp, rate_bps: 1, bytes: 1 }),
        flows: [udpFlow({ streams: flow().streams }), udpFlow({ direction: 'download' })],
        wire: { device: 'eth0', tx_bytes: 1, rx_bytes: 1, tx_packets: 1, rx_packets: 1 },
        fragments_created: 1,
      }),
      latency(),
    ],
  }),
  'a comparison': comparison({
    paths: [baselinePath(), viaPath({ notes: ['x'], same_server: false }), viaPath({ name: '10.0.1.2' })],
    tests: [
      bandwidth({
        ...udp,
        config: spec({ ...udp, rate_bps: null }),
        flows: [udpFlow(), udpFlow({ direction: 'download' })],
      }),
      bandwidth({ path: '10.0.0.2', complete: false, error: { code: 'ERR_ABORTED', message: 'x' } }),
      bandwidth({ path: '10.0.0.2', capture: CAPTURE }),
      bandwidth({ path: '10.0.1.2' }),
      quietLatency({ path: '10.0.1.2', capture: HALF_CAPTURE }),
    ],
    overhead: [overhead(), overhead({ path: '10.0.1.2', protocol: 'udp' })],
  }),
};

const cases = Object.entries(documents).flatMap(([what, document]) =>
  WIDTHS.map((width) => ({ what, document, width })),
);

test.each(cases)('no line of the summary of $what exceeds $width columns', ({ document, width }) => {
  fc.assert(
    fc.property(wild, fc.boolean(), (values, color) => {
      expectNarrow(formatSummary(wildly(document, values), { color, width }).split('\n'), width);
    }),
    { numRuns: 150 },
  );
});

test.each(WIDTHS)('no running row exceeds %d columns', (width) => {
  const streams = [{ stream: 1, local: 'a', remote: 'b' }];
  const clipped = [{ field: 'rate_bps', asked: 1, granted: 1 }] as const;
  const begin = { tag: 'test-started', path: 'a', round: 1, rounds: 2, clipped, streams } as const;
  const counted = { packets_received: 1, packets_lost: 1, jitter_rfc3550_ns: 1 };
  const both = [interval(counted), interval({ ...counted, direction: 'download' }), interval({ stream: null })];
  fc.assert(
    fc.property(wild, (values) => {
      const rows = createRunningRows(width);
      expectNarrow(
        [
          ...rows(wildly({ ...begin, spec: spec({ ...udp }) }, values)),
          ...rows(wildly({ tag: 'connected', path: viaPath({ notes: ['x'] }), port: 1, server_version: 'x' }, values)),
          ...rows(wildly({ tag: 'notice', message: 'x' }, values)),
          ...rows(wildly({ tag: 'queued', path: 'x', place: 1 }, values)),
          ...rows(wildly({ tag: 'interval', path: 'a', round: 1, protocol: 'tcp', rows: both }, values)),
          ...rows({ ...begin, spec: spec({ ...udp }) }),
          ...rows(wildly({ tag: 'interval', path: 'a', round: 1, protocol: 'udp', rows: both }, values)),
          ...rows({ ...begin, spec: spec({ test: 'latency' }) }),
          ...rows(wildly({ tag: 'latency-interval', path: 'a', round: 1, row: latencyInterval() }, values)),
        ],
        width,
      );
    }),
    { numRuns: 250 },
  );
});

test.each(WIDTHS)('no row of a server exceeds %d columns', (width) => {
  const both = spec({ protocol: 'udp', direction: 'bidirectional' });
  const latency = spec({ test: 'latency' });
  const times = { start_ns: 0, end_ns: 1e9 };
  const figures = { ...times, received_bps: 1, sent_bps: 1, packets_per_s: 1, echoes_per_s: 1, connections_per_s: 1 };
  const connections = spec({ test: 'connections' });
  fc.assert(
    fc.property(wild, (values) => {
      const rows = createServerRows(width);
      expectNarrow(
        [
          ...rows(wildly({ tag: 'listening', addresses: ['a', 'b'], port: 1 }, values)),
          ...rows(wildly({ tag: 'client-connected', client: 'a', version: 'b' }, values)),
          ...rows(wildly({ tag: 'capture-begun', client: 'a', device: 'b' }, values)),
          ...rows(wildly({ tag: 'client-queued', client: 'a', place: 1 }, values)),
          ...rows(wildly({ tag: 'client-refused', client: 'a', reason: 'b' }, values)),
          ...rows(wildly({ tag: 'client-closed', client: 'a', reason: 'b' }, values)),
          ...rows(
            wildly(
              { tag: 'test-started', client: 'a', test_id: 1, spec: spec(), trace_back: false, purpose: null },
              values,
            ),
          ),
          ...rows(wildly({ tag: 'interval', client: 'a', test_id: 1, spec: spec(), ...figures }, values)),
          ...rows(wildly({ tag: 'interval', client: 'b', test_id: 1, spec: both, ...figures }, values)),
          ...rows(wildly({ tag: 'interval', client: 'c', test_id: 1, spec: latency, ...figures }, values)),
          ...rows(wildly({ tag: 'interval', client: 'd', test_id: 1, spec: connections, ...figures }, values)),
          ...rows(wildly({ tag: 'test-ended', client: 'a', test_id: 1, summary: 'b' }, values)),
        ],
        width,
      );
    }),
    { numRuns: 250 },
  );
});
