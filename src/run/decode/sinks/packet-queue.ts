/**
 * Packets between the reading of a capture, which pushes them, and a program, which asks for one after the other.
 *
 * @module
 */
import type { DecodedPacket } from '../../../capture/documents/decoded-packet.ts';
import type { Pending } from '../modes/decode-mode.ts';

/** The reading waits while so many packets are not asked for. */
const MAX_QUEUED = 256;

export class PacketQueue {
  #packets: DecodedPacket[] = [];
  #next = 0;
  #isOpen = true;
  #isEnded = false;
  /** Whoever waits for a packet, and for room. */
  #wakeTaker: () => void = () => undefined;
  #wakeReading: () => void = () => undefined;

  /** Whether somebody may ask for what is pushed. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  push(packet: DecodedPacket): void {
    if (!this.#isOpen) return;
    this.#packets.push(packet);
    this.#wakeTaker();
  }

  /** Settles when there is room for more; `undefined`: there is. */
  drained(): Pending {
    if (this.#packets.length - this.#next < MAX_QUEUED) return undefined;
    return new Promise((resolve) => {
      this.#wakeReading = resolve;
    });
  }

  /** The next packet; `undefined`: there will be none. */
  async take(): Promise<DecodedPacket | undefined> {
    while (this.#next === this.#packets.length && !this.#isEnded) {
      await new Promise<void>((resolve) => {
        this.#wakeTaker = resolve;
      });
    }
    const packet = this.#packets[this.#next];
    if (packet !== undefined && ++this.#next === this.#packets.length) this.#empty();
    return packet;
  }

  /** Says that the last packet was pushed. */
  end(): void {
    this.#isEnded = true;
    this.#wakeTaker();
  }

  /** Says that nobody asks for packets any more. */
  close(): void {
    this.#isOpen = false;
    this.#empty();
  }

  #empty(): void {
    this.#packets = [];
    this.#next = 0;
    this.#wakeReading();
  }
}
