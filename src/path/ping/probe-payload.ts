/**
 * Payload of a probe, by which its answer is recognised.
 *
 * ```text
 *   nonce 8 · sequence number 4 · octets that count up from 12
 * ```
 *
 * The nonce is random for each test, so an answer that was forged without seeing a probe, or that belongs to another
 * program, is no answer. A router may quote less than the payload (RFC 792 asks for 8 octets behind the IP header): then
 * the sequence number of 16 bits in the ICMP header remains, or nothing.
 *
 * @module
 */

import type { Instant } from '../../core/time.ts';

const SEQUENCE = 8;
/** Octets of nonce and sequence number. A shorter payload has as much of them as fits. */
const MARK_BYTES = 12;

/** Makes the payloads of the probes of one test, and recognises them in what comes back. */
export interface ProbeOctets {
  /** Whether every payload carries the number of its probe. */
  readonly isMarked: boolean;
  /** The payload of a probe that is sent about `now`. The next call overwrites it. */
  of(sequence: number, now: Instant): Uint8Array;
  /** Number of the probe that a message answers; `undefined` if it answers none of this test. */
  sequenceOf(message: Uint8Array): number | undefined;
  /** Number of the probe that an ICMP message quotes; `undefined` if it quotes none of this test, or too little. */
  sequenceOfSent(quote: Uint8Array): number | undefined;
}

/** Payloads of a host that returns them unchanged. */
export class ProbePayload implements ProbeOctets {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  /**
   * @param nonce - 8 random octets
   * @param lengthBytes - of the payload
   */
  constructor(nonce: Uint8Array, lengthBytes: number) {
    this.#bytes = Uint8Array.from({ length: Math.max(MARK_BYTES, lengthBytes) }, (_, i) => i & 0xff);
    this.#bytes.set(nonce.subarray(0, SEQUENCE));
    this.#view = new DataView(this.#bytes.buffer);
    this.#bytes = this.#bytes.subarray(0, lengthBytes);
  }

  get isMarked(): boolean {
    return this.#bytes.length >= MARK_BYTES;
  }

  of(sequence: number): Uint8Array {
    this.#view.setUint32(SEQUENCE, sequence >>> 0);
    return this.#bytes;
  }

  sequenceOf(payload: Uint8Array): number | undefined {
    if (payload.length < MARK_BYTES || !this.isMarked) return undefined;
    for (let i = 0; i < SEQUENCE; i++) if (payload[i] !== this.#bytes[i]) return undefined;
    return new DataView(payload.buffer, payload.byteOffset, payload.length).getUint32(SEQUENCE);
  }

  sequenceOfSent(quote: Uint8Array): number | undefined {
    return this.sequenceOf(quote);
  }
}

/**
 * The sequence number that a field of 16 bits stands for: the greatest one below `next` that ends in these bits;
 * `undefined` if there is none.
 *
 * @param next - sequence number of the next probe
 */
export function widenSequence(low: number, next: number): number | undefined {
  const behind = (next - 1 - low) & 0xffff;
  const sequence = next - 1 - behind;
  return sequence < 0 ? undefined : sequence;
}
