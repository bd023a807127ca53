/** Three encodings of the same samples. What they say is read back by readers written from the specifications. */
import { describe, expect, test } from 'vitest';
import { documentSamples } from '../../../../src/metrics/document/document-samples.ts';
import { influxLines } from '../../../../src/metrics/encoding/influx-lines.ts';
import { otlpMetrics } from '../../../../src/metrics/encoding/otlp-metrics.ts';
import { prometheusText } from '../../../../src/metrics/encoding/prometheus-text.ts';
import { comparison, documentOf } from '../../report/samples.ts';

const ODD = ['a "b" c', 'a, b=c', 'a\\', 'a\\,b', 'line\nend', 'Zürich ☃ 網路', 'k=v w=x', '\\\\server\\share\\'];
const NANOS = '1777890030456000000';

/** Reads a line of the line protocol, by its syntax in the reference of InfluxDB. */
function readLine(line: string): {
  name: string;
  tags: Record<string, string>;
  field: string;
  time: string | undefined;
} {
  // An escaped character is marked, so that the others are what separates.
  const marked = line.replace(/\\([,= ])/g, '\0$1');
  const parts = marked.split(/(?<!\0) /);
  const [set = '', field = '', time, ...more] = parts;
  expect(more).toEqual([]);
  const split = (text: string, at: string): string[] =>
    text.split(new RegExp(`(?<!\0)${at}`)).map((part) => part.replaceAll('\0', ''));
  const [name = '', ...tags] = set.split(/(?<!\0),/);
  return { name, tags: Object.fromEntries(tags.map((tag) => split(tag, '=') as [string, string])), field, time };
}

/** Reads the labels of a series, by the syntax of the text format. */
function readLabels(line: string): Record<string, string> {
  const found = line.matchAll(/(\w+)="((?:[^"\\\n]|\\["\\n])*)"/g);
  return Object.fromEntries(
    [...found].map(([, name = '', value = '']) => [
      name,
      value.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char)),
    ]),
  );
}

describe.each(ODD)('a title %j and the same as host', (text) => {
  const families = documentSamples(documentOf({ title: text, target: { host: text, port: 1, server_id: null } }));
  // What is not visible is written as an escape before any encoding.
  const shown = text.replace('\n', '\\n');

  test('in the text of Prometheus', async () => {
    const line = (await prometheusText(families)).split('\n').find((each) => each.startsWith('winze_run_info{'));
    expect(readLabels(line ?? '')).toEqual({ target: shown, title: shown, host: 'adit', version: '0.1.0' });
  });

  test('in the line protocol', () => {
    const all = influxLines(families, { host: 'x y' }, NANOS).trimEnd().split('\n').map(readLine);
    const { tags } = all.find(({ name }) => name === 'winze_run_info') ?? { tags: {} };
    // The one thing that it cannot say.
    const said = shown.replace(/\\+$/, '');
    expect(tags).toEqual({ target: said, title: said, host: 'adit', version: '0.1.0' });
    for (const { tags: each } of all) expect(each.target).toBe(said);
  });

  test('in OTLP', () => {
    const sent = JSON.parse(otlpMetrics(families, { startNs: '1', timeNs: '2', version: '1', resource: { text } }));
    expect(sent.resourceMetrics[0].resource.attributes).toEqual([{ key: 'text', value: { stringValue: text } }]);
    const [info] = sent.resourceMetrics[0].scopeMetrics[0].metrics;
    expect(info.gauge.dataPoints[0].attributes).toContainEqual({ key: 'title', value: { stringValue: shown } });
  });
});

describe('of one document', () => {
  const families = documentSamples(comparison());

  test('all three have the same series and values', async () => {
    const text = (await prometheusText(families)).split('\n').filter((line) => line.startsWith('winze_'));
    const lines = influxLines(families, {}, NANOS).trimEnd().split('\n').map(readLine);
    const sent = JSON.parse(otlpMetrics(families, { startNs: '1', timeNs: NANOS, version: '1', resource: {} }));
    const points = sent.resourceMetrics[0].scopeMetrics[0].metrics.flatMap(
      (metric: { name: string; gauge?: { dataPoints: unknown[] }; sum?: { dataPoints: unknown[] } }) =>
        (metric.gauge ?? metric.sum)?.dataPoints.map((point) => ({ name: metric.name, ...(point as object) })),
    );
    const values = text.map((line) => Number(line.split(' ').at(-1)));
    expect(values.length).toBeGreaterThan(20);
    expect(lines.map(({ field }) => Number(field.replace('value=', '').replace('i', '')))).toEqual(values);
    expect(points.map((point: { asInt?: string; asDouble?: number }) => Number(point.asInt ?? point.asDouble))).toEqual(
      values,
    );
    expect(lines.map(({ name }) => name)).toEqual(text.map((line) => line.split('{')[0]));
  });

  test('the type of a field depends on its metric, and every line has the time in nanoseconds', () => {
    const lines = influxLines(families, {}, NANOS).trimEnd().split('\n').map(readLine);
    expect(new Set(lines.map(({ time }) => time))).toEqual(new Set([NANOS]));
    const isWhole = (name: string): boolean[] => [
      ...new Set(lines.filter((line) => line.name === name).map(({ field }) => field.endsWith('i'))),
    ];
    expect(isWhole('winze_retransmits')).toEqual([true]);
    expect(isWhole('winze_probe_success')).toEqual([true]);
    // 117500000 is whole by chance.
    expect(isWhole('winze_goodput_bytes_per_second')).toEqual([false]);
    expect(readLine(influxLines(families, {}, null).split('\n')[0] ?? '').time).toBeUndefined();
  });

  test('OTLP: counts are cumulative sums from the start of the run, 64-bit numbers are text', () => {
    const frame = {
      startNs: '1777890000000000000',
      timeNs: NANOS,
      version: '0.1.0',
      resource: { 'service.name': 'winze' },
    };
    const sent = JSON.parse(otlpMetrics(families, frame));
    const { scope, metrics } = sent.resourceMetrics[0].scopeMetrics[0];
    expect(scope).toEqual({ name: 'winze', version: '0.1.0' });
    const named = (name: string) => metrics.find((metric: { name: string }) => metric.name === name);
    expect(named('winze_retransmits')).toMatchObject({
      unit: '{segment}',
      sum: { aggregationTemporality: 2, isMonotonic: false },
    });
    expect(named('winze_retransmits').sum.dataPoints[0]).toMatchObject({
      startTimeUnixNano: '1777890000000000000',
      timeUnixNano: NANOS,
      asInt: '36',
    });
    expect(named('winze_goodput_bytes_per_second')).toMatchObject({
      unit: 'By/s',
      gauge: { dataPoints: [{ asDouble: 117_500_000 }, { asDouble: 111_875_000 }] },
    });
  });

  test('the text has no times: the textfile collector takes no file that has them', async () => {
    const text = await prometheusText(families);
    for (const line of text.split('\n').filter((each) => each.startsWith('winze_'))) {
      expect(line).toMatch(/^\w+\{.*\} [\d.e+-]+$/);
    }
    expect(text).toContain('# TYPE winze_retransmits gauge\n');
  });
});
