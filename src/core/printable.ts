/**
 * Text from the network, made safe for a terminal.
 *
 * A host name, a version string or an error message from the other end can hold escape sequences that
 * move the cursor, or characters that change the reading direction. They are replaced by visible escapes.
 *
 * @module
 */

/** Fast path for most text: the Unicode sets below take milliseconds to compile on first use. */
const ASCII = /^[ -~]*$/;
/** Letters, marks, digits, punctuation, symbols and the plain space … */
const VISIBLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
/** … but not those that are meant to be drawn as nothing (zero-width, fillers, variation selectors). */
const INVISIBLE = /^\p{Default_Ignorable_Code_Point}$/u;
const WIDE =
  /^(?:[\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18fff}\u{1aff0}-\u{1b2ff}\u{1f000}-\u{3ffff}]|\p{Emoji_Presentation})$/u;
const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Returns `text` with every character that is not visible written as an escape: `\n`, `\x1b`, `\u{202e}`.
 *
 * @param maxLength - greatest width of the result in terminal columns; a text that was cut ends in `…`.
 */
export function printable(text: string, maxLength: number): string {
  let shown = '';
  let fitting = '';
  let width = 0;
  for (const char of text) {
    const next = visible(char);
    width += displayWidth(next);
    if (width > maxLength) return maxLength < 1 ? '' : `${fitting}…`;
    shown += next;
    if (width < maxLength) fitting = shown;
  }
  return shown;
}

/** A name or a user's input made safe for a message: one line, at most 100 columns, every character visible. */
export function quoted(text: string): string {
  return printable(text, 100);
}

/** Terminal columns that printable text takes at most: 2 for East Asian wide characters and emoji, 1 for all others. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const char of text) width += WIDE.test(char) ? 2 : 1;
  return width;
}

function visible(char: string): string {
  if (ASCII.test(char)) return char;
  if (VISIBLE.test(char) && !INVISIBLE.test(char)) return char;
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return SHORT[char] ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`);
}
