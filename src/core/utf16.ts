/**
 * Text that is UTF-16, as PowerShell's `>` and Notepad may write it.
 *
 * @module
 */

/** So many octets without a zero in each second place are no UTF-16 of ASCII. */
const LOOKED_AT_OCTETS = 64;

export const UTF_16_WORDS = 'UTF-16 text, as PowerShell and Notepad may write it';
export const UTF_16_FIX =
  'save it as UTF-8 without a byte order mark: iconv -f UTF-16 -t UTF-8, or Set-Content -Encoding ascii';

/** Whether octets begin as UTF-16 does: with its mark, or as ASCII in it. */
export function isUtf16(octets: Uint8Array): boolean {
  return hasMark(octets) || isAsciiInUtf16(octets);
}

/** The same by what follows the mark, for octets that may begin in any way. */
export function isAsciiInUtf16(octets: Uint8Array): boolean {
  const head = (hasMark(octets) ? octets.subarray(2) : octets).subarray(0, LOOKED_AT_OCTETS);
  const isZero = [0, 1].map((first) => head.every((octet, i) => i % 2 !== first || octet === 0));
  return head.length >= 2 && isZero[0] !== isZero[1];
}

function hasMark(octets: Uint8Array): boolean {
  const mark = ((octets[0] ?? 0) << 8) | (octets[1] ?? 0);
  return mark === 0xfffe || mark === 0xfeff;
}
