/**
 * Loss, duplicates and reordering in one direction of a session, from the counters of its messages.
 *
 * A ring of bits stores which counters of a window were received. It grows on demand up to `LIMIT_BITS`, and then
 * slides. Losses in the part that it leaves behind are final. A counter below the window is `stale`: it is either late
 * or a duplicate. A WireGuard receiver refuses counters that are 8192 behind the largest (RFC 6479), which is a
 * sixteenth of the full window.
 *
 * @module
 */

import type { CaptureClock } from '../capture-clock.ts';
import type { BitBudget } from './bit-budget.ts';
import { type Gap, GapList } from './gap-list.ts';

const FIRST_BITS = 1024;
/** 16 KiB a direction. */
const LIMIT_BITS = 2 ** 17;
/** Room below the first counter, for late messages that were sent before it. */
const HEAD_ROOM = 512;
/** 180 seconds (REJECT_AFTER_TIME) at 12 million messages a second: no sender jumps that far ahead. */
const MAX_JUMP = 2 ** 31;
/** Near 2^53 a `number` is no longer exact. REKEY_AFTER_MESSAGES is 2^60, but no session lasts that long. */
const MAX_COUNTER = 2 ** 52;
const ALL_ONES = 0xffff_ffff;

/**
 * How a counter compares with those before it: the largest plus one (`next`); larger (`gap`); smaller and new (`late`);
 * received before (`duplicate`); below the window (`stale`); or so large that it cannot be genuine (`implausible`).
 */
export type CounterVerdict = 'next' | 'gap' | 'late' | 'duplicate' | 'stale' | 'implausible';

/** Runs of consecutive counters that were not received. */
export interface CounterRuns {
  /** Number of runs. */
  readonly n: number;
  /** Counters in all runs together. */
  readonly lost: number;
  /** Counters in the longest run. */
  readonly max: number;
}

/** The counters of one direction of a session, with at most 16 KiB of memory. */
export class CounterWindow {
  readonly #budget: BitBudget;
  readonly #limitBits: number;
  readonly #gaps = new GapList();
  #bits = new Uint32Array(FIRST_BITS / 32);
  /** Counter of the first bit; a multiple of 32. */
  #base = 0;
  /** Counter after the last bit. */
  #end = FIRST_BITS;
  /** Runs of losses below `#base`. The last run may go on above it. */
  #runs = 0;
  #runMax = 0;
  #runLost = 0;
  #openRun = 0;
  #min = -1;
  #max = -1;
  #received = 0;
  #duplicates = 0;
  #reordered = 0;
  #extentMax = 0;
  #stale = 0;
  #implausible = 0;

  /** @param limitBits - largest size of the window, in counters: a power of two, at least 1024 */
  constructor(budget: BitBudget, limitBits: number = LIMIT_BITS) {
    this.#budget = budget;
    this.#limitBits = limitBits;
  }

  /** Smallest counter; -1 before the first message. */
  get min(): number {
    return this.#min;
  }

  /** Largest counter; -1 before the first message. */
  get max(): number {
    return this.#max;
  }

  /** Different counters received, without stale ones. */
  get received(): number {
    return this.#received;
  }

  /** Messages whose counter was received before. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** Messages that arrived after one with a larger counter. */
  get reordered(): number {
    return this.#reordered;
  }

  /** The most that a reordered message was behind the largest counter. */
  get extentMax(): number {
    return this.#extentMax;
  }

  /** Messages below the window. */
  get stale(): number {
    return this.#stale;
  }

  /** Messages that were ignored because no sender gets to such a counter. */
  get implausible(): number {
    return this.#implausible;
  }

  /** Counters between the smallest and the largest that were not received. */
  get lost(): number {
    return this.#max < 0 ? 0 : this.#max - this.#min + 1 - this.#received;
  }

  /** Adds the counter of a message. Never throws. */
  observe(counter: number, frame: number, clock: CaptureClock): CounterVerdict {
    if (counter === this.#max + 1 && counter < this.#end && this.#max >= 0) {
      this.#set(counter);
      this.#max = counter;
      this.#received++;
      return 'next';
    }
    if (counter >= MAX_COUNTER || (this.#max >= 0 && counter - this.#max > MAX_JUMP)) {
      this.#implausible++;
      return 'implausible';
    }
    if (this.#max < 0) return this.#begin(counter);
    if (counter > this.#max) return this.#advance(counter, frame, clock);
    return this.#fallBehind(counter);
  }

  /** Runs of losses so far. */
  runs(): CounterRuns {
    const settled = { n: this.#runs, max: this.#runMax, lost: this.#runLost, open: this.#openRun };
    for (let at = this.#base; at <= this.#max; at += 32) this.#settle(at, this.#word(at), this.#max);
    const result = { n: this.#runs, lost: this.#runLost, max: this.#runMax };
    this.#runs = settled.n;
    this.#runMax = settled.max;
    this.#runLost = settled.lost;
    this.#openRun = settled.open;
    return result;
  }

  /** The largest gaps, and how many of their counters are still missing; -1 if the window has slid past the gap. */
  gaps(): readonly (Gap & { readonly stillMissing: number })[] {
    return this.#gaps.list().map((gap) => ({ ...gap, stillMissing: this.#missing(gap.first, gap.count) }));
  }

  #begin(counter: number): CounterVerdict {
    const low = Math.max(0, counter - HEAD_ROOM);
    this.#base = low - (low % 32);
    this.#end = this.#base + this.#bits.length * 32;
    this.#min = counter;
    this.#max = counter;
    this.#received = 1;
    this.#set(counter);
    return 'next';
  }

  #advance(counter: number, frame: number, { ns }: CaptureClock): CounterVerdict {
    const gap = counter - this.#max - 1;
    if (counter >= this.#end) this.#makeRoom(counter);
    this.#set(counter);
    if (gap > 0) this.#gaps.add(this.#max + 1, gap, frame, ns);
    this.#max = counter;
    this.#received++;
    return gap > 0 ? 'gap' : 'next';
  }

  #fallBehind(counter: number): CounterVerdict {
    if (counter < this.#base) {
      this.#stale++;
      return 'stale';
    }
    if (this.#has(counter)) {
      this.#duplicates++;
      return 'duplicate';
    }
    this.#set(counter);
    this.#received++;
    this.#reordered++;
    this.#extentMax = Math.max(this.#extentMax, this.#max - counter);
    if (counter < this.#min) this.#min = counter;
    return 'late';
  }

  #makeRoom(counter: number): void {
    let words = this.#bits.length;
    while (counter >= this.#base + words * 32 && words * 32 < this.#limitBits) words *= 2;
    if (words > this.#bits.length && this.#budget.take(words - this.#bits.length)) this.#grow(words);
    if (counter >= this.#end) this.#slide(counter - (counter % 32) + 32 - this.#bits.length * 32);
  }

  #grow(words: number): void {
    const bits = new Uint32Array(words);
    const before = this.#bits;
    for (let at = this.#base; at < this.#end; at += 32) {
      bits[placeOf(at, bits)] = before[placeOf(at, before)] ?? 0;
    }
    this.#bits = bits;
    this.#end = this.#base + words * 32;
  }

  #slide(base: number): void {
    const known = Math.min(base, this.#end);
    for (let at = this.#base; at < known; at += 32) {
      this.#settle(at, this.#word(at), Number.POSITIVE_INFINITY);
      this.#bits[placeOf(at, this.#bits)] = 0;
    }
    // The window jumped by more than its size: the counters in between were never in it.
    if (base > known) this.#lose(base - known);
    this.#base = base;
    this.#end = base + this.#bits.length * 32;
  }

  /** Counts the losses among the 32 counters from `at`, as far as they lie between `min` and `last`. */
  #settle(at: number, word: number, last: number): void {
    if (word === ALL_ONES) {
      this.#openRun = 0;
      return;
    }
    for (let i = 0; i < 32; i++) {
      if (at + i < this.#min || at + i > last) continue;
      if (((word >>> i) & 1) === 1) this.#openRun = 0;
      else this.#lose(1);
    }
  }

  #lose(count: number): void {
    if (this.#openRun === 0) this.#runs++;
    this.#openRun += count;
    this.#runLost += count;
    if (this.#openRun > this.#runMax) this.#runMax = this.#openRun;
  }

  #missing(first: number, count: number): number {
    if (first < this.#base) return -1;
    let missing = 0;
    for (let counter = first; counter < first + count; counter++) if (!this.#has(counter)) missing++;
    return missing;
  }

  #word(counter: number): number {
    return this.#bits[placeOf(counter, this.#bits)] ?? 0;
  }

  #has(counter: number): boolean {
    return ((this.#word(counter) >>> (counter & 31)) & 1) === 1;
  }

  #set(counter: number): void {
    const place = placeOf(counter, this.#bits);
    this.#bits[place] = (this.#bits[place] ?? 0) | (1 << (counter & 31));
  }
}

/** `&` takes the low 32 bits of any whole number exactly, and the ring is smaller than that. */
function placeOf(counter: number, bits: Uint32Array): number {
  return (counter & (bits.length * 32 - 1)) >>> 5;
}
