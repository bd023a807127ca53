/** The exposition of one probe, and the counts of a target over several. */
import { describe, expect, test } from 'vitest';
import { Exposition } from '../../../src/metrics/exposition.ts';
import { probeMetrics } from '../../../src/metrics/probe-metrics.ts';
import { outcomeOf } from '../../../src/metrics/probe-outcome.ts';
import { TargetTotals } from '../../../src/metrics/target-totals.ts';
import { mtuResult } from '../report/path/mtu-samples.ts';
import { trace } from '../report/path/samples.ts';
import { comparison } from '../report/samples.ts';

const facts = { target: 'h:1', module: 'm', duration_ns: 1.25e9 };
const AT = 'target="h:1",module="m"';
const namesIn = (text: string): string[] => [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name = '']) => name);

describe('probeMetrics()', () => {
  test('a failure has its reason, its time and no figure', async () => {
    const text = await probeMetrics(facts, { ok: false, reason: 'no_answer', message: 'x' }, null);
    expect(text).toContain(`winze_probe_success{${AT}} 0\n`);
    expect(text).toContain(`winze_probe_duration_seconds{${AT}} 1.25\n`);
    expect(text).toContain(`winze_probe_failure_info{${AT},reason="no_answer"} 1\n`);
    expect(namesIn(text)).toHaveLength(3);
  });

  test('path MTU in both directions', async () => {
    const text = await probeMetrics(facts, outcomeOf({ tag: 'mtu', result: mtuResult() }), null);
    expect(text).toContain(`winze_path_mtu_bytes{${AT},direction="forward"} 1400\n`);
    expect(text).toContain(`winze_path_mtu_bytes{${AT},direction="backward"} 1387\n`);
    expect(text).toContain(`winze_path_black_hole{${AT},direction="backward"} 1\n`);
  });

  test('a trace, and one that did not reach its target', async () => {
    const reached = await probeMetrics(facts, outcomeOf({ tag: 'path', result: trace() }), null);
    expect(reached).toContain(`winze_path_hops{${AT}} 4\n`);
    const lost = outcomeOf({ tag: 'path', result: trace({ reached: false, hop_count: null }) });
    expect(await probeMetrics(facts, lost, null)).toContain('reason="not_reached"} 1\n');
  });

  test('of a comparison the last round, and its ratios', async () => {
    const text = await probeMetrics(facts, outcomeOf({ tag: 'bandwidth', document: comparison() }), null);
    expect(text).toContain(
      `winze_goodput_bytes_per_second{${AT},path="line",protocol="tcp",direction="upload"} 117500000\n`,
    );
    // 899 Mbit/s.
    expect(text).toContain(
      `winze_goodput_bytes_per_second{${AT},path="tunnel",protocol="tcp",direction="upload"} 112375000\n`,
    );
    expect(text).toContain(`winze_goodput_ratio{${AT}} 0.951\n`);
  });
});

describe('TargetTotals', () => {
  const packets = {
    packets_sent: 10,
    packets_received: 9,
    packets_lost: 1,
    packets_duplicated: 2,
    packets_reordered: 3,
  };
  const textOf = (totals: TargetTotals): Promise<string> => {
    const out = new Exposition();
    totals.write(out);
    return out.text();
  };

  test('has nothing to say before the first probe', async () => {
    expect((await textOf(new TargetTotals({ target: 'h' }))).trim()).toBe('');
  });

  test('grows from probe to probe, and reads the same twice', async () => {
    const totals = new TargetTotals({ target: 'h' });
    for (const rttNs of [40_000, 90_000, 30e9]) totals.observe(rttNs);
    const result = packets as Parameters<TargetTotals['add']>[0];
    totals.add(result);
    totals.add(result);
    const text = await textOf(totals);
    expect(text).toContain('winze_packets_sent_total{target="h"} 20\n');
    expect(text).toContain('winze_packets_reordered_total{target="h"} 6\n');
    // 50 µs, 100 µs, 26.2 s, and beyond.
    expect(text).toMatch(/^winze_rtt_seconds_bucket\{le="0.00005",target="h"\} 1$/m);
    expect(text).toMatch(/^winze_rtt_seconds_bucket\{le="0.0001",target="h"\} 2$/m);
    expect(text).toMatch(/^winze_rtt_seconds_bucket\{le="26.2144",target="h"\} 2$/m);
    expect(text).toMatch(/^winze_rtt_seconds_bucket\{le="\+Inf",target="h"\} 3$/m);
    expect(text).toMatch(/^winze_rtt_seconds_count\{target="h"\} 3$/m);
    expect(await textOf(totals)).toBe(text);
  });
});
