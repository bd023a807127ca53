/**
 * Counts of traffic classes, hop limits and Don't Fragment bits of outer IP headers. Nearly all packets of a path have
 * the same values as the one before, so repetitions are counted first and entered together.
 *
 * @module
 */
import { SmallCounts } from '../delivery/small-counts.ts';

const DF = 1;

/** These counts for one path. */
export class OuterClasses {
  readonly #tos = new SmallCounts(8);
  readonly #ttl = new SmallCounts(4);
  #dfSet = 0;
  #dfClear = 0;
  #last = -1;
  #run = 0;

  /** Counts packets with the same values. @param header - made by `outerClass` */
  add(header: number, packets: number): void {
    if (header !== this.#last) {
      this.#settle();
      this.#last = header;
    }
    this.#run += packets;
  }

  /** Counts of traffic classes (the octet with DSCP and ECN). */
  get tos(): SmallCounts {
    this.#settle();
    return this.#tos;
  }

  /** Counts of hop limits. */
  get ttl(): SmallCounts {
    this.#settle();
    return this.#ttl;
  }

  /** Packets with Don't Fragment. */
  get dfSet(): number {
    this.#settle();
    return this.#dfSet;
  }

  /** Packets without it, all of IPv6 among them. */
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

/** Packs three header fields into one number: traffic class in bits 16–23, hop limit in bits 8–15, DF in bit 0. */
export function outerClass(tos: number, ttl: number, dontFragment: boolean): number {
  return (tos << 16) | (ttl << 8) | (dontFragment ? DF : 0);
}
