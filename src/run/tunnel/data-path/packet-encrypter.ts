/**
 * Encrypts the packets of one read from the TUN device to data messages. Each is encrypted independently, so that
 * several threads may share them.
 *
 * @see whitepaper §5.4.6
 * @module
 */
import { TAG_BYTES } from '../../../core/primitives.ts';
import type { Memory } from '../../../native/memory/memory.ts';
import { createCipherPacket, type PacketCipher } from '../../../native/packet-cipher.ts';
import { Segmenter } from '../../../tunnel/offload/segment.ts';
import { paddedBytes } from '../../../tunnel/wireguard/padding.ts';
import { DATA_MESSAGE_HEADER_BYTES, MESSAGE_DATA } from '../../../wire/wireguard.ts';

/** Packets to encrypt. Offsets are in the arena. */
export interface EncryptJob {
  /** Offset of the octets that were read, virtio-net header included. */
  readonly at: number;
  readonly length: number;
  readonly mtu: number;
  readonly remoteIndex: number;
  /** Counter of the first packet. */
  readonly first: number;
  /** Offset for the first message; each of the others is `stride` after the last. */
  readonly out: number;
  readonly stride: number;
}

/** Encrypts one job at a time. */
export class PacketEncrypter {
  readonly #memory: Memory;
  readonly #cipher: PacketCipher;
  readonly #scratch: number;
  readonly #segmenter: Segmenter;
  readonly #packet = createCipherPacket();
  #job: EncryptJob | null = null;

  /** @param scratch - room for one packet, its padding and its tag, with the cipher's headroom before it */
  constructor(memory: Memory, cipher: PacketCipher, scratch: number) {
    this.#memory = memory;
    this.#cipher = cipher;
    this.#scratch = scratch;
    this.#packet.input = scratch;
    this.#packet.output = scratch;
    this.#segmenter = new Segmenter(memory);
  }

  /** Examines the octets of a read. Returns the number of packets in them; -1 if they are malformed. */
  inspect(at: number, length: number): number {
    return this.#segmenter.begin(at, length);
  }

  /** Size of the message for packet `i` in octets: all have one size, but the last may be smaller. */
  messageBytes(i: number, mtu: number): number {
    return DATA_MESSAGE_HEADER_BYTES + paddedBytes(this.#segmenter.segmentBytes(i), mtu) + TAG_BYTES;
  }

  /**
   * Writes packet `i` without encryption, for packets that have no key yet. Returns its octets, valid until the next
   * call.
   */
  plain(i: number): Uint8Array {
    const length = this.#segmenter.write(i, this.#scratch);
    return this.#memory.bytes.subarray(this.#scratch, this.#scratch + length);
  }

  /** Sets the key and the job. Called after `inspect` and before `encrypt`. */
  begin(key: Uint8Array, job: EncryptJob): void {
    this.#packet.key = key;
    this.#job = job;
  }

  /** Encrypts packet `i` and writes the message. */
  encrypt(i: number): void {
    const job = this.#job;
    const packet = this.#packet;
    if (!job) return;
    const { bytes, view } = this.#memory;
    const scratch = this.#scratch;
    const length = this.#segmenter.write(i, scratch);
    const padded = paddedBytes(length, job.mtu);
    if (padded > length) bytes.fill(0, scratch + length, scratch + padded);
    const counter = job.first + i;
    const low = counter >>> 0;
    const high = Math.floor(counter / 0x1_0000_0000);
    packet.low = low;
    packet.high = high;
    packet.length = padded;
    this.#cipher.seal(packet);
    const out = job.out + i * job.stride;
    view.setUint32(out, MESSAGE_DATA, true);
    view.setUint32(out + 4, job.remoteIndex, true);
    view.setUint32(out + 8, low, true);
    view.setUint32(out + 12, high, true);
    bytes.copyWithin(out + DATA_MESSAGE_HEADER_BYTES, scratch, scratch + padded + TAG_BYTES);
  }
}
