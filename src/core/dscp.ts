/**
 * Names of differentiated-services code points.
 *
 * RFC 2474 (class selectors), RFC 2597 (assured forwarding), RFC 3246 (EF), RFC 5865 (VA), RFC 8622 (LE).
 *
 * @module
 */
const NAMED: ReadonlyMap<string, number> = new Map([
  ['DF', 0],
  ['BE', 0],
  ['LE', 1],
  ['VA', 44],
  ['EF', 46],
]);

/** Names that {@link parseDscp} knows, as they are written in the RFCs. */
export const CODE_POINT_NAMES: readonly string[] = [
  'EF',
  ...['1', '2', '3', '4'].flatMap((group) => ['1', '2', '3'].map((drop) => `AF${group}${drop}`)),
  ...['0', '1', '2', '3', '4', '5', '6', '7'].map((selector) => `CS${selector}`),
  'VA',
  'LE',
];

/**
 * Parses a code point, `EF` or `46`. @returns the TOS octet that carries it (the code point times 4), or `undefined` if
 * the text is no code point
 */
export function parseDscp(text: string): number | undefined {
  const codePoint = codePointOf(text.trim().toUpperCase());
  return codePoint === undefined ? undefined : codePoint << 2;
}

function codePointOf(name: string): number | undefined {
  const named = NAMED.get(name);
  if (named !== undefined) return named;
  const selector = /^CS([0-7])$/.exec(name);
  if (selector) return Number(selector[1]) * 8;
  const assured = /^AF([1-4])([1-3])$/.exec(name);
  if (assured) return Number(assured[1]) * 8 + Number(assured[2]) * 2;
  const value = /^(\d{1,2}|0X[0-9A-F]{1,2})$/.test(name) ? Number(name) : Number.NaN;
  return value <= 63 ? value : undefined;
}
