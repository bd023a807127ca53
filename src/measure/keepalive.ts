/**
 * Signs of life of a UDP stream: whoever receives sends a small datagram at an interval, and whoever sends falls
 * silent without them. So nothing goes on to an end that vanished or to an address that is somebody else's by now,
 * and the entry of a NAT on the way stays open in the direction in which nothing else flows.
 *
 * @see RFC 8085, section 3.1 (feedback), RFC 4787, REQ-5 (NAT mappings last 2 minutes at least)
 * @module
 */
import { type Instant, NS_PER_S } from '../core/time.ts';
import { DATA_HEADER_BYTES, DATAGRAM_TYPE, OFFSET, writeNumber, writeStreamHeader } from '../wire/datagram.ts';

/** Time between two keepalives. Nine may be lost. */
export const KEEPALIVE_INTERVAL = NS_PER_S;
/** A sender that has heard nothing for so long sends nothing, until it hears again: within 10 s of the last sign. */
export const QUIET_LIMIT = 9 * NS_PER_S;

/** Whose keepalives: the stream, its secret. */
export interface KeepaliveStream {
  readonly stream: number;
  readonly token: Uint8Array;
}

/** The receiver's part. */
export class Keepalives {
  readonly bytes = new Uint8Array(DATA_HEADER_BYTES);
  readonly #view = new DataView(this.bytes.buffer);
  #next: Instant = Number.POSITIVE_INFINITY;
  #count = 0;

  constructor({ stream, token }: KeepaliveStream) {
    writeStreamHeader(this.#view, 0, DATAGRAM_TYPE.keepalive, stream, token);
  }

  begin(now: Instant): void {
    this.#next = now;
  }

  /** When the next is due; never before `begin`. */
  get nextAt(): Instant {
    return this.#next;
  }

  /** The keepalive that is due, valid until the next call; `undefined` while none is. */
  take(now: Instant): Uint8Array | undefined {
    if (now < this.#next) return undefined;
    this.#next = now + KEEPALIVE_INTERVAL;
    writeNumber(this.#view, OFFSET.sequence, this.#count++);
    writeNumber(this.#view, OFFSET.sent, now);
    return this.bytes;
  }
}

/** The sender's part. */
export class PeerWatch {
  #heardAt: Instant;

  constructor(now: Instant) {
    this.#heardAt = now;
  }

  /** Takes note of a datagram of the stream. */
  hear(now: Instant): void {
    this.#heardAt = now;
  }

  /** From when on to send nothing, unless something is heard before. */
  get quietAt(): Instant {
    return this.#heardAt + QUIET_LIMIT;
  }

  isQuiet(now: Instant): boolean {
    return now >= this.quietAt;
  }
}
