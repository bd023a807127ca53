/**
 * The first octets of every TCP connection, from the client.
 *
 * ```text
 * control   "winze/2C"
 * data      "winze/2D"  token (8)  stream (2, big-endian)
 * ```
 *
 * The digit is the version of the protocol; 1 is read too. A server tells any other protocol by the first
 * octet that differs, and needs no state to do so. It answers a data connection with the one octet
 * `DATA_READY` once the stream is in place.
 *
 * @module
 */
import { readU16be, writeU16be } from '../core/bytes.ts';

export const PREAMBLE_BYTES = 8;
export const TOKEN_BYTES = 8;
/** Octets of a data connection's preamble, token and stream number. */
export const DATA_PREAMBLE_BYTES = PREAMBLE_BYTES + TOKEN_BYTES + 2;
/** The server's answer to a data connection. */
export const DATA_READY = 0x01;

const CONTROL = ascii('winze/2C');
const DATA = ascii('winze/2D');
const VERSION_AT = 6;
const ZERO = 0x30;

export type Preamble =
  /** A control connection of this or another version: one of another understands why it is refused. */
  | { readonly tag: 'control'; readonly version: number }
  | { readonly tag: 'data'; readonly token: Uint8Array; readonly stream: number }
  /** More octets are needed. */
  | { readonly tag: 'partial' }
  /** Another protocol. */
  | { readonly tag: 'foreign' };

/** Reads what a connection began with. `token` is borrowed. Never throws. */
export function decodePreamble(bytes: Uint8Array): Preamble {
  const known = Math.min(bytes.length, PREAMBLE_BYTES);
  const version = known > VERSION_AT ? (bytes[VERSION_AT] ?? 0) - ZERO : 0;
  if (version < 0 || version > 9) return { tag: 'foreign' };
  if (startsWith(bytes, CONTROL, known)) {
    return known === PREAMBLE_BYTES ? { tag: 'control', version } : { tag: 'partial' };
  }
  // Data of another version than 1, whose layout is the same, cannot belong to a test here.
  if (!startsWith(bytes, DATA, known) || version < 1 || version > 2) return { tag: 'foreign' };
  if (bytes.length < DATA_PREAMBLE_BYTES) return { tag: 'partial' };
  const token = bytes.subarray(PREAMBLE_BYTES, PREAMBLE_BYTES + TOKEN_BYTES);
  return { tag: 'data', token, stream: readU16be(bytes, PREAMBLE_BYTES + TOKEN_BYTES) };
}

export function encodeControlPreamble(): Uint8Array {
  return CONTROL.slice();
}

export function encodeDataPreamble(token: Uint8Array, stream: number): Uint8Array {
  const out = new Uint8Array(DATA_PREAMBLE_BYTES);
  out.set(DATA);
  out.set(token, PREAMBLE_BYTES);
  writeU16be(out, PREAMBLE_BYTES + TOKEN_BYTES, stream);
  return out;
}

/** Whatever the version is. */
function startsWith(bytes: Uint8Array, prefix: Uint8Array, length: number): boolean {
  for (let i = 0; i < length; i++) if (i !== VERSION_AT && bytes[i] !== prefix[i]) return false;
  return true;
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
