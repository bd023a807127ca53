/**
 * SOCKS 4 and 5 (RFC 1928 §3, §4): the exchange before the proxied bytes.
 *
 * ```text
 * 5 greeting  05 · methods 1 · method each 1         5 choice  05 · method 1
 * 5 request   05 · command 1 · 00 · address type 1 · address · port 2     5 reply  05 · result · 00 · …
 * 4 request   04 · command 1 · port 2 · address 4 · user, 0               4 reply  00 · result 5a to 5d · …
 * ```
 *
 * @module
 */
import { LAYER, type LayerKind } from '../layer-kind.ts';
import type { Cursor } from './cursor.ts';

export const SOCKS_PORT = 1080;

export function isSocksGreeting(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  return bytes[at] === 5 && cursor.wire === 2 + (bytes[at + 1] ?? 0) && cursor.wire > 2;
}

export function isSocksChoice(cursor: Cursor): boolean {
  return cursor.bytes[cursor.at] === 5 && cursor.wire === 2;
}

/** Request and reply of version 5 look alike but for the second octet. */
export function isSocksRequest(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  if (bytes[at] !== 5 || cursor.wire < 7 || bytes[at + 2] !== 0) return false;
  const type = bytes[at + 3] ?? 0;
  return type === 1 || type === 3 || type === 4;
}

export function isSocks4Request(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  return bytes[at] === 4 && (bytes[at + 1] === 1 || bytes[at + 1] === 2) && cursor.wire >= 9;
}

export function isSocks4Reply(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  const result = bytes[at + 1] ?? 0;
  return bytes[at] === 0 && cursor.wire === 8 && result >= 0x5a && result <= 0x5d;
}

/** User name and password (RFC 1929 §2), and the answer to them. */
export function isSocksPassword(cursor: Cursor): boolean {
  return cursor.bytes[cursor.at] === 1 && cursor.wire >= 2;
}

export function stepSocks(cursor: Cursor): LayerKind {
  if (!cursor.need(2)) return LAYER.none;
  cursor.push(LAYER.socks, cursor.captured);
  return LAYER.none;
}
