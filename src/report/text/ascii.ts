/**
 * Text for terminals and files that know ASCII alone.
 *
 * @module
 */
import { displayWidth } from '../../core/printable.ts';

/** Every sign beyond ASCII that winze itself prints. Each takes one column, and so does what stands for it. */
const PLAIN: Readonly<Record<string, string>> = { '─': '-', µ: 'u', '…': '~', '×': 'x' };

/** ESC begins a colour, which stays. */
const BEYOND = /[\u0080-\u{10ffff}]/gu;

/** The same text in ASCII, in as many columns. Letters of host names and titles beyond it become question marks. */
export function ascii(text: string): string {
  return text.replace(BEYOND, (char) => PLAIN[char] ?? '?'.repeat(displayWidth(char)));
}
