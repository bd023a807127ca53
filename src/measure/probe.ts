/**
 * Probes and replies of a latency test, over UDP or as messages of fixed length over TCP.
 *
 * @module
 */
import type { Instant } from '../core/time.ts';
import { SequenceTracker } from '../stats/sequence.ts';
import {
  DATAGRAM_TYPE,
  OFFSET,
  REPLY_HEADER_BYTES,
  readNumber,
  type StreamKey,
  writeNumber,
} from '../wire/datagram.ts';
import type { Answer } from './latency-recorder.ts';

/** Greatest valid number in a reply: as nanoseconds of uptime 146 years. A reply with a greater one is damaged or forged. */
const MAX_PLAUSIBLE = 2 ** 62;

/** Decodes a reply. @returns `undefined` if the octets are not a reply of this stream */
export function readReply(
  key: StreamKey,
  view: DataView,
  at: number,
  length: number,
  receivedAt: Instant,
): Answer | undefined {
  if (length < REPLY_HEADER_BYTES || key.typeOf(view, at, length) !== DATAGRAM_TYPE.reply) return undefined;
  const sequence = readNumber(view, at + OFFSET.sequence);
  const serverReceived = readNumber(view, at + OFFSET.serverReceived);
  const serverSent = readNumber(view, at + OFFSET.serverSent);
  const serverCount = readNumber(view, at + OFFSET.serverCount);
  if (Math.max(sequence, serverReceived, serverSent, serverCount) > MAX_PLAUSIBLE) return undefined;
  return { sequence, serverReceived, serverSent, serverCount, receivedAt };
}

/** The part of the server: turns a probe into its reply, in place and of the same length. */
export class Reflector {
  readonly #key: StreamKey;
  readonly #tracker = new SequenceTracker();

  constructor(key: StreamKey) {
    this.#key = key;
  }

  /** Number of distinct probes. */
  get received(): number {
    return this.#tracker.received;
  }

  /** Turns the `length` octets from `at` on into a reply. @returns false if they are not a probe of this stream */
  reflect(view: DataView, at: number, length: number, receivedAt: Instant, now: Instant): boolean {
    if (length < REPLY_HEADER_BYTES || this.#key.typeOf(view, at, length) !== DATAGRAM_TYPE.probe) return false;
    const sequence = readNumber(view, at + OFFSET.sequence);
    if (!Number.isSafeInteger(sequence + 1)) return false;
    this.#tracker.observe(sequence);
    view.setUint8(at + OFFSET.type, DATAGRAM_TYPE.reply);
    writeNumber(view, at + OFFSET.serverReceived, receivedAt);
    writeNumber(view, at + OFFSET.serverSent, now);
    writeNumber(view, at + OFFSET.serverCount, this.#tracker.received);
    return true;
  }
}
