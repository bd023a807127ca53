/**
 * Stored documents as metrics.
 *
 * @module
 */
import { usageError } from '../../core/errors.ts';
import { LAB_SCHEMA } from '../../core/shapes/lab.ts';
import type { MeasuredDocument } from '../../core/shapes/metrics/measured-document.ts';
import { PATH_SCHEMA } from '../../core/shapes/path/document.ts';
import { RESULT_SCHEMA } from '../../core/shapes/result.ts';
import { documentSamples, subjectOf } from '../../metrics/document/document-samples.ts';
import { isoNanos } from '../../metrics/document/iso-time.ts';
import type { MetricFamily } from '../../metrics/document/sample-set.ts';
import { influxLines } from '../../metrics/encoding/influx-lines.ts';
import { prometheusText } from '../../metrics/encoding/prometheus-text.ts';

/** What was read from a file. */
export interface StoredDocuments {
  readonly documents: readonly { readonly schema: string }[];
}

const MEASURED: readonly string[] = [RESULT_SCHEMA, PATH_SCHEMA, LAB_SCHEMA];

/** The text of a scrape. @throws NetError `ERR_USAGE` if no document has metrics */
export function storedPrometheus(files: readonly StoredDocuments[]): Promise<string> {
  return prometheusText(merged(measuredOf(files).map(documentSamples)));
}

/** Line protocol of InfluxDB, each document at its own time. @throws NetError `ERR_USAGE` if no document has metrics */
export function storedInflux(files: readonly StoredDocuments[]): string {
  return measuredOf(files)
    .map((document) => {
      const { host } = subjectOf(document);
      return influxLines(documentSamples(document), host === null ? {} : { host }, isoNanos(document.started_at));
    })
    .join('');
}

function measuredOf(files: readonly StoredDocuments[]): readonly MeasuredDocument[] {
  const all = files.flatMap(({ documents }) => documents);
  const measured = all.filter((document): document is MeasuredDocument => MEASURED.includes(document.schema));
  if (measured.length === 0 && all.length > 0) throw usageError('a capture has no metrics');
  return measured;
}

/** One family a name, one value a series: the text of a scrape may not have a series twice. The last document wins. */
function merged(documents: readonly (readonly MetricFamily[])[]): readonly MetricFamily[] {
  const families = new Map<string, MetricFamily>();
  for (const family of documents.flat()) {
    const before = families.get(family.name)?.series ?? [];
    const series = new Map([...before, ...family.series].map((one) => [JSON.stringify(one.labels), one]));
    families.set(family.name, { ...family, series: [...series.values()] });
  }
  return [...families.values()];
}
