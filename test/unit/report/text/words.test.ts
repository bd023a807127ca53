import { expect, test } from 'vitest';
import type { Overhead, ResultDocument } from '../../../../src/core/shapes/result.ts';
import { verdict } from '../../../../src/report/text/words.ts';
import {
  bandwidth,
  baselinePath,
  comparison,
  flow,
  overhead,
  quietLatency,
  spec,
  udpFlow,
  viaPath,
} from '../samples.ts';

const said = (facts: Partial<Overhead>, more: Partial<ResultDocument> = {}): string =>
  verdict(comparison({ overhead: [overhead({ added_rtt_ns: null, ...facts })], ...more })).join('\n');
const SLOW: Partial<Overhead> = {
  goodput_ratio: 0.62,
  goodput_ratio_ci95: [0.6, 0.64],
  efficiency_ratio: 0.649,
  cpu_per_gbit_ratio: null,
  loss_ratio_added: null,
};
const SLOW_WORDS =
  '10.0.0.2: the tunnel is slower than its bytes explain: TCP upload carries 0.620 (95%: 0.600..0.640) of the goodput of the baseline, and its headers allow 0.955.';

const CASES: readonly (readonly [string, Partial<Overhead>, string])[] = [
  [
    'efficiency of 0.97 and more',
    { goodput_ratio: 0.9264, goodput_ratio_ci95: [0.86, 0.957], efficiency_ratio: 0.97 },
    '10.0.0.2: the tunnel costs only its bytes: TCP upload carries 0.926 (95%: 0.860..0.957) of the goodput of the baseline, and its headers allow 0.955.',
  ],
  ['low efficiency and nothing to explain it', SLOW, `${SLOW_WORDS} No figure that was measured says why.`],
  [
    'low efficiency and costly processing',
    { ...SLOW, cpu_per_gbit_ratio: 2.84 },
    `${SLOW_WORDS} Its processing costs more than its bytes: 2.84 times the CPU time for each Gbit.`,
  ],
  [
    'low efficiency and loss',
    { ...SLOW, cpu_per_gbit_ratio: 1.49, loss_ratio_added: 0.012 },
    `${SLOW_WORDS} It loses 1.20% of the packets beyond what the baseline loses.`,
  ],
  [
    'rounds that reach from slow to the ceiling',
    { ...SLOW, goodput_ratio_ci95: [0.3, 0.93] },
    '10.0.0.2: the rounds differ too much to tell whether the tunnel costs more than its bytes: TCP upload carries 0.620 (95%: 0.300..0.930) of the goodput of the baseline, and its headers allow 0.955.',
  ],
  [
    'rounds that reach from the ceiling to slow',
    { goodput_ratio: 0.9264, goodput_ratio_ci95: [0.859, 0.957], efficiency_ratio: 0.97 },
    '10.0.0.2: the rounds differ too much to tell whether the tunnel costs more than its bytes: TCP upload carries 0.926 (95%: 0.859..0.957) of the goodput of the baseline, and its headers allow 0.955.',
  ],
  [
    'one round',
    { ...SLOW, goodput_ratio_ci95: null, rounds: 1, cpu_per_gbit_ratio: 3 },
    '10.0.0.2: one round is too little to judge the tunnel by: TCP upload carries 0.620 of the goodput of the baseline, and its headers allow 0.955.',
  ],
  [
    'a ceiling that is not known',
    { ...SLOW, ceiling_ratio: null, efficiency_ratio: null },
    '10.0.0.2: TCP upload carries 0.620 (95%: 0.600..0.640) of the goodput of the baseline; what its headers allow could not be worked out.',
  ],
  [
    'a tunnel that is faster than the line',
    { goodput_ratio: 1.4, goodput_ratio_ci95: [1.3, 1.5], efficiency_ratio: 1.47 },
    '10.0.0.2: the tunnel is faster than the baseline: TCP upload carries 1.40 (95%: 1.30..1.50) of the goodput of the baseline. Look at the line, not at the tunnel.',
  ],
  [
    'no goodput at all',
    { goodput_ratio: null, goodput_ratio_ci95: null, efficiency_ratio: null },
    '10.0.0.2: no goodput was measured both on it and on the baseline.',
  ],
];
test.each(CASES)('%s', (_what, facts, words) => {
  expect(said(facts)).toBe(words);
});

test.each([
  [210_000, ' It adds 210 µs to the round trip.'],
  [20_000, ' It adds 20 µs to the round trip.'],
  [19_999, ' It adds nothing notable to the round trip.'],
  [-45_000, ' Its round trip is 45 µs shorter than that of the baseline.'],
])('an added round trip of %i ns', (added_rtt_ns, words) => {
  expect(said({ added_rtt_ns }).endsWith(words)).toBe(true);
});

test('the row that is least efficient is the one spoken of', () => {
  const rows = [overhead(), overhead({ ...SLOW, direction: 'download' }), overhead({ efficiency_ratio: 0.8 })];
  expect(verdict(comparison({ overhead: rows }))[0]).toContain('TCP latency carries 0.620');
  const download = (path: string) => bandwidth({ path, flows: [flow({ direction: 'download' })] });
  const tests = [download('203.0.113.7'), download('10.0.0.2')];
  expect(verdict(comparison({ overhead: rows, tests }))[0]).toContain('TCP download carries 0.620');
});

test('a paced test does not speak for the tunnel where another ran at full speed', () => {
  const config = spec({ protocol: 'udp', rate_bps: 100e6 });
  const paced = (path: string) => bandwidth({ path, protocol: 'udp', config, flows: [udpFlow({ loss_ratio: 0 })] });
  const row = overhead({ protocol: 'udp', goodput_ratio: 0.5, efficiency_ratio: 0.52, added_rtt_ns: null });
  const { tests } = comparison();
  const all = [...tests, paced('203.0.113.7'), paced('10.0.0.2')];
  expect(verdict(comparison({ overhead: [overhead(), row], tests: all }))[0]).toContain('TCP upload carries 0.951');
  expect(verdict(comparison({ overhead: [row], tests: all }))[0]).toBe(
    '10.0.0.2: UDP upload carries 0.500 (95%: 0.944..0.957) of the goodput of the baseline at the rate that was asked for; a test without -b shows how much fits.',
  );
});

test('what is not known to be a tunnel is called a path', () => {
  const via = viaPath({ server: null, client: { ...viaPath().client, kind: 'virtual' } });
  expect(said({}, { paths: [baselinePath(), via] })).toMatch(/^10\.0\.0\.2: the path costs only its bytes/);
  const remote = viaPath({ client: { ...viaPath().client, kind: 'unknown' } });
  expect(said({}, { paths: [baselinePath(), remote] })).toMatch(/^10\.0\.0\.2: the tunnel costs only its bytes/);
});

test('fragments on the path but not on the baseline are a reason', () => {
  const tests = [
    bandwidth({ limited_by: [] }),
    bandwidth({ path: '10.0.0.2', fragments_created: 900, limited_by: [] }),
  ];
  expect(said(SLOW, { tests })).toBe(
    `${SLOW_WORDS} Its packets had to be fragmented: a smaller MTU inside would spare that.`,
  );
});

test('a baseline that loses is named, from probes and paced datagrams only', () => {
  const { tests } = comparison();
  const lossy = quietLatency({ loss_ratio: 0.004 });
  expect(said({}, { tests: [...tests, lossy] })).toMatch(
    /\nThe baseline itself loses up to 0\.40% \(UDP latency\): that is the line, not a tunnel\.$/,
  );
  const flood = bandwidth({
    protocol: 'udp',
    config: spec({ protocol: 'udp' }),
    flows: [udpFlow({ loss_ratio: 0.4 })],
    limited_by: [],
  });
  const overVia = quietLatency({ path: '10.0.0.2', loss_ratio: 0.4 });
  const little = quietLatency({ loss_ratio: 0.0009 });
  expect(said({}, { tests: [...tests, flood, overVia, little] })).not.toContain('The baseline itself');
  const paced = bandwidth({ ...flood, config: spec({ protocol: 'udp', rate_bps: 1e8 }) });
  expect(said({}, { tests: [...tests, paced] })).toContain('loses up to 40.0% (UDP upload)');
});

test('a host that limited the baseline is admitted', () => {
  const busy = bandwidth({ limited_by: [{ cause: 'receiver-cpu', direction: 'upload', evidence: '0.99 of a core' }] });
  expect(said({}, { tests: [busy, bandwidth({ path: '10.0.0.2' })] })).toMatch(
    /\nA processor, not the line, was the limit of the baseline \(TCP upload\): the line may be faster\.$/,
  );
});

test('loss of UDP at full speed is the shortfall, not its reason', () => {
  const flood = (path: string) =>
    bandwidth({ path, protocol: 'udp', config: spec({ protocol: 'udp' }), flows: [udpFlow()], limited_by: [] });
  const facts = { ...SLOW, protocol: 'udp', loss_ratio_added: 0.4 } as const;
  const words = said(facts, { tests: [flood('203.0.113.7'), flood('10.0.0.2')] });
  expect(words).not.toContain('It loses');
  expect(words).toContain('No figure that was measured says why.');
});

test('what limited the path, but not the baseline, is a reason where nothing else is', () => {
  const limited = (path: string, cause: 'window' | 'loss') =>
    bandwidth({ path, limited_by: [{ cause, direction: 'upload', evidence: 'x\n' }] });
  const other = [limited('203.0.113.7', 'loss'), limited('10.0.0.2', 'window')];
  expect(said(SLOW, { tests: other })).toBe(`${SLOW_WORDS} There it was limited by the TCP window: x\\n.`);
  const same = [limited('203.0.113.7', 'loss'), limited('10.0.0.2', 'loss')];
  expect(said(SLOW, { tests: same })).toBe(`${SLOW_WORDS} No figure that was measured says why.`);
});

test('where only round trips were measured, the rounds say what the path adds', () => {
  const rtt = (p50: number, path: string, round: number) =>
    quietLatency({ path, round, rtt_ns: { ...quietLatency().rtt_ns, p50 } });
  const rounds = [
    [400_000, 600_000],
    [900_000, 1_200_000],
    [410_000, 620_000],
  ];
  const tests = rounds.flatMap(([line = 0, via = 0], index) => [
    rtt(line, '203.0.113.7', index + 1),
    rtt(via, '10.0.0.2', index + 1),
  ]);
  expect(verdict(comparison({ overhead: [], tests: [...tests, rtt(1, '10.0.0.2', 4)] }))).toEqual([
    '10.0.0.2: no goodput was measured both on it and on the baseline. It adds 210 µs to the round trip.',
  ]);
});

test('a path is judged by connections a second under their own name', () => {
  const facts = { figure: 'connections', connections_ratio: 0.5, connections_ratio_ci95: [0.4, 0.6] } as const;
  expect(said({ ...facts, goodput_ratio: null })).toBe(
    '10.0.0.2: The tunnel carries 0.500 (95%: 0.400..0.600) of the connections a second of the baseline (TCP connections).',
  );
});
