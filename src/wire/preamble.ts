/**
 * The first octets of every TCP connection, from the client.
 *
 * ```text
 * control   "winze/2C"
 * data      "winze/2D"  token (8)  stream (2, big-endian)
 * ```
 *
 * The digit is the version of the protocol; version 1 is accepted too. A server recognizes any other protocol by
 * the first octet that differs, without keeping state. It answers a data connection with the one octet
 * `DATA_READY` as soon as the stream is ready.
 *
 * @module
 */
import { readU16be, writeU16be } from '../core/bytes.ts';

/** Size of the text at the beginning of a preamble. */
export const PREAMBLE_BYTES = 8;
/** Size of the token, the secret of a test by which its streams are recognized. */
export const TOKEN_BYTES = 8;
/** Size of the preamble of a data connection: text, token and stream number. */
export const DATA_PREAMBLE_BYTES = PREAMBLE_BYTES + TOKEN_BYTES + 2;
/** The server's answer to a data connection. */
export const DATA_READY = 0x01;

const CONTROL = ascii('winze/2C');
const DATA = ascii('winze/2D');
const VERSION_AT = 6;
const ZERO = 0x30;

/** Result of reading a preamble. */
export type Preamble =
  /**
   * A control connection, of this version or another, so that a client of another version is told why it is refused.
   */
  | { readonly tag: 'control'; readonly version: number }
  | { readonly tag: 'data'; readonly token: Uint8Array; readonly stream: number }
  /** More octets are needed. */
  | { readonly tag: 'partial' }
  /** The connection uses another protocol. */
  | { readonly tag: 'foreign' };

/** Decodes the first octets of a connection. `token` is a view into `bytes`. Never throws. */
export function decodePreamble(bytes: Uint8Array): Preamble {
  const known = Math.min(bytes.length, PREAMBLE_BYTES);
  const version = known > VERSION_AT ? (bytes[VERSION_AT] ?? 0) - ZERO : 0;
  if (version < 0 || version > 9) return { tag: 'foreign' };
  if (startsWith(bytes, CONTROL, known)) {
    return known === PREAMBLE_BYTES ? { tag: 'control', version } : { tag: 'partial' };
  }
  // Versions 1 and 2 have the same layout. A data connection of another version cannot belong to a test here.
  if (!startsWith(bytes, DATA, known) || version < 1 || version > 2) return { tag: 'foreign' };
  if (bytes.length < DATA_PREAMBLE_BYTES) return { tag: 'partial' };
  const token = bytes.subarray(PREAMBLE_BYTES, PREAMBLE_BYTES + TOKEN_BYTES);
  return { tag: 'data', token, stream: readU16be(bytes, PREAMBLE_BYTES + TOKEN_BYTES) };
}

/** Encodes the preamble of a control connection. */
export function encodeControlPreamble(): Uint8Array {
  return CONTROL.slice();
}

/** Encodes the preamble of the data connection of one stream. */
export function encodeDataPreamble(token: Uint8Array, stream: number): Uint8Array {
  const out = new Uint8Array(DATA_PREAMBLE_BYTES);
  out.set(DATA);
  out.set(token, PREAMBLE_BYTES);
  writeU16be(out, PREAMBLE_BYTES + TOKEN_BYTES, stream);
  return out;
}

/** Compares with a prefix, ignoring the version. */
function startsWith(bytes: Uint8Array, prefix: Uint8Array, length: number): boolean {
  for (let i = 0; i < length; i++) if (i !== VERSION_AT && bytes[i] !== prefix[i]) return false;
  return true;
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
