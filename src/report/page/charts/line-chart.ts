/**
 * A chart of lines: a figure over time, one line for each series, with a band where a point stands for several values.
 *
 * @module
 */
import { type Content, Html, html } from '../parts/html.ts';
import type { Point } from './buckets.ts';
import { AREA, type ChartWords, HEIGHT, horizontalAxis, image, mark, place, slotClass, verticalAxis } from './plot.ts';
import { extent, linearScale, logScaleAround, roundedTop, type Scale, timeTicks } from './scale.ts';

/** One line. */
export interface Line {
  readonly label: string;
  readonly slot: number;
  /** In the order of `x`. */
  readonly points: readonly Point[];
}

/** A vertical line across the chart, with words at its top. */
export interface Rule {
  readonly x: number;
  readonly words: string;
}

/** What a chart of lines shows. */
export interface LineChart extends ChartWords {
  readonly lines: readonly Line[];
  /** Words for a time in nanoseconds on the horizontal axis. */
  readonly xWords: (value: number) => string;
  readonly xName: string;
  readonly yWords: (value: number) => string;
  readonly yName: string;
  /** A logarithmic vertical axis, for positive values; otherwise it begins at 0. */
  readonly isLogarithmic?: boolean;
  readonly rules?: readonly Rule[];
}

/** Lines with more points have no marks. */
const MOST_MARKED = 60;

/** The chart as an SVG image. */
export function lineChart(chart: LineChart): Html {
  const { lines, rules = [] } = chart;
  const points = lines.flatMap((line) => line.points);
  const times = extent([0, ...points.map(({ x }) => x)]);
  const x = linearScale(times, [AREA.left, AREA.right], timeTicks(times));
  const y = verticalScale(chart, points);
  const drawn = lines.map(
    (line) =>
      html`<g class="${slotClass(line.slot)}">${band(line.points, x, y)}${stroke(line.points, x, y)}${marks(line, chart, x, y)}</g>\n`,
  );
  return image(chart, HEIGHT, [
    ...horizontalAxis(x, chart.xWords, chart.xName),
    ...verticalAxis(y, chart.yWords, chart.yName),
    ...rules.map((rule) => ruleOf(rule, x)),
    ...drawn,
  ]);
}

function verticalScale({ isLogarithmic = false }: LineChart, points: readonly Point[]): Scale {
  const values = points.flatMap(({ y, low, high }) =>
    [y, low, high].filter((one) => one !== null && one !== undefined),
  );
  const places = [AREA.bottom, AREA.top] as const;
  const logarithmic = isLogarithmic ? logScaleAround(values, places) : null;
  return logarithmic ?? linearScale([0, roundedTop(extent(values)[1])], places);
}

/** Runs of points without a gap. */
function runs(points: readonly Point[]): readonly (readonly (Point & { readonly y: number })[])[] {
  const all: (Point & { readonly y: number })[][] = [[]];
  for (const point of points) {
    if (point.y === null) all.push([]);
    else all.at(-1)?.push({ ...point, y: point.y });
  }
  return all.filter((run) => run.length > 0);
}

function stroke(points: readonly Point[], x: Scale, y: Scale): Content {
  const d = runs(points)
    .filter((run) => run.length > 1)
    .map((run) => `M${run.map((point) => pair(x.at(point.x), y.at(point.y))).join('L')}`)
    .join('');
  return d === '' ? null : html`<path class="line" d="${new Html(d)}"/>`;
}

function band(points: readonly Point[], x: Scale, y: Scale): Content {
  const d = runs(points)
    .filter((run) => run.length > 1 && run.some(({ low, high }) => low !== high))
    .map((run) => {
      const upper = run.map((point) => pair(x.at(point.x), y.at(point.high ?? point.y)));
      const lower = run.map((point) => pair(x.at(point.x), y.at(point.low ?? point.y))).reverse();
      return `M${[...upper, ...lower].join('L')}Z`;
    })
    .join('');
  return d === '' ? null : html`<path class="band" d="${new Html(d)}"/>`;
}

function marks(line: Line, chart: LineChart, x: Scale, y: Scale): Content {
  const all = runs(line.points);
  const isLong = line.points.length > MOST_MARKED;
  // A single point between two gaps has no line.
  const marked = isLong ? all.filter((run) => run.length === 1).flat() : all.flat();
  return marked.map((point) => {
    const words = `${line.label}, ${chart.xWords(point.x)}: ${chart.yWords(point.y)}`;
    return html`<g>${mark(line.slot, x.at(point.x), y.at(point.y))}<title>${words}</title></g>`;
  });
}

function ruleOf({ x, words }: Rule, scale: Scale): Html {
  const at = scale.at(x);
  return html`<line class="rule" x1="${place(at)}" x2="${place(at)}" y1="${AREA.top}" y2="${AREA.bottom}"/><text class="tick" x="${place(at + 4)}" y="${AREA.top + 10}">${words}</text>\n`;
}

function pair(x: number, y: number): string {
  return `${place(x).text} ${place(y).text}`;
}
