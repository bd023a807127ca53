/**
 * The formats of `winze report`: each is a function of stored files.
 *
 * @module
 */
import { formatDocument } from '../json.ts';
import type { PageOptions } from '../page/page.ts';
import { csvLines, markdownTable, markdownText } from './cells.ts';
import { cleaned } from './cleaned.ts';
import { compareStored } from './compare-stored.ts';
import { comparedCsv, comparedMarkdown, comparedTable } from './compare-text.ts';
import { figureRows, figureText } from './figures.ts';
import { eventsText } from './stored-events.ts';
import type { StoredFile } from './stored-file.ts';
import { storedText, type TextStyle } from './stored-text.ts';

/** How stored files become a text that ends in a line break, or is empty. */
export interface ReportFormat {
  readonly draw: (files: readonly StoredFile[], style: ReportStyle) => string | Promise<string>;
  /** Two or more documents side by side, the baseline first; without it, this format cannot. */
  readonly compare?: (files: readonly StoredFile[], style: ReportStyle) => string;
}

/** How they are drawn: text for a terminal, or a page. */
export type ReportStyle = TextStyle & PageOptions;

const CSV_HEAD = ['file', 'schema', 'part', 'path', 'test', 'protocol', 'direction', 'round', 'figure', 'value'];
const MARKDOWN_HEAD = ['path', 'test', 'round', 'figure', 'value'];

/** The formats of this room by the name that `--format` takes. A new one is a row here. */
export const REPORT_FORMATS: Readonly<Record<string, ReportFormat>> = {
  table: {
    draw: (files, style) =>
      files
        .flatMap(({ documents, events }) => [
          ...(events.length === 0 ? [] : [eventsText(events, style.width)]),
          ...documents.map((document) => storedText(document, style)),
        ])
        .join('\n'),
    compare: (files, { width }) => comparedTable(compared(files), namesOf(files), width),
  },
  md: {
    draw: (files) => files.map(markdownOf).join('\n'),
    compare: (files) => comparedMarkdown(compared(files), namesOf(files)),
  },
  html: {
    draw: async (files, options) => {
      // Larger than all else here, and seldom asked for.
      const { documentPage } = await import('../page/page.ts');
      return documentPage(cleaned(files.flatMap(({ documents }) => documents)), options);
    },
  },
  csv: {
    draw: (files) => csvLines([CSV_HEAD, ...files.flatMap(csvOf)]),
    compare: (files) => comparedCsv(compared(files), namesOf(files)),
  },
  json: {
    draw: (files) =>
      files.flatMap(({ documents }) => documents.map((document) => visible(formatDocument(document)))).join(''),
    compare: (files) =>
      visible(
        formatDocument({ schema: 'winze-comparison/1', files: namesOf(files), figures: compared(files) } as {
          schema: string;
        }),
      ),
  },
};

function compared(files: readonly StoredFile[]) {
  return cleaned(compareStored(files.flatMap(({ documents }) => documents)));
}

/** A name for each document. */
function namesOf(files: readonly StoredFile[]): readonly string[] {
  return cleaned(
    files.flatMap(({ name, documents }) => documents.map((_, i) => (i === 0 ? name : `${name} (${i + 1})`))),
  );
}

function csvOf({ name, documents }: StoredFile): readonly (readonly (string | number | null)[])[] {
  return documents.flatMap((document) =>
    figureRows(cleaned(document)).map(({ part, path, test, protocol, direction, round, figure, value }) => [
      ...[cleaned(name), document.schema, part, path, test, protocol, direction, round, figure, value],
    ]),
  );
}

function markdownOf({ name, documents }: StoredFile): string {
  return documents
    .map((document) => {
      const rows = figureRows(cleaned(document)).map(({ path, test, protocol, direction, round, figure, value }) => [
        path,
        [protocol, test, direction].filter((word) => word !== '').join(' '),
        `${round ?? ''}`,
        figure,
        figureText(figure, value),
      ]);
      const title = `## ${markdownText(cleaned(name))}\n\n${markdownText(document.schema)}\n`;
      return `${title}\n${markdownTable(MARKDOWN_HEAD, rows, 2)}`;
    })
    .join('\n');
}

/** JSON without characters that a terminal obeys or hides: the same text, with escapes (ECMA-48 C1, DEL, bidi). */
function visible(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
