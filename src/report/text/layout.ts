/**
 * Line width and line breaks.
 *
 * @module
 */
import { displayWidth } from '../../core/printable.ts';

/** Columns of a line if the width is not known: the usual width of a terminal. */
const USUAL_WIDTH = 80;
/** Least width for which text is made. A narrower terminal breaks the lines itself. */
const LEAST_WIDTH = 60;
/** Greatest width for which text is made: longer lines of prose are hard to read, and no table needs more. */
const MOST_WIDTH = 160;

let width = USUAL_WIDTH;

/** Columns of the lines that are being formatted now. */
export function lineWidth(): number {
  return width;
}

/**
 * Calls `format`, and makes the text that it formats fit lines of so many columns, 60 to 160. The width is kept in a
 * variable of this module, because every part of a report breaks lines and none knows where it is shown.
 *
 * @param columns - `undefined` is 80
 */
export function atWidth<T>(columns: number | undefined, format: () => T): T {
  const before = width;
  width = Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, columns ?? USUAL_WIDTH));
  try {
    return format();
  } finally {
    width = before;
  }
}

/** A space at which a line may break: any but one between a number and its unit. */
const BREAK = / (?!(?:[nµm]?s|[kMGT]?bit\/s|(?:[KMGT]i)?B)(?![\w/]))/;

/**
 * Breaks printable text into lines at spaces, and a word that is too long for a line anywhere.
 *
 * @param indent - put before every line but the first, whose indent is part of `text`
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
    if (!empty && displayWidth(line) + 1 + displayWidth(word) > width) next();
    const [first = '', ...more] = empty ? pieces(word, width - displayWidth(line)) : [` ${word}`];
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

/** Cuts printable text into pieces of at most `columns` columns (two or more). An empty text gives one empty piece. */
export function pieces(text: string, columns: number): readonly string[] {
  const done: string[] = [];
  let piece = '';
  let taken = 0;
  for (const char of text) {
    const size = displayWidth(char);
    if (taken + size > columns && piece !== '') {
      done.push(piece);
      piece = '';
      taken = 0;
    }
    piece += char;
    taken += size;
  }
  return [...done, piece];
}
