/**
 * Data messages that came together with one key, opened: each by itself, so several threads may share
 * them. What is authentic is for the caller to check further, in order.
 *
 * @module
 */
import type { Memory } from '../../../native/memory/memory.ts';
import type { PacketCipher } from '../../../native/packet-cipher.ts';
import { CIPHER_HEADROOM } from '../../../native/udp/packet-bounds.ts';
import { DATA_HEADER_BYTES } from '../../../wire/wireguard.ts';

/** Offsets are in the arena. */
export interface OpenJob {
  /** The first message; the others follow at `segment`, and the last ends at `end`. */
  readonly at: number;
  readonly segment: number;
  readonly end: number;
  /** Where the first packet goes; each of the others `openStride(segment)` further on. */
  readonly out: number;
  /** Where the verdicts go, of `VERDICT_BYTES` each. */
  readonly verdicts: number;
}

/**
 * Three 32-bit numbers for each message: 1 if it is authentic, and its counter, high and low. In the message
 * itself, the counter is overwritten by then: it is in a cipher's headroom.
 */
export const VERDICT_BYTES = 12;

/** Packets lie as far apart as their messages, with a cipher's headroom between them, at multiples of 16. */
export function openStride(segment: number): number {
  return (segment + CIPHER_HEADROOM + 15) & ~15;
}

export class Opening {
  readonly #memory: Memory;
  readonly #cipher: PacketCipher;
  readonly #scratch: number | null;
  #key: Uint8Array | null = null;
  #job: OpenJob | null = null;

  /**
   * @param scratch - room for one message, where several threads open neighbours: a cipher writes to what lies
   * before its input, which another may still be reading
   */
  constructor(memory: Memory, cipher: PacketCipher, scratch: number | null) {
    this.#memory = memory;
    this.#cipher = cipher;
    this.#scratch = scratch;
  }

  begin(key: Uint8Array, job: OpenJob): void {
    this.#key = key;
    this.#job = job;
  }

  open(i: number): void {
    const job = this.#job;
    const key = this.#key;
    if (!job || !key) return;
    const { bytes, view } = this.#memory;
    const at = job.at + i * job.segment;
    const length = Math.min(job.segment, job.end - at) - DATA_HEADER_BYTES;
    const out = job.out + i * openStride(job.segment);
    const low = view.getUint32(at + 8, true);
    const high = view.getUint32(at + 12, true);
    let input = at + DATA_HEADER_BYTES;
    if (this.#scratch !== null) {
      bytes.copyWithin(this.#scratch, input, input + length);
      input = this.#scratch;
    }
    const genuine = this.#cipher.open(key, high, low, input, length, out);
    const verdict = job.verdicts + VERDICT_BYTES * i;
    view.setUint32(verdict, genuine ? 1 : 0, true);
    view.setUint32(verdict + 4, high, true);
    view.setUint32(verdict + 8, low, true);
  }
}
