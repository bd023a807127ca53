/**
 * Keepalives of a UDP stream. The receiver sends a small datagram at an interval, and the sender stops sending without
 * them. So nothing is sent for long to an end that has vanished, or to an address that somebody else has by now. They also
 * keep the mapping of a NAT alive in the direction in which no payload is sent.
 *
 * @see RFC 8085, section 3.1 (feedback), RFC 4787, REQ-5 (NAT mappings last 2 minutes at least)
 * @module
 */
import { type Instant, NS_PER_S } from '../core/time.ts';
import { DATA_HEADER_BYTES, DATAGRAM_TYPE, OFFSET, writeNumber, writeStreamHeader } from '../wire/datagram.ts';

/** Time between two keepalives. */
export const KEEPALIVE_INTERVAL = NS_PER_S;
/**
 * A sender that has received nothing for so long stops sending until it receives something. It is nine intervals, so
 * that several keepalives in a row may be lost, and a sender stops within 10 s of the last one.
 */
export const QUIET_LIMIT = 9 * NS_PER_S;

/** The stream to which keepalives belong. */
export interface KeepaliveStream {
  readonly stream: number;
  readonly token: Uint8Array;
}

/** The part of the receiver: makes the keepalives. */
export class Keepalives {
  readonly bytes = new Uint8Array(DATA_HEADER_BYTES);
  readonly #view = new DataView(this.bytes.buffer);
  #next: Instant = Number.POSITIVE_INFINITY;
  #count = 0;

  constructor({ stream, token }: KeepaliveStream) {
    writeStreamHeader(this.#view, 0, DATAGRAM_TYPE.keepalive, stream, token);
  }

  /** Makes the first keepalive due now. */
  begin(now: Instant): void {
    this.#next = now;
  }

  /** When the next keepalive is due; never before `begin`. */
  get nextAt(): Instant {
    return this.#next;
  }

  /** Returns the keepalive that is due; it is valid until the next call. `undefined` if none is due. */
  take(now: Instant): Uint8Array | undefined {
    if (now < this.#next) return undefined;
    this.#next = now + KEEPALIVE_INTERVAL;
    writeNumber(this.#view, OFFSET.sequence, this.#count++);
    writeNumber(this.#view, OFFSET.sent, now);
    return this.bytes;
  }
}

/** The part of the sender: decides whether the receiver is still there. */
export class PeerWatch {
  #heardAt: Instant;

  constructor(now: Instant) {
    this.#heardAt = now;
  }

  /** Handles a datagram of the stream that was received. */
  hear(now: Instant): void {
    this.#heardAt = now;
  }

  /** When the sender has to stop, unless something is received before. */
  get quietAt(): Instant {
    return this.#heardAt + QUIET_LIMIT;
  }

  /** Whether the sender has to stop now. */
  isQuiet(now: Instant): boolean {
    return now >= this.quietAt;
  }
}
