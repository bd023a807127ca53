/**
 * Packets that wait for a key: at most 128, of which the oldest give way.
 *
 * @module
 */
import { MAX_STAGED_PACKETS } from '../constants.ts';

export class StagedPackets {
  #packets: Uint8Array[] = [];

  /** Keeps a copy. Returns false if an older packet had to go. */
  push(packet: Uint8Array): boolean {
    this.#packets.push(packet.slice());
    if (this.#packets.length <= MAX_STAGED_PACKETS) return true;
    this.#packets.shift();
    return false;
  }

  /** Takes all out, oldest first. */
  take(): readonly Uint8Array[] {
    const packets = this.#packets;
    this.#packets = [];
    return packets;
  }

  get length(): number {
    return this.#packets.length;
  }
}
