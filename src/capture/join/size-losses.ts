/**
 * Losses by size of the outer packet.
 *
 * @module
 */
import type { JoinSizeClass } from '../documents/capture-join.ts';
import type { SizedLoss } from './mtu-black-hole.ts';

const MAX_SIZE = 0xffff;
/** Upper ends of the classes: powers of two, and what links carry. */
const CLASS_ENDS = [128, 256, 512, 1024, 1280, 1400, 1492, 1500, 9000, MAX_SIZE];

export class SizeLosses {
  readonly #sent = new Float64Array(MAX_SIZE + 1);
  readonly #lost = new Float64Array(MAX_SIZE + 1);

  /** Forgets everything. */
  clear(): void {
    this.#sent.fill(0);
    this.#lost.fill(0);
  }

  /** @param bytes - 65535 at most */
  add(bytes: number, isLost: boolean): void {
    this.#sent[bytes] = (this.#sent[bytes] ?? 0) + 1;
    if (isLost) this.#lost[bytes] = (this.#lost[bytes] ?? 0) + 1;
  }

  /** Classes that have packets. */
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

  /** The smallest of the sizes that were lost; `null` without losses. */
  smallestLost(): number | null {
    const bytes = this.#lost.findIndex((lost) => lost > 0);
    return bytes < 0 ? null : bytes;
  }

  /** Losses below and above the largest packet that came. */
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
