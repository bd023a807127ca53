/**
 * A chart with its title, its legend, and the figures of which it is made.
 *
 * @module
 */
import { type Content, type Html, html } from './html.ts';
import { type Table, table } from './table.ts';

/** Place of a heading: 1 is the title of the page. */
export type Level = 1 | 2 | 3 | 4 | 5;

/** What belongs to a chart. */
export interface Figure {
  readonly level: Level;
  readonly title: string;
  /** What stands between title and chart: what the chart shows, and what was left out or reduced. */
  readonly notes?: readonly string[];
  readonly chart: Html;
  /** `null` for a chart of one series, whose title says what it shows. */
  readonly legend?: Html | null;
  /** The figures of the chart. */
  readonly table: Table;
}

/** A table with at most so many rows is open from the beginning, and printed. */
const SHORT_TABLE = 12;

/** A figure element. */
export function figure(parts: Figure): Html {
  const notes = (parts.notes ?? []).map((note) => html`<p class="note">${note}</p>`);
  const isShort = parts.table.rows.length <= SHORT_TABLE;
  return html`<figure>
<figcaption>${heading(parts.level, parts.title)}${notes}</figcaption>
${parts.legend ?? null}
<div class="chart">${parts.chart}</div>
<details${isShort ? html` open` : null}><summary>Figures as a table</summary>${table(parts.table)}</details>
</figure>
`;
}

/** Figures beside each other where the page is wide enough; nothing without any. */
export function figures(list: readonly Html[]): Html | null {
  return list.length === 0 ? null : html`<div class="figures">${list}</div>\n`;
}

/** A heading. */
export function heading(level: Level, text: Content): Html {
  if (level === 1) return html`<h1>${text}</h1>\n`;
  if (level === 2) return html`<h2>${text}</h2>\n`;
  if (level === 3) return html`<h3>${text}</h3>\n`;
  if (level === 4) return html`<h4>${text}</h4>\n`;
  return html`<h5>${text}</h5>\n`;
}

/** The level below. */
export function below(level: Level): Level {
  return Math.min(5, level + 1) as Level;
}
