/**
 * Draws stored files in a format, and says what could not be drawn. One file that is wrong does not hold up the others.
 *
 * @module
 */
import { NetError, usageError } from '../../core/errors.ts';
import { quoted } from '../../core/printable.ts';
import type { ReportFormat, ReportStyle } from './formats.ts';
import { readStored, type StoredFile } from './stored-file.ts';
import { storedText } from './stored-text.ts';

/** A file that is read when it is its turn. */
export interface NamedText {
  readonly name: string;
  /** @throws NetError if it cannot be read */
  readonly text: () => Promise<string>;
}

/** What was drawn. */
export interface Drawn {
  readonly text: string;
  /** One line for each fault: file, line, what is wrong. */
  readonly messages: string;
  /** `partial`: nothing is wrong but that streams have no end. `usage`: something could not be drawn. */
  readonly status: 'ok' | 'partial' | 'usage';
}

/**
 * Reads and draws files.
 *
 * @throws NetError `ERR_USAGE` if a comparison has less than two documents, or the format has none
 */
export async function drawStored(
  named: readonly NamedText[],
  form: ReportFormat,
  { isCompared, ...style }: ReportStyle & { readonly isCompared: boolean },
): Promise<Drawn> {
  const draw = isCompared ? form.compare : form.draw;
  if (draw === undefined) throw usageError('--compare is for the formats table, md, csv and json');
  const files: StoredFile[] = [];
  const wrong: string[] = [];
  for (const { name, text } of named) {
    try {
      const file = readStored(name, await text(), (document) => void storedText(document, { ...style, color: false }));
      files.push(file);
      wrong.push(...file.faults.map(({ line, message }) => `${quoted(name)}: line ${line}: ${message}`));
    } catch (error) {
      if (!(error instanceof NetError)) throw error;
      wrong.push(error.message);
    }
  }
  // A stream of a server ends when the server does: it has no document either way.
  const endless = files.filter(({ events, documents }) => events.length > 0 && documents.length === 0);
  const cut = endless.map(
    ({ name }) => `${quoted(name)}: the stream has no document at its end: its rows are all there is`,
  );
  const documents = files.reduce((sum, file) => sum + file.documents.length, 0);
  if (isCompared && documents < 2) wrong.push('--compare needs two results or more');
  const text = isCompared && documents < 2 ? '' : await draw(files, style);
  const messages = [...wrong, ...cut].map((line) => `winze: ${line}\n`).join('');
  return { text, messages, status: wrong.length > 0 ? 'usage' : cut.length > 0 ? 'partial' : 'ok' };
}
