/**
 * Tables of text as CSV and as Markdown, whatever is in a cell.
 *
 * @module
 */

/** Lines of RFC 4180, each ending in a line feed. A text that a spreadsheet would take for a formula begins with `'`. */
export function csvLines(rows: readonly (readonly (string | number | null)[])[]): string {
  return rows.map((row) => `${row.map(csvCell).join(',')}\n`).join('');
}

/** A table of GitHub's Markdown, ending in a line break. Columns from `figures` on are aligned right. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[], figures: number): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(markdownText).join(' | ')} |\n`;
  const rule = head.map((_, column) => (column < figures ? '---' : '--:'));
  return `${line(head)}| ${rule.join(' | ')} |\n${rows.map(line).join('')}`;
}

/** A text that Markdown shows as it is: no mark, no link, no HTML (CommonMark 2.4). */
export function markdownText(text: string): string {
  return text.replace(/[\\`*_{}[\]<>()#|~!&]/g, (mark) => `\\${mark}`).replace(/\s+/g, ' ');
}

function csvCell(cell: string | number | null): string {
  if (cell === null) return '';
  const text = typeof cell === 'string' && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : `${cell}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
