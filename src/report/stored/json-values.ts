/**
 * Finds the JSON objects of a text: one document, several behind each other, or one object a line.
 *
 * It only finds where each begins and ends, without recursion, so that a hostile text costs no more than its length.
 *
 * @module
 */

/** An object of the text, or what is wrong at a line. Lines count from 1. */
export type JsonValue =
  | { readonly line: number; readonly value: unknown }
  | { readonly line: number; readonly fault: string };

/** Objects and lists inside each other; documents of winze have less than 16. */
const MOST_LEVELS = 64;
/** After a fault, reading goes on where a line of a stream begins. */
const STREAM_LINE = '\n{"event":';
const [QUOTE, BACKSLASH, NEWLINE, RETURN, TAB, SPACE] = [34, 92, 10, 13, 9, 32];
const OPENING: readonly number[] = [123, 91];
const CLOSING: readonly number[] = [125, 93];

/** Yields every object in the order of the text, each parsed. What cannot be read is a fault. */
export function* jsonValues(text: string): Generator<JsonValue> {
  let line = 1;
  let at = 0;
  const skipTo = (end: number): void => {
    for (let next = text.indexOf('\n', at); next >= 0 && next < end; next = text.indexOf('\n', next + 1)) line++;
    at = end;
  };
  while (true) {
    skipTo(spaceEnd(text, at));
    if (at >= text.length) return;
    const found = objectEnd(text, at);
    const begun = line;
    if (typeof found === 'number') {
      yield parsed(text.slice(at, found), begun);
      skipTo(found);
      continue;
    }
    yield { line: begun, fault: found };
    const next = text.indexOf(STREAM_LINE, at);
    if (next < 0) return;
    skipTo(next + 1);
  }
}

function parsed(text: string, line: number): JsonValue {
  try {
    return { line, value: JSON.parse(text) };
  } catch {
    return { line, fault: 'it is no JSON' };
  }
}

function spaceEnd(text: string, from: number): number {
  let at = from;
  while ([SPACE, NEWLINE, RETURN, TAB].includes(text.charCodeAt(at))) at++;
  return at;
}

/** The end of the object that begins at `from`, or what is wrong with it. */
function objectEnd(text: string, from: number): number | string {
  if (text.charCodeAt(from) !== OPENING[0]) return 'it is no JSON of winze: expected {';
  let level = 0;
  let isString = false;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isString) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) isString = false;
      else if (code === NEWLINE) return 'a text in it has no end';
    } else if (code === QUOTE) isString = true;
    else if (OPENING.includes(code)) {
      if (++level > MOST_LEVELS) return `it is nested deeper than ${MOST_LEVELS} levels`;
    } else if (CLOSING.includes(code) && --level === 0) return at + 1;
  }
  return 'it ends in the middle: the file is cut';
}
