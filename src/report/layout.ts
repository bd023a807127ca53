/**
 * Lines of at most 80 columns.
 *
 * @module
 */
import { displayWidth } from './escape.ts';

/** Widest line that any report prints: the terminal that everyone has, and a quoted mail. */
export const LINE_WIDTH = 80;

/** A space after which a line may break: not the one between a number and its unit. */
const BREAK = / (?!(?:[nµm]?s|[kMGT]?bit\/s|(?:[KMGT]i)?B)(?![\w/]))/;

/**
 * Breaks printable text into lines at spaces, and a longer word where it must.
 *
 * @param indent - put before every line but the first, whose own indent is part of `text`.
 */
export function wrap(text: string, indent = '  '): readonly string[] {
  const lines: string[] = [];
  let line = /^ */.exec(text)?.[0] ?? '';
  let empty = true;
  const next = (): void => {
    lines.push(line);
    line = indent;
    empty = true;
  };
  for (const word of text.trimStart().split(BREAK)) {
    if (!empty && displayWidth(line) + 1 + displayWidth(word) > LINE_WIDTH) next();
    const [first = '', ...more] = empty ? pieces(word, LINE_WIDTH - displayWidth(line)) : [` ${word}`];
    line += first;
    empty = false;
    for (const piece of more) {
      next();
      line += piece;
      empty = false;
    }
  }
  return [...lines, line];
}

/** Cuts printable text into pieces of at most `columns` (two or more); one empty piece for no text. */
export function pieces(text: string, columns: number): readonly string[] {
  const done: string[] = [];
  let piece = '';
  let width = 0;
  for (const char of text) {
    const size = displayWidth(char);
    if (width + size > columns && piece !== '') {
      done.push(piece);
      piece = '';
      width = 0;
    }
    piece += char;
    width += size;
  }
  return [...done, piece];
}
