/**
 * Decrypts data messages that were received together and have one key. Each is decrypted independently, so that several
 * threads may share them. The caller makes further checks on authentic messages, in order.
 *
 * @module
 */
import type { Memory } from '../../../native/memory/memory.ts';
import { createCipherPacket, type PacketCipher } from '../../../native/packet-cipher.ts';
import { CIPHER_HEADROOM } from '../../../native/udp/packet-bounds.ts';
import { DATA_MESSAGE_HEADER_BYTES } from '../../../wire/wireguard.ts';

/** Messages to decrypt. Offsets are in the arena. */
export interface DecryptJob {
  /** Offset of the first message. The others follow at distances of `segment`, and the last ends at `end`. */
  readonly at: number;
  readonly segment: number;
  readonly end: number;
  /** Offset for the first packet; each of the others is `decryptedStride(segment)` after the last. */
  readonly out: number;
  /** Offset for the verdicts, of `VERDICT_BYTES` each. */
  readonly verdicts: number;
}

/**
 * Size of a verdict on one message: three numbers of 32 bits, which are 1 if it is authentic, and its counter, high and
 * low. The counter is copied because it is in the cipher's headroom, and overwritten in the message itself.
 */
export const VERDICT_BYTES = 12;

/**
 * Distance between decrypted packets, in octets: the size of a message and the cipher's headroom, rounded up to a
 * multiple of 16.
 */
export function decryptedStride(segment: number): number {
  return (segment + CIPHER_HEADROOM + 15) & ~15;
}

/** Decrypts one job at a time. */
export class MessageDecrypter {
  readonly #memory: Memory;
  readonly #cipher: PacketCipher;
  readonly #scratch: number | null;
  readonly #packet = createCipherPacket();
  #job: DecryptJob | null = null;

  /**
   * @param scratch - room for one message, needed if several threads decrypt adjacent messages: a cipher overwrites the
   *   octets before its input, which another thread may still be reading
   */
  constructor(memory: Memory, cipher: PacketCipher, scratch: number | null) {
    this.#memory = memory;
    this.#cipher = cipher;
    this.#scratch = scratch;
  }

  /** Sets the key and the job. */
  begin(key: Uint8Array, job: DecryptJob): void {
    this.#packet.key = key;
    this.#job = job;
  }

  /** Decrypts message `i` and writes its verdict. */
  decrypt(i: number): void {
    const job = this.#job;
    const packet = this.#packet;
    if (!job) return;
    const { bytes, view } = this.#memory;
    const at = job.at + i * job.segment;
    const length = Math.min(job.segment, job.end - at) - DATA_MESSAGE_HEADER_BYTES;
    const out = job.out + i * decryptedStride(job.segment);
    const low = view.getUint32(at + 8, true);
    const high = view.getUint32(at + 12, true);
    let input = at + DATA_MESSAGE_HEADER_BYTES;
    if (this.#scratch !== null) {
      bytes.copyWithin(this.#scratch, input, input + length);
      input = this.#scratch;
    }
    packet.high = high;
    packet.low = low;
    packet.input = input;
    packet.length = length;
    packet.output = out;
    const genuine = this.#cipher.open(packet);
    const verdict = job.verdicts + VERDICT_BYTES * i;
    view.setUint32(verdict, genuine ? 1 : 0, true);
    view.setUint32(verdict + 4, high, true);
    view.setUint32(verdict + 8, low, true);
  }
}
