/**
 * Metrics of a document in the text format of Prometheus (0.0.4), without times: the textfile collector of node_exporter takes
 * no file that has them.
 *
 * @module
 */
import type { MetricFamily } from '../document/sample-set.ts';
import { Exposition } from '../exposition.ts';

/** Writes the text of a scrape, or of a file that ends in `.prom`. */
export function prometheusText(families: readonly MetricFamily[]): Promise<string> {
  const out = new Exposition();
  for (const { name, help, series } of families) {
    out.gauge(
      name,
      help,
      series.map(({ labels, value }) => [labels, value]),
    );
  }
  return out.text();
}
