/**
 * Lines that fit where they are shown.
 *
 * @module
 */
import { displayWidth } from '../../core/printable.ts';

/** Columns of a line where nothing else is known: the terminal that everyone has, and a quoted mail. */
const USUAL_WIDTH = 80;
/** Tables keep to this; in a narrower terminal lines break. */
const LEAST_WIDTH = 60;
/** Longer lines of prose are hard to read, and no table needs more. */
const MOST_WIDTH = 160;

let width = USUAL_WIDTH;

/** Columns of the lines that are being made. */
export function lineWidth(): number {
  return width;
}

/**
 * Makes text for lines of so many columns, 60 to 160. What is called meanwhile keeps to it: every piece of a report
 * breaks lines, and none of them knows where it is shown.
 *
 * @param columns - `undefined`: 80
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

/** Cuts printable text into pieces of at most `columns` (two or more); one empty piece for no text. */
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
