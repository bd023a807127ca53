/**
 * Counts of one module towards one target, over all of its probes: what Prometheus takes rates of has to grow, and a probe alone
 * would begin at 0 each time.
 *
 * @module
 */
import Histogram from 'prom-client/lib/histogram.js';
import type { PingResult } from '../core/shapes/path/ping.ts';
import { NS_PER_S } from '../core/time.ts';
import type { Exposition, Labels, Sample } from './exposition.ts';

/** Upper bounds of round trips in seconds: 50 µs, doubled up to 26 s, as of smokeping_prober. */
const BUCKETS = Array.from({ length: 20 }, (_, power) => 0.00005 * 2 ** power);

const COUNTERS = [
  ['sent', 'Probes that were sent.'],
  ['received', 'Probes that were answered in time.'],
  ['lost', 'Probes that were not.'],
  ['duplicated', 'Answers beyond the first of a probe.'],
  ['reordered', 'Answers that came behind that of a later probe.'],
] as const;

/** Round trips and packets. */
export class TargetTotals {
  readonly #labels: Labels;
  readonly #histogram: Histogram<string>;
  readonly #counts = { sent: 0, received: 0, lost: 0, duplicated: 0, reordered: 0 };
  #hasProbes = false;

  /** @param labels - of the target */
  constructor(labels: Labels) {
    this.#labels = labels;
    this.#histogram = new Histogram({
      name: 'winze_rtt_seconds',
      help: 'Round trips since the probe was due, of all probes since the exporter started.',
      labelNames: Object.keys(labels),
      buckets: BUCKETS,
      registers: [],
    });
  }

  /** Counts a round trip. */
  observe(rttNs: number): void {
    this.#hasProbes = true;
    this.#histogram.observe({ ...this.#labels }, rttNs / NS_PER_S);
  }

  /** Counts the packets of a test. */
  add(result: PingResult): void {
    this.#hasProbes = true;
    for (const [name] of COUNTERS) this.#counts[name] += result[`packets_${name}`];
  }

  /** Adds the metrics; none before the first probe. */
  write(out: Exposition): void {
    if (!this.#hasProbes) return;
    out.histogram(this.#histogram);
    for (const [name, help] of COUNTERS) {
      out.counter(`winze_packets_${name}_total`, help, [[this.#labels, this.#counts[name]] satisfies Sample]);
    }
  }
}
