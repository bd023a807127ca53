/**
 * Datagrams to several destinations, collected as messages. Consecutive datagrams of one size to one destination form
 * one message, which the sender segments again (UDP_SEGMENT of Linux). Nothing is sent here.
 *
 * @module
 */
import { MAX_UDP_PAYLOAD_BYTES } from '../../wire/ip.ts';
import type { Memory } from '../memory/memory.ts';
import { checkRange } from '../memory/memory-range.ts';

/** Messages in a batch, for one call of sendmmsg(). The kernel would take 1024 (UIO_MAXIOV). */
export const MESSAGES = 64;
/** UDP_MAX_SEGMENTS of Linux. */
const MAX_SEGMENTS = 64;

/** Datagrams that are sent with one message. The objects are used again for the next batch. */
export interface OutgoingMessage<Remote> {
  to: Remote | null;
  /** ECN field of the IP header. */
  ecn: number;
  /** Offset in the arena. */
  offset: number;
  /** Octets of all datagrams together. */
  length: number;
  /** Octets of each datagram; the last may be shorter. */
  segment: number;
  /** Datagrams. */
  count: number;
}

/**
 * Collects datagrams whose payload lies in one range of an arena.
 *
 * @typeParam Remote - the destination; two are the same if they are the same object
 */
export class OutgoingBatch<Remote> {
  /** The first `count` of them are in use. */
  protected readonly messages: readonly OutgoingMessage<Remote>[];
  protected count = 0;
  /** Where the payload lies, between `begin` and `end`. */
  protected readonly arena: Memory;
  readonly #begin: number;
  readonly #end: number;
  #at: number;

  /** @throws RangeError unless the range is within the arena */
  constructor(arena: Memory, range: { readonly begin: number; readonly end: number }) {
    checkRange(arena, range.begin, range.end - range.begin);
    this.arena = arena;
    this.#begin = range.begin;
    this.#end = range.end;
    this.#at = range.begin;
    const message = () => ({ to: null, ecn: 0, offset: 0, length: 0, segment: 0, count: 0 });
    this.messages = Array.from({ length: MESSAGES }, message);
  }

  /** Offset in the arena at which the next datagram is to be written. */
  get at(): number {
    return this.#at;
  }

  /** Whether no datagram is waiting to be sent. */
  get empty(): boolean {
    return this.count === 0;
  }

  /** Whether there is room for `datagrams` more, with `bytes` octets in total. */
  fits(bytes: number, datagrams = 1): boolean {
    // In the worst case no two messages can be joined.
    const messages = Math.ceil(datagrams / MAX_SEGMENTS) + Math.ceil(bytes / MAX_UDP_PAYLOAD_BYTES);
    return this.count + messages <= MESSAGES && this.#at + bytes <= this.#end;
  }

  /**
   * Takes over the datagram of `bytes` octets that was written at `at`.
   *
   * @throws RangeError where there is no room for it
   */
  add(bytes: number, to: Remote, ecn: number): void {
    if (bytes >>> 0 !== bytes || bytes > MAX_UDP_PAYLOAD_BYTES || this.#at + bytes > this.#end) {
      throw new RangeError(`a datagram of ${bytes} octets where there is room for ${this.#end - this.#at}`);
    }
    const last = this.messages[this.count - 1];
    if (last && isContinued(last, bytes, to, ecn)) {
      last.length += bytes;
      last.count++;
    } else {
      const message = this.messages[this.count];
      if (!message) throw new RangeError(`more than ${MESSAGES} messages in a batch`);
      this.count++;
      message.to = to;
      message.ecn = ecn;
      message.offset = this.#at;
      message.length = bytes;
      message.segment = bytes;
      message.count = 1;
    }
    this.#at += bytes;
  }

  /** Empties the batch, after all messages were sent or dropped. */
  protected clear(): void {
    this.count = 0;
    this.#at = this.#begin;
  }
}

function isContinued<Remote>(message: OutgoingMessage<Remote>, bytes: number, to: Remote, ecn: number): boolean {
  return (
    message.to === to &&
    message.ecn === ecn &&
    message.count < MAX_SEGMENTS &&
    message.length + bytes <= MAX_UDP_PAYLOAD_BYTES &&
    bytes <= message.segment &&
    // Only the last datagram of a message may be shorter than the others.
    message.length === message.segment * message.count
  );
}
