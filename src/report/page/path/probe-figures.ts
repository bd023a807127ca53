/**
 * Pings, connections and HTTP of a path: distributions of their times, and the phases of a request.
 *
 * @module
 */
import type { HttpResult } from '../../../core/shapes/path/http.ts';
import { shortTimeText } from '../../text/figures.ts';
import { type Bar, barChart } from '../charts/bar-chart.ts';
import { timeMark } from '../charts/chart-words.ts';
import { legend } from '../charts/plot.ts';
import { figure, type Level } from '../parts/figure.ts';
import type { Html } from '../parts/html.ts';
import { distributionFigure } from '../result/latency-figures.ts';
import { grouped, type Lane } from './lanes.ts';

/** The figures of these tests, with all lanes of a test on one axis. */
export function probeFigures(lanes: readonly Lane[], level: Level): readonly Html[] {
  return grouped(lanes).flatMap((group) => {
    const curves = group.flatMap(({ test, label, slot }) => {
      if (test.test === 'mtu') return [];
      const times = test.test === 'http' ? test.total_ns : test.test === 'connections' ? test.connect_ns : test.rtt_ns;
      return [{ label, slot, times }];
    });
    return [...distributionFigure(`Times of ${group[0]?.name ?? ''}`, curves, level), ...phaseFigure(group, level)];
  });
}

const PHASES = [
  ['resolve_ns', 'resolve'],
  ['connect_ns', 'connect'],
  ['tls_ns', 'TLS'],
  ['first_byte_ns', 'first byte'],
  ['transfer_ns', 'transfer'],
] as const;

function phaseFigure(lanes: readonly Lane[], level: Level): readonly Html[] {
  const measured = lanes.flatMap(({ test, label }) =>
    test.test === 'http' && test.total_ns.n > 0 ? [{ test, label }] : [],
  );
  if (measured.length === 0) return [];
  const bars = measured.map(({ test, label }) => barOf(test, label));
  const title = 'Where the time of a request goes';
  return [
    figure({
      level,
      title,
      notes: ['Median of each phase over all runs.'],
      legend: legend(PHASES.map(([, label], slot) => ({ label, slot }))),
      chart: barChart({
        title,
        description: `${bars.map(({ label, words, parts }) => `${label}: ${parts.map((part) => `${part.name} ${part.words}`).join(', ')}; ${words}`).join('. ')}.`,
        bars,
        axisWords: timeMark,
      }),
      table: {
        caption: `${title}: medians`,
        head: ['to', ...PHASES.map(([, name]) => name), 'total'],
        rows: measured.map(({ test, label }) => [
          label,
          ...PHASES.map(([field]) => shortTimeText(test[field].p50)),
          shortTimeText(test.total_ns.p50),
        ]),
      },
    }),
  ];
}

function barOf(test: HttpResult, label: string): Bar {
  const parts = PHASES.flatMap(([field, name], slot) => {
    const value = test[field].p50;
    return value === null ? [] : [{ name, slot, value, words: shortTimeText(value) }];
  });
  return { label, parts, words: `total ${shortTimeText(test.total_ns.p50)}` };
}
