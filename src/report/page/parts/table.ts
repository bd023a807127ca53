/**
 * A table of figures.
 *
 * @module
 */
import { type Content, type Html, html } from './html.ts';

/** A table. The first cell of each row names the row. */
export interface Table {
  /** What the table shows, for those who cannot see where it stands. */
  readonly caption: string;
  readonly head: readonly Content[];
  readonly rows: readonly (readonly Content[])[];
  /** Columns of text, which are aligned to the left; the first one always is. */
  readonly textColumns?: readonly number[];
}

/** The table in a box of its own, which can be scrolled where the page is narrower than the table. */
export function table({ caption, head, rows, textColumns = [] }: Table): Html {
  const alignment = (column: number): Content =>
    column === 0 ? null : textColumns.includes(column) ? html` class="t"` : html` class="n"`;
  const headCells = head.map((cell, column) => html`<th scope="col"${alignment(column)}>${cell}</th>`);
  const bodyRows = rows.map(([name = '', ...cells]) => {
    const rest = cells.map((cell, place) => html`<td${alignment(place + 1)}>${cell}</td>`);
    return html`<tr><th scope="row">${name}</th>${rest}</tr>\n`;
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption>
<thead><tr>${headCells}</tr></thead>
<tbody>${bodyRows}</tbody></table></div>`;
}
