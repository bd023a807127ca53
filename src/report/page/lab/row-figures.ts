/**
 * The rows of the lab as bars: what arrived, and what it cost.
 *
 * @module
 */
import type { LabRow } from '../../../core/shapes/lab.ts';
import { coresText, rateText, shortText } from '../../text/figures.ts';
import { type Bar, barChart } from '../charts/bar-chart.ts';
import { legend } from '../charts/plot.ts';
import { figure, type Level } from '../parts/figure.ts';
import type { Html } from '../parts/html.ts';

/** Goodput of every row, of TCP and of UDP sent as fast as possible; none if nothing was measured. */
export function rateFigure(rows: readonly LabRow[], level: Level): readonly Html[] {
  const bars = rows.flatMap((row, slot) => [
    ...rateBar(`${row.name}, TCP`, row.tcp_goodput_bps, slot),
    ...rateBar(`${row.name}, UDP`, row.udp_goodput_bps, slot),
  ]);
  if (bars.length === 0) return [];
  const title = 'Goodput of every row';
  return [
    figure({
      level,
      title,
      notes: ['Medians of the rounds, by the count of the receiver. UDP is sent as fast as possible.'],
      chart: barChart({ title, description: descriptionOf(bars), bars, axisWords: shortText }),
      table: {
        caption: title,
        head: ['row', 'TCP', 'UDP'],
        rows: rows.map((row) => [row.name, rateText(row.tcp_goodput_bps), rateText(row.udp_goodput_bps)]),
      },
    }),
  ];
}

function rateBar(label: string, value: number | null, slot: number): readonly Bar[] {
  if (value === null) return [];
  const words = rateText(value);
  return [{ label, words, parts: [{ name: 'goodput', value, slot, words }] }];
}

/** The parts of a row's processor time, with the slots of their colours. */
const CPU_PARTS = [
  ['near_ratio', 'sender', 0],
  ['far_ratio', 'receiver', 1],
  ['tunnel_ratio', 'tunnel', 2],
] as const;

/** Processor time of every row during its TCP tests, stacked; none if it was not measured. */
export function cpuFigure(rows: readonly LabRow[], level: Level): readonly Html[] {
  const measured = rows.filter(({ cpu }) => cpu !== null);
  if (measured.length === 0) return [];
  const bars = measured.map(({ name, cpu }): Bar => {
    const parts = CPU_PARTS.flatMap(([field, part, slot]) => {
      const value = cpu?.[field] ?? null;
      return value === null ? [] : [{ name: part, value, slot, words: `${coresText(value)} cores` }];
    });
    return { label: name, parts, words: `${coresText(parts.reduce((sum, { value }) => sum + value, 0))} cores` };
  });
  const title = 'Processor time during the TCP tests';
  return [
    figure({
      level,
      title,
      notes: ['Cores of processor time; a tunnel that the kernel runs is not counted.'],
      legend: legend(CPU_PARTS.map(([, label, slot]) => ({ label, slot }))),
      chart: barChart({ title, description: descriptionOf(bars), bars, axisWords: coresText }),
      table: {
        caption: title,
        head: ['row', ...CPU_PARTS.map(([, label]) => label)],
        rows: measured.map(({ name, cpu }) => [name, ...CPU_PARTS.map(([field]) => coresText(cpu?.[field] ?? null))]),
      },
    }),
  ];
}

function descriptionOf(bars: readonly Bar[]): string {
  return `${bars.map(({ label, words }) => `${label}: ${words}`).join('. ')}.`;
}
