/**
 * Metrics of a document in the line protocol of InfluxDB: the name is the measurement, labels are tags, the field is `value`.
 *
 * @see https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
 * @module
 */
import { isWhole } from '../document/metric-table.ts';
import type { MetricFamily } from '../document/sample-set.ts';
import type { Labels } from '../exposition.ts';

/**
 * Writes a line for each series. All lines have the same time, so that whoever sends them twice changes nothing.
 *
 * @param shared - tags of every line
 * @param timeNs - since 1970, in decimal digits: it does not fit a number. `null` leaves the time to the database.
 */
export function influxLines(families: readonly MetricFamily[], shared: Labels, timeNs: string | null): string {
  const time = timeNs === null ? '' : ` ${timeNs}`;
  return families
    .flatMap(({ name, unit, series }) =>
      series.map(({ labels, value }) => {
        // The type of a field is that of its first value for ever: it depends on the metric alone.
        const field = isWhole(unit) ? `${Math.round(value)}i` : String(value);
        return `${name}${tagsText({ ...shared, ...labels })} value=${field}${time}\n`;
      }),
    )
    .join('');
}

/** Tags in the order of their names, as the database sorts them. One without a value may not be written. */
function tagsText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => [name, tagText(value)] as const)
    .filter(([, value]) => value !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `,${name}=${value}`)
    .join('');
}

/**
 * A comma, an equals sign and a space get a backslash, and a tag can have no line end. A backslash stands for itself before
 * any other character; at the end it would be taken for the escape of what follows, and nothing can prevent that.
 */
function tagText(value: string): string {
  return value
    .replace(/[\r\n]+/g, ' ')
    .replace(/\\+$/, '')
    .replace(/[,= ]/g, '\\$&');
}
