/**
 * WireGuard keys as text: base64 in wg(8) and configuration files, hexadecimal in the configuration protocol.
 *
 * Messages never quote the text: a mistyped key may contain most of a secret.
 *
 * @module
 */
import { fromHex, toHex } from '../core/bytes.ts';
import { KEY_BYTES } from '../core/primitives.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BASE64_LENGTH = 44;
const HEX_LENGTH = 64;

/** A key of 32 octets, or why the text is not a key. */
export type ParsedKey =
  | { readonly ok: true; readonly key: Uint8Array }
  | { readonly ok: false; readonly reason: string };

/** Parses a key in base64: 44 characters. As in wg(8), the two unused bits of the last character must be zero. */
export function parseKey(text: string): ParsedKey {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return refused('it is hexadecimal; a key is base64 here');
  if (text.length !== BASE64_LENGTH) return refused(`it has ${text.length} characters; a key has ${BASE64_LENGTH}`);
  if (!text.endsWith('=')) return refused('it does not end with "="');
  const key = new Uint8Array(KEY_BYTES);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < BASE64_LENGTH - 1; i++) {
    const value = ALPHABET.indexOf(text.charAt(i));
    if (value < 0) return refused(`character ${i + 1} is not base64`);
    held = (held << 6) | value;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    key[at++] = held >>> bits;
    held &= (1 << bits) - 1;
  }
  return held === 0 ? { ok: true, key } : refused('its last character is not one that a key can end with');
}

/** Formats a key in base64, 44 characters. */
export function formatKey(key: Uint8Array): string {
  let text = '';
  for (let i = 0; i < KEY_BYTES; i += 3) {
    const word = ((key[i] ?? 0) << 16) | ((key[i + 1] ?? 0) << 8) | (key[i + 2] ?? 0);
    for (let shift = 18; shift >= 0; shift -= 6) text += ALPHABET.charAt((word >>> shift) & 63);
  }
  return `${text.slice(0, BASE64_LENGTH - 1)}=`;
}

/** Parses a key of 64 hexadecimal digits. */
export function parseHexKey(text: string): ParsedKey {
  if (parseKey(text).ok) return refused('it is base64; a key is hexadecimal here');
  if (text.length !== HEX_LENGTH) return refused(`it has ${text.length} characters; a key has ${HEX_LENGTH}`);
  const key = fromHex(text);
  return key ? { ok: true, key } : refused(`character ${text.search(/[^0-9a-fA-F]/) + 1} is not hexadecimal`);
}

/** Formats a key as 64 hexadecimal digits. */
export function formatHexKey(key: Uint8Array): string {
  return toHex(key);
}

/** Returns a copy of a private key with the bits set and cleared as X25519 requires (RFC 7748 §5). */
export function clampPrivateKey(key: Uint8Array): Uint8Array {
  const clamped = key.slice();
  clamped[0] = (clamped[0] ?? 0) & 248;
  clamped[31] = ((clamped[31] ?? 0) & 127) | 64;
  return clamped;
}

/** Whether all octets are zero, which means "no key" in configurations. */
export function isZeroKey(key: Uint8Array): boolean {
  return key.every((octet) => octet === 0);
}

/** Whether two keys are equal. Its time depends on the keys. */
export function sameKey(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}

/** Compares two public keys octet by octet, for sorting. Its time depends on the keys. */
export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((octet, i) => octet !== b[i]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

function refused(reason: string): ParsedKey {
  return { ok: false, reason };
}
