/**
 * A chart of what lasted from when to when: one row below the other, with marks for what happened at an instant.
 *
 * @module
 */
import { printable } from '../../../core/printable.ts';
import { type Html, html } from '../parts/html.ts';
import { elapsedWords } from './chart-words.ts';
import { type ChartWords, image, mark, place, slotClass, WIDTH } from './plot.ts';
import { extent, linearScale, type Scale, timeTicks } from './scale.ts';

/** One row. Times are nanoseconds. */
export interface SpanRow {
  readonly label: string;
  /** What the row says, at the right. */
  readonly words: string;
  readonly spans: readonly {
    readonly from: number;
    readonly to: number;
    readonly slot: number;
    readonly words: string;
  }[];
  readonly marks: readonly { readonly at: number; readonly slot: number; readonly words: string }[];
}

const LEFT = 4;
const RIGHT = WIDTH - 16;
const ROW = 44;
const THICKNESS = 10;
/** A span has to be seen, however short it is. */
const LEAST_WIDTH = 1.5;

/** The chart as an SVG image. */
export function spanChart({ rows, ...words }: ChartWords & { readonly rows: readonly SpanRow[] }): Html {
  const times = rows.flatMap(({ spans, marks }) => [
    ...spans.flatMap(({ from, to }) => [from, to]),
    ...marks.map(({ at }) => at),
  ]);
  const [first, last] = extent([0, ...times]);
  const scale = linearScale([first, last], [LEFT, RIGHT - 4], timeTicks([first, last]));
  const bottom = rows.length * ROW + 2;
  const ticks = scale.ticks.map((tick) => {
    const x = scale.at(tick);
    const anchor = x < 20 ? 'start' : x > RIGHT - 20 ? 'end' : 'middle';
    return html`<line class="grid" x1="${place(x)}" x2="${place(x)}" y1="2" y2="${bottom}"/><text class="tick" x="${place(x)}" y="${bottom + 16}" text-anchor="${anchor}">${elapsedWords(tick)}</text>\n`;
  });
  return image(words, bottom + 26, [...ticks, ...rows.map((row, index) => rowOf(row, index * ROW, scale))]);
}

function rowOf({ label, words, spans, marks }: SpanRow, top: number, scale: Scale): Html {
  const y = top + 25;
  const drawn = spans.map((span) => {
    const [from, to] = [scale.at(span.from), scale.at(span.to)];
    return html`<g class="${slotClass(span.slot)}"><rect class="bar" x="${place(from)}" y="${y}" width="${place(Math.max(LEAST_WIDTH, to - from))}" height="${THICKNESS}"/><title>${span.words}</title></g>`;
  });
  const marked = marks.map(
    ({ at, slot, words: said }) =>
      html`<g class="${slotClass(slot)}">${mark(slot, scale.at(at), y + THICKNESS / 2)}<title>${said}</title></g>`,
  );
  return html`<text class="label" x="${LEFT}" y="${top + 18}">${printable(label, 44)}</text><text class="value" x="${RIGHT}" y="${top + 18}" text-anchor="end">${words}</text>
${drawn}${marked}\n`;
}
