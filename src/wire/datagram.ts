/**
 * Datagrams of a test, and the messages of a TCP latency test, which look the same.
 *
 * ```text
 *  0  'w'      1  type     2  stream (2)
 *  4  token (8)                       secret of the test: who does not know it is ignored
 * 12  sequence number (8)             from 0 in each stream
 * 20  sent (8)                        sender's monotonic clock, ns
 * -- 28: keepalives end here; data and probes, before padding --
 * 28  received by the server (8)      server's monotonic clock, ns
 * 36  sent by the server (8)
 * 44  probes received so far (8)      distinct ones
 * -- 52: replies end here, padding follows --
 * ```
 *
 * The messages that open a UDP stream have a cookie of 16 octets at 12 and are 64 octets long, all
 * of them, so that no answer is larger than its request. All numbers are big-endian.
 *
 * @module
 */
import { readU16be, readU32be, readU64be } from '../core/bytes.ts';
import { TOKEN_BYTES } from './preamble.ts';

export const DATAGRAM_MAGIC = 0x77;
/** Octets of the header of data and probes: the smallest datagram of a test. */
export const DATA_HEADER_BYTES = 28;
/** Octets of the header of replies, hence the smallest probe that can be answered. */
export const REPLY_HEADER_BYTES = 52;
/** Octets of every message that opens a stream. */
export const HANDSHAKE_BYTES = 64;
export const COOKIE_BYTES = 16;

export const DATAGRAM_TYPE = {
  /** Payload that counts. */
  data: 1,
  /** Payload of the warm-up, in a sequence of its own. */
  warmup: 2,
  probe: 3,
  reply: 4,
  /** Sign of life, from whoever receives to whoever sends. */
  keepalive: 5,
  /** Client: a stream wants to open. */
  hello: 16,
  /** Server: send this cookie back, if you are where you say. */
  challenge: 17,
  /** Client: here is the cookie. */
  prove: 18,
  /** Server: the stream is open. */
  ready: 19,
} as const;

export const OFFSET = {
  magic: 0,
  type: 1,
  stream: 2,
  token: 4,
  sequence: 12,
  sent: 20,
  serverReceived: 28,
  serverSent: 36,
  serverCount: 44,
  cookie: 12,
} as const;

const TWO_32 = 0x1_0000_0000;

/** Writes the part of a header that stays the same for a whole stream. */
export function writeStreamHeader(view: DataView, at: number, type: number, stream: number, token: Uint8Array): void {
  view.setUint8(at + OFFSET.magic, DATAGRAM_MAGIC);
  view.setUint8(at + OFFSET.type, type);
  view.setUint16(at + OFFSET.stream, stream);
  for (let i = 0; i < TOKEN_BYTES; i++) view.setUint8(at + OFFSET.token + i, token[i] ?? 0);
}

/** Writes a whole number of up to 53 bits at `at`. */
export function writeNumber(view: DataView, at: number, value: number): void {
  const high = Math.floor(value / TWO_32);
  view.setUint32(at, high);
  view.setUint32(at + 4, value - high * TWO_32);
}

/** Reads eight octets as a number; a hostile value above 2^53 loses its low bits and nothing else. */
export function readNumber(view: DataView, at: number): number {
  return view.getUint32(at) * TWO_32 + view.getUint32(at + 4);
}

/** What identifies a stream's datagrams, in the form in which a hot loop compares it. */
export class StreamKey {
  readonly #stream: number;
  readonly #high: number;
  readonly #low: number;

  constructor(token: Uint8Array, stream: number) {
    const view = new DataView(token.buffer, token.byteOffset, TOKEN_BYTES);
    this.#high = view.getUint32(0);
    this.#low = view.getUint32(4);
    this.#stream = stream;
  }

  /** Whether the `length` octets at `at` are a datagram of this stream; returns its type, else 0. */
  typeOf(view: DataView, at: number, length: number): number {
    if (length < DATA_HEADER_BYTES || view.getUint8(at) !== DATAGRAM_MAGIC) return 0;
    if (view.getUint32(at + OFFSET.token) !== this.#high || view.getUint32(at + OFFSET.token + 4) !== this.#low)
      return 0;
    return view.getUint16(at + OFFSET.stream) === this.#stream ? view.getUint8(at + OFFSET.type) : 0;
  }

  /** The same for one datagram on its own. */
  typeOfDatagram(bytes: Uint8Array): number {
    if (bytes.length < DATA_HEADER_BYTES || bytes[OFFSET.magic] !== DATAGRAM_MAGIC) return 0;
    if (readU32be(bytes, OFFSET.token) !== this.#high || readU32be(bytes, OFFSET.token + 4) !== this.#low) return 0;
    return readU16be(bytes, OFFSET.stream) === this.#stream ? (bytes[OFFSET.type] ?? 0) : 0;
  }
}

/** The two numbers of a datagram that its receiver looks at. */
export interface DataHeader {
  readonly sequence: number;
  readonly sent: number;
}

/** Reads them from a datagram on its own. A view for each would cost more than all the rest. */
export function readDataHeader(bytes: Uint8Array): DataHeader {
  return { sequence: readU64be(bytes, OFFSET.sequence), sent: readU64be(bytes, OFFSET.sent) };
}

/** A message of the exchange that opens a UDP stream. */
export interface Handshake {
  readonly type: number;
  readonly stream: number;
  readonly token: Uint8Array;
  /** 16 octets; zero in a hello. */
  readonly cookie: Uint8Array;
}

export function encodeHandshake(message: Handshake): Uint8Array {
  const out = new Uint8Array(HANDSHAKE_BYTES);
  writeStreamHeader(new DataView(out.buffer), 0, message.type, message.stream, message.token);
  out.set(message.cookie.subarray(0, COOKIE_BYTES), OFFSET.cookie);
  return out;
}

/** Reads a handshake message; `undefined` for anything else, short ones included. Copies what it keeps. */
export function decodeHandshake(bytes: Uint8Array): Handshake | undefined {
  if (bytes.length < HANDSHAKE_BYTES || bytes[OFFSET.magic] !== DATAGRAM_MAGIC) return undefined;
  const type = bytes[OFFSET.type] ?? 0;
  if (type < DATAGRAM_TYPE.hello || type > DATAGRAM_TYPE.ready) return undefined;
  return {
    type,
    stream: ((bytes[OFFSET.stream] ?? 0) << 8) | (bytes[OFFSET.stream + 1] ?? 0),
    token: bytes.slice(OFFSET.token, OFFSET.token + TOKEN_BYTES),
    cookie: bytes.slice(OFFSET.cookie, OFFSET.cookie + COOKIE_BYTES),
  };
}
