/**
 * A cumulative distribution of times, drawn from the percentiles of a document.
 *
 * The vertical axis shows the share of all samples at or below a time. Each step of the same height is a tenth of what is
 * left: 0, 90, 99, 99.9 %. So the slowest samples, which matter most, have as much room as all others.
 *
 * @module
 */
import type { Distribution } from '../../../core/shapes/flow.ts';
import { type Html, html } from '../parts/html.ts';
import { AREA, type ChartWords, HEIGHT, horizontalAxis, image, mark, place, slotClass, verticalAxis } from './plot.ts';
import { linearScale, logScaleAround } from './scale.ts';

/** One curve. */
export interface PercentileCurve {
  readonly label: string;
  readonly slot: number;
  readonly times: Distribution;
}

/** What the chart shows. */
export interface PercentileChart extends ChartWords {
  readonly curves: readonly PercentileCurve[];
  readonly timeWords: (ns: number) => string;
  readonly xName: string;
}

/** A percentile of the document: the field, and the share of samples at or below it. */
const SHARES = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p95', 0.95],
  ['p99', 0.99],
  ['p999', 0.999],
  ['p9999', 0.9999],
] as const;
/** Shares at the marks of the axis. */
const MARKS = [0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999];

/** A point of a curve: a time, and the share of samples at or below it. */
export interface PercentilePoint {
  readonly ns: number;
  readonly share: number;
}

/** The chart as an SVG image; `null` without a sample. */
export function percentileChart({ curves, timeWords, xName, ...words }: PercentileChart): Html | null {
  const drawn = curves.map((curve) => ({ ...curve, points: percentilePoints(curve.times) }));
  const all = drawn.flatMap(({ points }) => points);
  const x = logScaleAround(
    all.map(({ ns }) => ns),
    [AREA.left, AREA.right],
  );
  if (x === null) return null;
  const top = Math.max(1, ...all.map(({ share }) => depth(share)));
  const ticks = MARKS.map(depth).filter((tick) => tick <= top + 1e-9);
  const y = linearScale([0, top], [AREA.bottom, AREA.top], ticks);
  const lines = drawn.map(({ slot, label, points }) => {
    const d = points.map(({ ns, share }) => html`${place(x.at(ns))} ${place(y.at(depth(share)))}`);
    const path = d.map((point, index) => html`${index === 0 ? 'M' : 'L'}${point}`);
    const marks = points.map(
      ({ ns, share }) =>
        html`<g>${mark(slot, x.at(ns), y.at(depth(share)))}<title>${label}: ${shareText(share)} at or below ${timeWords(ns)}</title></g>`,
    );
    return html`<g class="${slotClass(slot)}"><path class="line" d="${path}"/>${marks}</g>\n`;
  });
  const shareWords = (tick: number): string => shareText(1 - 10 ** -tick);
  return image(words, HEIGHT, [
    ...horizontalAxis(x, timeWords, xName),
    ...verticalAxis(y, shareWords, 'at or below'),
    ...lines,
  ]);
}

/**
 * The points of a distribution: the smallest sample, the percentiles which so many samples can tell apart, and the
 * largest one. None without samples.
 */
export function percentilePoints(times: Distribution): readonly PercentilePoint[] {
  const { n, min, max } = times;
  if (min === null || max === null || !(n > 0)) return [];
  const last = 1 - 1 / n;
  const between = SHARES.flatMap(([field, share]) => {
    const ns = times[field];
    return ns === null || share >= last ? [] : [{ ns, share }];
  });
  return [{ ns: min, share: 0 }, ...between, ...(n > 1 ? [{ ns: max, share: last }] : [])];
}

/** How many times a tenth is left: 0 of 0 %, 1 of 90 %, 2 of 99 %. */
function depth(share: number): number {
  return -Math.log10(1 - share);
}

function shareText(share: number): string {
  const digits = share < 0.99 ? 1 : Math.min(6, Math.ceil(depth(share)));
  return `${Number((share * 100).toFixed(digits))}%`;
}
