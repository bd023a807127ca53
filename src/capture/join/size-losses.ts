/**
 * Counts losses by the size of the outer packet.
 *
 * @module
 */
import type { JoinSizeClass } from '../documents/capture-join.ts';
import type { SizedLoss } from './mtu-black-hole.ts';

const MAX_SIZE = 0xffff;
/** Upper limits of the size classes: powers of two, and common MTUs. */
const CLASS_ENDS = [128, 256, 512, 1024, 1280, 1400, 1492, 1500, 9000, MAX_SIZE];

/** Packets sent and lost, for each size from 0 to 65535 octets. Takes 1 MiB, so one object serves all directions. */
export class SizeLosses {
  readonly #sent = new Float64Array(MAX_SIZE + 1);
  readonly #lost = new Float64Array(MAX_SIZE + 1);

  /** Sets all counts to zero. */
  clear(): void {
    this.#sent.fill(0);
    this.#lost.fill(0);
  }

  /** Counts a packet that was sent. @param bytes - its size, at most 65535 */
  add(bytes: number, isLost: boolean): void {
    this.#sent[bytes] = (this.#sent[bytes] ?? 0) + 1;
    if (isLost) this.#lost[bytes] = (this.#lost[bytes] ?? 0) + 1;
  }

  /** The size classes that have packets. */
  classes(): JoinSizeClass[] {
    const classes: JoinSizeClass[] = [];
    let from = 0;
    for (const end of CLASS_ENDS) {
      const sent = sum(this.#sent, from, end);
      if (sent > 0) {
        classes.push({
          from_bytes: from,
          to_bytes: end,
          packets_sent: sent,
          packets_lost: sum(this.#lost, from, end),
        });
      }
      from = end + 1;
    }
    return classes;
  }

  /** Size of the smallest lost packet; `null` without losses. */
  smallestLost(): number | null {
    const bytes = this.#lost.findIndex((lost) => lost > 0);
    return bytes < 0 ? null : bytes;
  }

  /** Losses, split at the size of the largest received packet. */
  aroundLargest(): SizedLoss {
    let largest = MAX_SIZE;
    while (largest >= 0 && (this.#sent[largest] ?? 0) === (this.#lost[largest] ?? 0)) largest--;
    const smallest = this.#sent.findIndex((sent, bytes) => bytes > largest && sent > 0);
    return {
      smallSent: sum(this.#sent, 0, largest),
      smallLost: sum(this.#lost, 0, largest),
      largeLost: sum(this.#lost, largest + 1, MAX_SIZE),
      largestReceivedBytes: largest < 0 ? null : largest,
      smallestLargeBytes: smallest < 0 ? null : smallest,
    };
  }
}

function sum(values: Float64Array, from: number, to: number): number {
  let total = 0;
  for (let i = from; i <= to; i++) total += values[i] ?? 0;
  return total;
}
