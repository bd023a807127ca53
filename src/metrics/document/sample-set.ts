/**
 * Samples of a document while they are collected: those of several rounds become one.
 *
 * @module
 */
import { printable } from '../../core/printable.ts';
import { median } from '../../stats/median.ts';
import type { Labels } from '../exposition.ts';
import { METRICS, type MetricName, type OfRounds, type Unit } from './metric-table.ts';

/** One metric with all of its series. Not measured is no series. */
export interface MetricFamily {
  readonly name: MetricName;
  readonly help: string;
  readonly unit: Unit;
  /** Labels without those that are empty. */
  readonly series: readonly { readonly labels: Labels; readonly value: number }[];
}

/** Longest value of a label, in columns: titles and names are foreign text. */
const LABEL_LENGTH = 200;

/** Collects samples. */
export class SampleSet {
  readonly #series = new Map<MetricName, Map<string, { readonly labels: Labels; readonly values: number[] }>>();

  /** Adds a value; one that was not measured is left out. */
  add(name: MetricName, labels: Labels, value: number | null | undefined): void {
    // A document from a file may have anything here.
    if (typeof value !== 'number' || !Number.isFinite(value)) return;
    const clean = cleanLabels(labels);
    const key = JSON.stringify(clean);
    const series = this.#series.get(name) ?? new Map();
    this.#series.set(name, series);
    const one = series.get(key) ?? { labels: clean, values: [] };
    series.set(key, one);
    one.values.push(value);
  }

  /** All metrics that have a series, in the order of the table. */
  families(): readonly MetricFamily[] {
    return Object.entries(METRICS).flatMap(([key, { help, unit, rounds }]) => {
      const name = key as MetricName;
      const series = [...(this.#series.get(name)?.values() ?? [])];
      if (series.length === 0) return [];
      return {
        name,
        help,
        unit,
        series: series.map(({ labels, values }) => ({ labels, value: ofRounds(values, rounds) })),
      };
    });
  }
}

function ofRounds(values: readonly number[], rounds: OfRounds): number {
  switch (rounds) {
    case 'median':
      return median(values) ?? 0;
    case 'sum':
      return values.reduce((total, value) => total + value, 0);
    case 'least':
      return values.reduce((least, value) => Math.min(least, value));
    case 'greatest':
      return values.reduce((greatest, value) => Math.max(greatest, value));
    default:
      return rounds satisfies never;
  }
}

/** Text in one line, with every character visible: what no format has to escape need not be understood by each reader. */
function cleanLabels(labels: Labels): Labels {
  return Object.fromEntries(
    Object.entries(labels)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => [name, printable(String(value), LABEL_LENGTH)]),
  );
}
