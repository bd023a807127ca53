/**
 * A chart of horizontal bars: one figure a row, with its interval, and the ceiling that it could reach.
 *
 * Label and value stand above their bar, so that long names have room on a narrow screen.
 *
 * @module
 */
import { printable } from '../../../core/printable.ts';
import { type Content, type Html, html } from '../parts/html.ts';
import { type ChartWords, image, place, slotClass, WIDTH } from './plot.ts';
import { extent, linearScale, roundedTop, type Scale } from './scale.ts';

/** A part of a bar. */
export interface BarPart {
  readonly name: string;
  readonly value: number;
  readonly slot: number;
  readonly words: string;
}

/** One row. */
export interface Bar {
  readonly label: string;
  /** One part, or several that are stacked; none where nothing was measured. */
  readonly parts: readonly BarPart[];
  /** The figure in words, at the right. */
  readonly words: string;
  /** Ends of an interval around the value. */
  readonly interval?: readonly [number, number] | null;
  /** What the value could be at most. */
  readonly ceiling?: { readonly value: number; readonly words: string } | null;
}

/** What a chart of bars shows. */
export interface BarChart extends ChartWords {
  readonly bars: readonly Bar[];
  readonly axisWords: (value: number) => string;
  /** The end of the scale; left out, a round number above all values. */
  readonly top?: number;
}

const LEFT = 4;
const RIGHT = WIDTH - 16;
const ROW = 46;
const THICKNESS = 16;
const FOOT = 26;
/** Columns of a label. */
const LABEL = 44;

/** The chart as an SVG image. */
export function barChart({ bars, axisWords, top, ...words }: BarChart): Html {
  const values = bars.flatMap(({ parts, interval, ceiling }) => [
    sum(parts),
    ...(interval ?? []),
    ...(ceiling ? [ceiling.value] : []),
  ]);
  const end = top ?? roundedTop(extent(values)[1]);
  const scale = linearScale([0, end], [LEFT, RIGHT]);
  const bottom = bars.length * ROW + 4;
  const ticks = scale.ticks.map((tick) => {
    const x = scale.at(tick);
    const anchor = x < LEFT + 20 ? 'start' : x > RIGHT - 20 ? 'end' : 'middle';
    return html`<line class="grid" x1="${place(x)}" x2="${place(x)}" y1="2" y2="${bottom}"/><text class="tick" x="${place(x)}" y="${bottom + 16}" text-anchor="${anchor}">${axisWords(tick)}</text>\n`;
  });
  return image(words, bottom + FOOT, [...ticks, ...bars.map((bar, row) => barOf(bar, row * ROW, scale))]);
}

function barOf({ label, parts, words, interval, ceiling }: Bar, top: number, scale: Scale): Html {
  const y = top + 24;
  let from = 0;
  const drawn = parts.map(({ name, value, slot, words: said }) => {
    const [left, right] = [scale.at(from), scale.at(from + value)];
    from += value;
    return html`<g class="${slotClass(slot)}"><rect class="bar" x="${place(left)}" y="${y}" width="${place(Math.max(0, right - left))}" height="${THICKNESS}"/><title>${label}, ${name}: ${said}</title></g>`;
  });
  return html`<text class="label" x="${LEFT}" y="${top + 18}">${printable(label, LABEL)}</text><text class="value" x="${RIGHT}" y="${top + 18}" text-anchor="end">${words}</text>
${ceilingOf(ceiling ?? null, y, scale)}${drawn}${intervalOf(interval ?? null, y, scale)}\n`;
}

function ceilingOf(ceiling: (Bar['ceiling'] & object) | null, y: number, scale: Scale): Content {
  if (ceiling === null) return null;
  const x = scale.at(ceiling.value);
  return html`<g><rect class="room" x="${LEFT}" y="${y}" width="${place(x - LEFT)}" height="${THICKNESS}"/><line class="ceiling" x1="${place(x)}" x2="${place(x)}" y1="${y - 2}" y2="${y + THICKNESS + 4}"/><title>${ceiling.words}</title></g>`;
}

function intervalOf(interval: readonly [number, number] | null, y: number, scale: Scale): Content {
  if (interval === null) return null;
  const [low, high] = [scale.at(interval[0]), scale.at(interval[1])];
  const middle = y + THICKNESS / 2;
  return html`<path class="whisker" d="M${place(low)} ${middle - 5}v10M${place(low)} ${middle}H${place(high)}M${place(high)} ${middle - 5}v10"/>`;
}

function sum(parts: readonly BarPart[]): number {
  return parts.reduce((total, { value }) => total + value, 0);
}
