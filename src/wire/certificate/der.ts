/**
 * Writes values of ASN.1 in DER: a tag, a length, and the content.
 *
 * ```text
 *  0          1 ..                        then
 * +----------+---------------------------+---------+
 * | tag      | length below 128, or      | content |
 * |          | 0x80 + n, then n octets   |         |
 * +----------+---------------------------+---------+
 * ```
 *
 * @see ITU-T X.690, sections 8.1 and 10.1
 * @module
 */
import { joined } from '../../core/bytes.ts';

/** Tags that certificates use (X.680 section 8.6); the constructed bit is set where the type has parts. */
export const DER_TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
  /** `[2]` of GeneralName: dNSName (RFC 5280 section 4.2.1.6). */
  dnsName: 0x82,
  /** `[0]` and `[3]` of TBSCertificate: version and extensions (RFC 5280 section 4.1). */
  version: 0xa0,
  extensions: 0xa3,
} as const;

/** Longest length in one octet. */
const SHORT = 127;

/** A value with this tag, whose content is the parts one after the other. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = joined(parts);
  return joined([Uint8Array.of(tag), lengthOf(content.length), content]);
}

/** A number that is not negative, from its octets: without leading zeros, and with one where the first bit is set. */
export function derInteger(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((octet) => octet !== 0);
  const digits = first < 0 ? Uint8Array.of(0) : bytes.subarray(first);
  return (digits[0] ?? 0) > SHORT ? der(DER_TAG.integer, Uint8Array.of(0), digits) : der(DER_TAG.integer, digits);
}

/** A text of one of the string types, in UTF-8. */
export function derText(tag: number, text: string): Uint8Array {
  return der(tag, new TextEncoder().encode(text));
}

function lengthOf(length: number): Uint8Array {
  if (length <= SHORT) return Uint8Array.of(length);
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return Uint8Array.of(0x80 + digits.length, ...digits);
}
