/**
 * Counts of what headers outside have: traffic class, hop limit, don't fragment. Packets of a path nearly always have
 * the same as the one before, so those are counted as a run.
 *
 * @module
 */
import { SmallCounts } from '../delivery/small-counts.ts';

const DF = 1;

export class OuterClasses {
  readonly #tos = new SmallCounts(8);
  readonly #ttl = new SmallCounts(4);
  #dfSet = 0;
  #dfClear = 0;
  #last = -1;
  #run = 0;

  /** @param header - as `outerClass` makes it */
  add(header: number, packets: number): void {
    if (header !== this.#last) {
      this.#settle();
      this.#last = header;
    }
    this.#run += packets;
  }

  get tos(): SmallCounts {
    this.#settle();
    return this.#tos;
  }

  get ttl(): SmallCounts {
    this.#settle();
    return this.#ttl;
  }

  get dfSet(): number {
    this.#settle();
    return this.#dfSet;
  }

  get dfClear(): number {
    this.#settle();
    return this.#dfClear;
  }

  #settle(): void {
    if (this.#run === 0) return;
    this.#tos.add(this.#last >>> 16, this.#run);
    this.#ttl.add((this.#last >>> 8) & 0xff, this.#run);
    if ((this.#last & DF) === 0) this.#dfClear += this.#run;
    else this.#dfSet += this.#run;
    this.#run = 0;
  }
}

/** Three fields as one number. */
export function outerClass(tos: number, ttl: number, dontFragment: boolean): number {
  return (tos << 16) | (ttl << 8) | (dontFragment ? DF : 0);
}
