/**
 * The server's part in a search for the path MTU: how long the answer to a probe may be.
 *
 * A short probe may ask for a long answer. Only a client that has proven its address and knows the token gets one, and
 * the octets of all answers are bounded: by those of its probes, and by the rate that was granted to its test.
 *
 * @module
 */
import type { Instant } from '../../core/time.ts';
import { MTU_PROBE_BYTES, type PaddedProbe } from '../../wire/probe/mtu-probe.ts';
import { ByteCredit } from './byte-credit.ts';

/** Bounds of the answers of one stream. */
export interface AnswerBounds {
  /** Longest answer, in octets of UDP payload: the length of the test. */
  readonly mostBytes: number;
  /** Rate of the answers beyond what the probes have themselves, in bit/s. */
  readonly rateBps: number;
}

/** Octets that may be answered at once at any rate: twice what a client sends at once. */
const BURST_BYTES = 32 * 1024;

/** Decides about the answers of one stream. */
export class MtuAnswerer {
  readonly #mostBytes: number;
  readonly #credit: ByteCredit;

  constructor({ mostBytes, rateBps }: AnswerBounds) {
    this.#mostBytes = mostBytes;
    this.#credit = new ByteCredit(rateBps, BURST_BYTES);
  }

  /**
   * The length of the answer to a probe, in octets of UDP payload.
   *
   * @returns 0 for none: more is asked for than was granted
   */
  answerTo({ answerBytes }: PaddedProbe, receivedBytes: number, now: Instant): number {
    if (answerBytes > this.#mostBytes) return 0;
    const length = Math.max(MTU_PROBE_BYTES, answerBytes);
    this.#credit.refill(now);
    const beyond = Math.max(0, length - receivedBytes);
    if (beyond > 0 && !this.#credit.isOpen) return 0;
    this.#credit.take(beyond);
    return length;
  }
}
