/**
 * Datagrams of a test, and the messages of a TCP latency test, which have the same format.
 *
 * ```text
 *  0  'w'      1  type     2  stream (2)
 *  4  token (8)                       secret of the test: datagrams with another token are ignored
 * 12  sequence number (8)             from 0 in each stream
 * 20  sent (8)                        sender's monotonic clock, ns
 * -- 28: keepalives end here; data and probes, before padding --
 * 28  received by the server (8)      server's monotonic clock, ns
 * 36  sent by the server (8)
 * 44  probes received so far (8)      distinct ones
 * -- 52: replies end here, padding follows --
 * ```
 *
 * The messages that open a UDP stream have a cookie of 16 octets at 12. All of them are 64 octets long,
 * so that no answer is larger than its request. All numbers are big-endian.
 *
 * @module
 */
import { readU16be, readU32be, readU64be } from '../core/bytes.ts';
import { TOKEN_BYTES } from './preamble.ts';

/** First octet of every datagram: the letter `w`. */
export const DATAGRAM_MAGIC = 0x77;
/** Size of the header of data and probes: the smallest datagram of a test. */
export const DATA_HEADER_BYTES = 28;
/** Size of the header of replies, and so of the smallest probe that can be answered. */
export const REPLY_HEADER_BYTES = 52;
/** Size of every message that opens a stream. */
export const STREAM_HANDSHAKE_BYTES = 64;
/** Size of the cookie in the messages that open a stream. */
export const COOKIE_BYTES = 16;

/** Values of the type field. */
export const DATAGRAM_TYPE = {
  /** Payload of the measured part. */
  data: 1,
  /** Payload of the warm-up, with a sequence of its own. */
  warmup: 2,
  probe: 3,
  reply: 4,
  /** Keepalive from the receiver to the sender. */
  keepalive: 5,
  /** Client: a probe of the path MTU, which names the length of its answer. */
  padded: 6,
  /** Server: the answer to a probe of the path MTU. */
  acknowledgement: 7,
  /** Server: a probe of the trace back to the client. */
  hop: 8,
  /** Client: the answer to such a probe. */
  arrival: 9,
  /** Client: request to open a stream. */
  hello: 16,
  /** Server: a cookie, which the client returns to prove its address. */
  challenge: 17,
  /** Client: returns the cookie. */
  prove: 18,
  /** Server: the stream is open. */
  ready: 19,
} as const;

/** Offsets of the fields from the start of the datagram; the time fields are in ns. */
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

/** Writes the header fields that are the same in all datagrams of a stream. */
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

/** Reads eight octets as a number; a value above 2^53 is rounded. */
export function readNumber(view: DataView, at: number): number {
  return view.getUint32(at) * TWO_32 + view.getUint32(at + 4);
}

/** Token and stream number of one stream, for fast comparison with received datagrams. */
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

  /** Type of the datagram of `length` octets at `at`; 0 if it does not belong to this stream. */
  typeOf(view: DataView, at: number, length: number): number {
    if (length < DATA_HEADER_BYTES || view.getUint8(at) !== DATAGRAM_MAGIC) return 0;
    if (view.getUint32(at + OFFSET.token) !== this.#high || view.getUint32(at + OFFSET.token + 4) !== this.#low)
      return 0;
    return view.getUint16(at + OFFSET.stream) === this.#stream ? view.getUint8(at + OFFSET.type) : 0;
  }

  /** Like `typeOf`, for a byte array that holds one datagram. */
  typeOfDatagram(bytes: Uint8Array): number {
    if (bytes.length < DATA_HEADER_BYTES || bytes[OFFSET.magic] !== DATAGRAM_MAGIC) return 0;
    if (readU32be(bytes, OFFSET.token) !== this.#high || readU32be(bytes, OFFSET.token + 4) !== this.#low) return 0;
    return readU16be(bytes, OFFSET.stream) === this.#stream ? (bytes[OFFSET.type] ?? 0) : 0;
  }
}

/** The fields of a data datagram that its receiver needs. */
export interface DataHeader {
  readonly sequence: number;
  readonly sent: number;
}

/** Reads the fields from a byte array. Making a DataView for each datagram would cost more than the rest. */
export function readDataHeader(bytes: Uint8Array): DataHeader {
  return { sequence: readU64be(bytes, OFFSET.sequence), sent: readU64be(bytes, OFFSET.sent) };
}

/** A message of the exchange that opens a UDP stream. */
export interface StreamHandshake {
  readonly type: number;
  readonly stream: number;
  readonly token: Uint8Array;
  /** 16 octets; zero in a hello. */
  readonly cookie: Uint8Array;
}

/** Encodes a handshake message of `HANDSHAKE_BYTES` octets. */
export function encodeStreamHandshake(message: StreamHandshake): Uint8Array {
  const out = new Uint8Array(STREAM_HANDSHAKE_BYTES);
  writeStreamHeader(new DataView(out.buffer), 0, message.type, message.stream, message.token);
  out.set(message.cookie.subarray(0, COOKIE_BYTES), OFFSET.cookie);
  return out;
}

/** Decodes a handshake message, copying its fields; `undefined` for anything else, and if it is too short. */
export function decodeStreamHandshake(bytes: Uint8Array): StreamHandshake | undefined {
  if (bytes.length < STREAM_HANDSHAKE_BYTES || bytes[OFFSET.magic] !== DATAGRAM_MAGIC) return undefined;
  const type = bytes[OFFSET.type] ?? 0;
  if (type < DATAGRAM_TYPE.hello || type > DATAGRAM_TYPE.ready) return undefined;
  return {
    type,
    stream: ((bytes[OFFSET.stream] ?? 0) << 8) | (bytes[OFFSET.stream + 1] ?? 0),
    token: bytes.slice(OFFSET.token, OFFSET.token + TOKEN_BYTES),
    cookie: bytes.slice(OFFSET.cookie, OFFSET.cookie + COOKIE_BYTES),
  };
}
