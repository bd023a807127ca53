/**
 * Recognizes UTF-16 text, as PowerShell's `>` and Notepad may write it.
 *
 * @module
 */

/** Octets that are examined: ASCII text in UTF-16 has a zero in every second one. */
const LOOKED_AT_OCTETS = 64;

/** Name of the format in messages to users. */
export const UTF_16_WORDS = 'UTF-16 text, as PowerShell and Notepad may write it';
/** Advice that goes with `UTF_16_WORDS` in a message. */
export const UTF_16_FIX =
  'save it as UTF-8 without a byte order mark: iconv -f UTF-16 -t UTF-8, or Set-Content -Encoding ascii';

/** Whether the octets begin like UTF-16: with a byte order mark, or with ASCII characters encoded in UTF-16. */
export function isUtf16(octets: Uint8Array): boolean {
  return hasMark(octets) || isAsciiInUtf16(octets);
}

/**
 * Whether the octets, after a byte order mark if there is one, are ASCII characters encoded in UTF-16. For binary
 * input, which may begin with the octets of a mark by chance.
 */
export function isAsciiInUtf16(octets: Uint8Array): boolean {
  const head = (hasMark(octets) ? octets.subarray(2) : octets).subarray(0, LOOKED_AT_OCTETS);
  const isZero = [0, 1].map((first) => head.every((octet, i) => i % 2 !== first || octet === 0));
  return head.length >= 2 && isZero[0] !== isZero[1];
}

function hasMark(octets: Uint8Array): boolean {
  const mark = ((octets[0] ?? 0) << 8) | (octets[1] ?? 0);
  return mark === 0xfffe || mark === 0xfeff;
}
