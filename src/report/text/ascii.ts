/**
 * Text for terminals and files that support ASCII only.
 *
 * @module
 */
import { displayWidth } from '../../core/printable.ts';

/** Every character beyond ASCII that winze itself prints. Each, and its replacement, takes one column. */
const PLAIN: Readonly<Record<string, string>> = {
  '─': '-',
  '│': '|',
  '┤': '|',
  µ: 'u',
  '…': '~',
  '×': 'x',
  '▁': '_',
  '▂': '.',
  '▃': ':',
  '▄': '-',
  '▅': '=',
  '▆': '+',
  '▇': '*',
  '█': '#',
};

/** Characters beyond ASCII. Control characters of ASCII are kept: ESC begins a colour. */
const BEYOND = /[\u0080-\u{10ffff}]/gu;

/**
 * Replaces all characters beyond ASCII, keeping the width in columns. Those that winze does not print itself (letters
 * of host names and titles) become question marks.
 */
export function ascii(text: string): string {
  return text.replace(BEYOND, (char) => PLAIN[char] ?? '?'.repeat(displayWidth(char)));
}
