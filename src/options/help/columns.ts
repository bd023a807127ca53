/**
 * Layout of help pages: paragraphs, and terms with their explanation in a second column.
 *
 * @module
 */

/** Columns of a help page where the width of the terminal is not known, and the most that it has. */
export const PAGE_WIDTH = 80;
const INDENT = '  ';
const GAP = 2;

/** Breaks a text at spaces into lines of at most `width` characters. A longer word has a line of its own. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** A term and what it means. */
export type Entry = readonly [term: string, meaning: string];

/**
 * Lines of terms with their meaning beside them.
 *
 * @param termWidth - columns of the terms; after a longer one, its meaning begins on the next line
 */
export function entryLines(entries: readonly Entry[], width: number, termWidth: number): readonly string[] {
  const left = INDENT.length + termWidth + GAP;
  return entries.flatMap(([term, meaning]) => {
    const [first = '', ...rest] = wrapped(meaning, width - left);
    const hangs = rest.map((line) => ' '.repeat(left) + line);
    if (term.length > termWidth) return [INDENT + term, ' '.repeat(left) + first, ...hangs];
    return [`${INDENT}${term.padEnd(termWidth + GAP)}${first}`.trimEnd(), ...hangs];
  });
}

/** Length of the longest term. */
export function longestTerm(entries: readonly Entry[]): number {
  return Math.max(0, ...entries.map(([term]) => term.length));
}
