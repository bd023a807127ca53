import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ResultDocument } from '../../../../src/core/shapes/result.ts';
import { evaluate, formatMeasured, parseExpectation } from '../../../../src/report/expect/expect.ts';
import { mtuResult } from '../path/mtu-samples.ts';
import { trace } from '../path/samples.ts';
import { bandwidth, comparison, documentOf, flow, latency, overhead, quietLatency, udpFlow } from '../samples.ts';

const ANY = { path: null, protocol: null, direction: null };

test.each([
  ['goodput>=500M', { ...ANY, metric: 'goodput', operator: '>=', threshold: 500e6 }],
  ['goodput > 1.5Gbit/s', { ...ANY, metric: 'goodput', operator: '>', threshold: 1.5e9 }],
  ['p99<20ms', { ...ANY, metric: 'p99', operator: '<', threshold: 20e6 }],
  ['p99.9<=1s', { ...ANY, metric: 'p99.9', operator: '<=', threshold: 1e9 }],
  ['p99.99<=1m30s', { ...ANY, metric: 'p99.99', operator: '<=', threshold: 90e9 }],
  ['loss<0.1%', { ...ANY, metric: 'loss', operator: '<', threshold: 0.001 }],
  ['loss<=0%', { ...ANY, metric: 'loss', operator: '<=', threshold: 0 }],
  ['loss<0.7%', { ...ANY, metric: 'loss', operator: '<', threshold: 0.007 }],
  ['retransmits<10', { ...ANY, metric: 'retransmits', operator: '<', threshold: 10 }],
  ['jitter<1ms', { ...ANY, metric: 'jitter', operator: '<', threshold: 1e6 }],
  ['jitter<500us', { ...ANY, metric: 'jitter', operator: '<', threshold: 500e3 }],
  ['goodput_ratio>0.9', { ...ANY, metric: 'goodput_ratio', operator: '>', threshold: 0.9 }],
  ['efficiency>=90%', { ...ANY, metric: 'efficiency', operator: '>=', threshold: 0.9 }],
  ['added_rtt<2ms', { ...ANY, metric: 'added_rtt', operator: '<', threshold: 2e6 }],
  ['upload.goodput>=100M', { ...ANY, direction: 'upload', metric: 'goodput', operator: '>=', threshold: 100e6 }],
  ['via.p99<20ms', { ...ANY, path: 'via', metric: 'p99', operator: '<', threshold: 20e6 }],
  [
    ' baseline.udp.download.loss<1% ',
    { path: 'baseline', protocol: 'udp', direction: 'download', metric: 'loss', operator: '<', threshold: 0.01 },
  ],
])('parseExpectation() understands %j', (text, value) => {
  expect(parseExpectation(text)).toEqual({ ok: true, value: { expression: text.trim(), ...value } });
});

const FORM = "expected metric, operator (>= > <= <) and value, such as 'goodput>=500M' or 'via.p99<20ms'";
test.each([
  ['', FORM],
  ['goodput', FORM],
  ['goodput=500M', FORM],
  ['goodput>=', 'expected a bit rate such as 500M'],
  ['>=500M', FORM],
  ['foo.goodput>1', FORM],
  [
    'bandwidth>1M',
    'no such metric; there are goodput, packets, connections, held, failures, connect_p50, connect_p99, loss, jitter, retransmits, reordered, duplicated, min, mean, p50, p90, p95, p99, p99.9, p99.99, max, goodput_ratio, efficiency, added_rtt, added_loss, packets_ratio, connections_ratio, cpu_ratio, hops, path_mtu',
  ],
  [
    'constructor>1',
    'no such metric; there are goodput, packets, connections, held, failures, connect_p50, connect_p99, loss, jitter, retransmits, reordered, duplicated, min, mean, p50, p90, p95, p99, p99.9, p99.99, max, goodput_ratio, efficiency, added_rtt, added_loss, packets_ratio, connections_ratio, cpu_ratio, hops, path_mtu',
  ],
  [
    'upload.via.goodput>1M',
    'expected at most baseline. or via., then tcp. or udp., then upload. or download., in this order',
  ],
  [
    'via.baseline.goodput>1M',
    'expected at most baseline. or via., then tcp. or udp., then upload. or download., in this order',
  ],
  ['baseline.efficiency>0.9', 'efficiency compares paths and takes no baseline.'],
  ['upload.path_mtu>=1400', 'path_mtu is of the path and takes no upload.'],
  ['upload.p99<20ms', 'p99 is of round trips and takes no upload.'],
  ['goodput>=fast', 'expected a bit rate such as 500M'],
  ['p99<20', 'expected a time with its unit such as 20ms'],
  ['p99<-1ms', 'expected a time with its unit such as 20ms'],
  ['loss<0.1', 'expected a percentage such as 0.1%'],
  ['loss<1e-3%', 'expected a percentage such as 0.1%'],
  ['efficiency>high', 'expected a ratio such as 0.9 or 90%'],
  ['retransmits<1.5', 'expected a whole number such as 10'],
])('parseExpectation() refuses %j', (text, why) => {
  expect(parseExpectation(text)).toEqual({ ok: false, error: `'${text}': ${why}` });
});

test('parseExpectation() never throws, and its error text is printable', () => {
  const piece = fc.constantFrom(
    'via.',
    'upload.',
    'udp.',
    'goodput',
    'p99',
    'loss',
    '>=',
    '<',
    '500M',
    '1%',
    '\x1b',
    ' ',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece, { maxLength: 6 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (one) => {
      const parsed = parseExpectation(one);
      if (!parsed.ok) expect(parsed.error).not.toMatch(/\p{C}/u);
    }),
    { numRuns: 2000 },
  );
});

const judged = (text: string, document: ResultDocument) => {
  const parsed = parseExpectation(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return evaluate(parsed.value, document);
};
const both = documentOf({
  tests: [
    bandwidth({ flows: [flow({ goodput_bps: 900e6 }), flow({ direction: 'download', goodput_bps: 300e6 })] }),
    bandwidth({ protocol: 'udp', flows: [udpFlow({ goodput_bps: 100e6, loss_ratio: 0.001 })] }),
    latency({ loss_ratio: 0.012 }),
  ],
});

test.each([
  // The worst of what matches: the smallest where more is wanted, the largest where less is.
  ['goodput>=100M', 100e6, true],
  ['goodput>100M', 100e6, false],
  ['tcp.goodput>=500M', 300e6, false],
  ['tcp.upload.goodput>=500M', 900e6, true],
  ['download.goodput<=300M', 300e6, true],
  ['download.goodput<300M', 300e6, false],
  ['loss<2%', 0.012, true],
  ['loss<1%', 0.012, false],
  // With a direction, the loss of round trips does not match.
  ['upload.loss<=0.1%', 0.001, true],
  ['p99<1ms', 812_900, true],
  ['p99<500us', 812_900, false],
  ['max<1ms', 2_310_000, false],
  // TCP has no loss, UDP no retransmits: these do not take part.
  ['retransmits<=12', 12, true],
  ['reordered<=3', 3, true],
  ['jitter<50us', 38_100, true],
  // Nothing matches.
  ['udp.download.goodput>1M', null, false],
  ['via.goodput>1M', null, false],
  ['efficiency>0.1', null, false],
])('evaluate() judges %s', (expression, measured, met) => {
  expect(judged(expression, both)).toEqual({ expression, measured, met });
});

test('evaluate() is not met by what matches but was not measured, whatever the rest says', () => {
  const holes = documentOf({ tests: [bandwidth(), bandwidth({ flows: [flow({ goodput_bps: null, tcp: null })] })] });
  expect(judged('goodput>=1', holes)).toEqual({ expression: 'goodput>=1', measured: null, met: false });
  expect(judged('retransmits<99', holes)).toEqual({ expression: 'retransmits<99', measured: null, met: false });
  expect(judged('p99<1s', holes)).toEqual({ expression: 'p99<1s', measured: null, met: false });
});

test.each([
  ['goodput_ratio>0.9', 0.62, false],
  ['tcp.goodput_ratio>0.9', 0.951, true],
  ['download.efficiency>=0.6', 0.65, true],
  ['added_rtt<2ms', 210_000, true],
  ['via.added_rtt<200us', 210_000, false],
  ['added_loss<1%', 0, true],
  ['cpu_ratio<2', 1.31, true],
  ['baseline.goodput>=939M', 939e6, true],
  ['via.goodput>=895M', 893e6, false],
  ['baseline.p50<500us', 412_000, true],
  ['via.p50<500us', 622_000, false],
])('evaluate() judges %s of a comparison', (expression, measured, met) => {
  const slow = overhead({ protocol: 'udp', direction: 'download', goodput_ratio: 0.62, efficiency_ratio: 0.65 });
  expect(judged(expression, comparison({ overhead: [overhead(), slow] }))).toEqual({ expression, measured, met });
});

test('evaluate() takes the worst round, not the mean', () => {
  const document = documentOf({ tests: [10, 30, 20].map((us) => quietLatency({ jitter_rfc3550_ns: us * 1000 })) });
  expect(judged('jitter<=30us', document).measured).toBe(30_000);
  expect(judged('jitter>=10us', document).measured).toBe(10_000);
});

test.each([
  ['goodput>=1M', 941e6, '941 Mbit/s'],
  ['p99<20ms', 1_530_000, '1.53 ms'],
  ['loss<1%', 0.00013, '0.013%'],
  ['efficiency>0.9', 0.9117, '0.912'],
  ['retransmits<10', 12, '12'],
  ['not an expectation', 12, '12'],
])('formatMeasured() has the unit of %s', (expression, measured, text) => {
  expect(formatMeasured(expression, measured)).toBe(text);
});

test('hops and path MTU are those of tests of the path: the worst, of the paths and protocols that are named', () => {
  const path_tests = [
    mtuResult({ path_mtu_bytes: 1400 }),
    mtuResult({ path_mtu_bytes: 1328, via: '10.0.0.2' }),
    trace({ protocol: 'tcp', hop_count: 4 }),
    trace({ protocol: 'tcp', hop_count: null, via: '10.0.0.2' }),
  ];
  const measured = (text: string): unknown => {
    const parsed = parseExpectation(text);
    if (!parsed.ok) throw new Error(parsed.error);
    const { measured: figure, met } = evaluate(parsed.value, comparison({ path_tests }));
    return [figure, met];
  };
  expect(measured('path_mtu>=1328')).toEqual([1328, true]);
  expect(measured('via.path_mtu>=1329')).toEqual([1328, false]);
  expect(measured('baseline.udp.path_mtu<1400')).toEqual([1400, false]);
  expect(measured('tcp.path_mtu>=1')).toEqual([null, false]);
  expect(measured('baseline.hops<=4')).toEqual([4, true]);
  expect(measured('hops<=30')).toEqual([null, false]);
  expect(formatMeasured('path_mtu>=1400', 1328)).toBe('1328');
});
