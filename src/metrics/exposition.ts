/**
 * Metrics as text for a scrape, in the Prometheus text format 0.0.4, which every version of Prometheus reads.
 *
 * An exposition is made anew from counts for each scrape, so that it holds no state and no metric outlives what it is about.
 *
 * @see docs/decisions/0018-prom-client.md
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 * @module
 */
import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import type Histogram from 'prom-client/lib/histogram.js';
import Registry from 'prom-client/lib/registry.js';

/** The type of the text. Prometheus 3 refuses a scrape with any other that it does not know. */
export const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8';

/** Labels of a series by name. */
export type Labels = Readonly<Record<string, string>>;

/** One series of a metric and its value; `null` is not known, and then there is no series. */
export type Sample = readonly [labels: Labels, value: number | null];

/** Collects metrics, and writes them. */
export class Exposition {
  readonly #registry = new Registry();

  /** Adds what goes up and down. A metric none of whose values is known is left out. */
  gauge(name: string, help: string, samples: readonly Sample[]): void {
    const known = knownOf(samples);
    if (known.length === 0) return;
    const gauge = new Gauge({ name, help, labelNames: namesOf(known), registers: [this.#registry] });
    for (const [labels, value] of known) gauge.set({ ...labels }, value);
  }

  /** Adds what only grows; the name ends in `_total`. A metric none of whose values is known is left out. */
  counter(name: string, help: string, samples: readonly Sample[]): void {
    const known = knownOf(samples);
    if (known.length === 0) return;
    const counter = new Counter({ name, help, labelNames: namesOf(known), registers: [this.#registry] });
    for (const [labels, value] of known) counter.inc({ ...labels }, value);
  }

  /** Adds a distribution that its owner keeps: the counts of a histogram only grow, so it outlives an exposition. */
  histogram(histogram: Histogram): void {
    this.#registry.registerMetric(histogram);
  }

  /** The text of all metrics. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

type Known = readonly [labels: Labels, value: number];

function knownOf(samples: readonly Sample[]): readonly Known[] {
  return samples.flatMap(([labels, value]) => (value === null ? [] : [[labels, value] as const]));
}

/** Names of the labels of all series: one may lack some, which is the same as if they were empty. */
function namesOf(known: readonly Known[]): string[] {
  return [...new Set(known.flatMap(([labels]) => Object.keys(labels)))];
}
