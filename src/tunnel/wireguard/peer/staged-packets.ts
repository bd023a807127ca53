/**
 * Packets that are queued until there is a key, at most 128.
 *
 * @module
 */
import { MAX_STAGED_PACKETS } from '../constants.ts';

/** Queue of one peer. */
export class StagedPackets {
  #packets: Uint8Array[] = [];

  /** Adds a copy. Returns false if the oldest packet was dropped to make room. */
  push(packet: Uint8Array): boolean {
    this.#packets.push(packet.slice());
    if (this.#packets.length <= MAX_STAGED_PACKETS) return true;
    this.#packets.shift();
    return false;
  }

  /** Removes and returns all packets, oldest first. */
  take(): readonly Uint8Array[] {
    const packets = this.#packets;
    this.#packets = [];
    return packets;
  }

  get length(): number {
    return this.#packets.length;
  }
}
