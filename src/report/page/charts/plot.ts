/**
 * The frame of a chart: an SVG image with its title and description, axes, and the marks of series.
 *
 * Colours, widths and fonts are those of the style sheet, by class: `s0` to `s6` are the series. So a chart follows the
 * page between light and dark, and needs no attribute `style`, which the content security policy forbids.
 *
 * @module
 */
import { Html, html } from '../parts/html.ts';
import type { Scale } from './scale.ts';

/** Width of every chart in its own units: about as many pixels where the page is wide. */
export const WIDTH = 480;
/** Height of charts with two axes. */
export const HEIGHT = 270;
/** Where the axes of such a chart are. */
export const AREA = { left: 62, right: WIDTH - 12, top: 26, bottom: HEIGHT - 40 } as const;
/** Series that differ in colour; later ones begin again. */
export const SLOTS = 7;

/** What a chart shows, in words: for those who do not see it. */
export interface ChartWords {
  readonly title: string;
  readonly description: string;
}

/** The image. Its title and description are the text alternative (SVG-AAM). */
export function image({ title, description }: ChartWords, height: number, content: readonly Html[]): Html {
  return html`<svg viewBox="0 0 ${WIDTH} ${place(height)}" role="img"><title>${title}</title><desc>${description}</desc>
${content}</svg>`;
}

/** A coordinate with one decimal; 0 for what is no number, so that a wrong document gives no wrong markup. */
export function place(value: number): Html {
  if (!Number.isFinite(value)) return new Html('0');
  const rounded = Math.round(value * 10) / 10;
  return new Html(String(Object.is(rounded, -0) ? 0 : rounded));
}

/** The class of a series. */
export function slotClass(slot: number): Html {
  return new Html(`s${Math.max(0, Math.trunc(slot)) % SLOTS || 0}`);
}

/** A horizontal axis: marks with words below the area, and lines across it. */
export function horizontalAxis(scale: Scale, words: (value: number) => string, name: string): readonly Html[] {
  const marks = scale.ticks.map((tick) => {
    const x = place(scale.at(tick));
    return html`<line class="grid" x1="${x}" x2="${x}" y1="${AREA.top}" y2="${AREA.bottom}"/><text class="tick" x="${x}" y="${AREA.bottom + 16}" text-anchor="middle">${words(tick)}</text>\n`;
  });
  const title = html`<text class="axis" x="${AREA.right}" y="${AREA.bottom + 34}" text-anchor="end">${name}</text>`;
  return [...marks, title];
}

/** A vertical axis: marks with words left of the area, and lines across it. */
export function verticalAxis(scale: Scale, words: (value: number) => string, name: string): readonly Html[] {
  const marks = scale.ticks.map((tick) => {
    const y = scale.at(tick);
    return html`<line class="grid" x1="${AREA.left}" x2="${AREA.right}" y1="${place(y)}" y2="${place(y)}"/><text class="tick" x="${AREA.left - 6}" y="${place(y + 4)}" text-anchor="end">${words(tick)}</text>\n`;
  });
  return [...marks, html`<text class="axis" x="2" y="11">${name}</text>`];
}

/** The mark of a series around a point: each of the first ones has a shape of its own. */
export function mark(slot: number, x: number, y: number): Html {
  const [left, top] = [place(x), place(y)];
  const shape = SHAPES[slot % SHAPES.length] ?? SHAPES[0];
  return html`<path class="mark" d="M${left} ${top}${shape}"/>`;
}

/** Relative to the middle: a disc, a square, a triangle, a rhombus. */
const SHAPES = [
  new Html('m-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z'),
  new Html('m-2.8 -2.8h5.6v5.6h-5.6z'),
  new Html('m0 -3.6l3.4 6.2h-6.8z'),
  new Html('m0 -3.8l3.8 3.8l-3.8 3.8l-3.8 -3.8z'),
] as const;

/** One series in a legend. */
export interface LegendEntry {
  readonly label: string;
  readonly slot: number;
}

/** The names of the series, with colour and mark of each; `null` for a single one. */
export function legend(entries: readonly LegendEntry[]): Html | null {
  if (entries.length < 2) return null;
  const items = entries.map(
    ({ label, slot }) =>
      html`<li><svg class="key ${slotClass(slot)}" viewBox="0 0 24 12" width="24" height="12" aria-hidden="true"><path class="line" d="M1 6h22"/>${mark(slot, 12, 6)}</svg>${label}</li>\n`,
  );
  return html`<ul class="legend">${items}</ul>\n`;
}
