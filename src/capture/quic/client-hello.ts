/**
 * Reads the ClientHello of TLS (RFC 8446 §4.1.2): the server name, and the application protocols that it offers.
 *
 * ```text
 * type 1 · length 3 · version 2 · random 32 · length 1, session · length 2, suites · length 1, compressions
 * length 2, extensions: type 2 · length 2, value
 * server name (RFC 6066 §3)   length 2, then each: type 1 · length 2, name
 * ALPN (RFC 7301 §3.1)        length 2, then each: length 1, name
 * ```
 *
 * @module
 */
import { readU16be } from '../../core/bytes.ts';

/**
 * The fields of a ClientHello that are printed.
 */
export interface ClientHello {
  /** The server name (SNI) as octets, exactly as sent; `null` if there is none. */
  readonly serverName: Uint8Array | null;
  /** The ALPN protocol names as octets, in the order of the client. */
  readonly protocols: readonly Uint8Array[];
}

const CLIENT_HELLO = 1;
const HEADER_BYTES = 4;
const RANDOM_END = HEADER_BYTES + 2 + 32;
const SERVER_NAME = 0;
const HOST_NAME = 0;
const ALPN = 16;

/**
 * Total length of the handshake message at the start of a stream; 0 if it is not a ClientHello, or if its header is
 * incomplete.
 */
export function clientHelloBytes(stream: Uint8Array): number {
  if (stream.length < HEADER_BYTES || stream[0] !== CLIENT_HELLO) return 0;
  return HEADER_BYTES + (stream[1] ?? 0) * 0x1_0000 + readU16be(stream, 2);
}

/** Parses a complete ClientHello; `null` if its length fields are inconsistent. The result is copied. */
export function readClientHello(message: Uint8Array): ClientHello | null {
  const session = RANDOM_END + 1 + (message[RANDOM_END] ?? 0);
  const suites = session + 2 + readU16be(message, session);
  const extensions = suites + 1 + (message[suites] ?? 0);
  const end = extensions + 2 + readU16be(message, extensions);
  // A ClientHello without extensions ends after the compression methods.
  if (extensions === message.length) return { serverName: null, protocols: [] };
  if (end > message.length) return null;
  let serverName: Uint8Array | null = null;
  let protocols: readonly Uint8Array[] = [];
  for (let at = extensions + 2; at + 4 <= end; ) {
    const type = readU16be(message, at);
    const next = at + 4 + readU16be(message, at + 2);
    if (next > end) return null;
    const value = message.subarray(at + 4, next);
    if (type === SERVER_NAME) serverName = hostName(value);
    if (type === ALPN) protocols = names(value);
    at = next;
  }
  return { serverName, protocols };
}

function hostName(value: Uint8Array): Uint8Array | null {
  for (let at = 2; at + 3 <= value.length; ) {
    const next = at + 3 + readU16be(value, at + 1);
    if (value[at] === HOST_NAME && next <= value.length) return value.slice(at + 3, next);
    at = next;
  }
  return null;
}

function names(value: Uint8Array): readonly Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 2; at < value.length; ) {
    const next = at + 1 + (value[at] ?? 0);
    if (next > value.length) break;
    found.push(value.slice(at + 1, next));
    at = next;
  }
  return found;
}
