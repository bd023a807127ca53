/**
 * A queue between the reader of a capture, which pushes packets, and a program, which takes them one by one.
 *
 * @module
 */
import type { DecodedPacket } from '../../../capture/documents/decoded-packet.ts';
import type { Pending } from '../modes/decode-mode.ts';

/** Packets in the queue at which the reader waits. */
const MAX_QUEUED = 256;

/** A queue for one reader and one program. */
export class PacketQueue {
  #packets: DecodedPacket[] = [];
  #next = 0;
  #isOpen = true;
  #isEnded = false;
  /** Wakes up the program that waits for a packet. */
  #wakeTaker: () => void = () => undefined;
  /** Wakes up the reader that waits for room. */
  #wakeReading: () => void = () => undefined;

  /** Whether the program may still take packets. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Adds a packet, or discards it if the queue is closed. */
  push(packet: DecodedPacket): void {
    if (!this.#isOpen) return;
    this.#packets.push(packet);
    this.#wakeTaker();
  }

  /** Resolves when there is room for more packets; `undefined` if there is now. */
  drained(): Pending {
    if (this.#packets.length - this.#next < MAX_QUEUED) return undefined;
    return new Promise((resolve) => {
      this.#wakeReading = resolve;
    });
  }

  /** The next packet, as soon as there is one; `undefined` after the last. */
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

  /** Must be called after the last packet was pushed. */
  end(): void {
    this.#isEnded = true;
    this.#wakeTaker();
  }

  /** Discards all packets and those that are pushed later: the program takes no more. */
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
