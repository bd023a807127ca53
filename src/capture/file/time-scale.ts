/**
 * Times of a pcapng interface: a 64-bit count of ticks in any power of ten or two of a second, to whole
 * seconds and nanoseconds without rounding on the way. What is finer than a nanosecond is cut off, as
 * Wireshark does.
 *
 * @module
 */
import type { CaptureRecord } from '../record.ts';

/**
 * Microseconds, where the interface says nothing.
 */
export const DEFAULT_TSRESOL = 6;
const BINARY = 0x80;
const NS_PER_S = 1_000_000_000;
/** The furthest from 1970 that a `Date` goes, either way: 275,760 years. */
const MAX_SECONDS = 8_640_000_000_000;
/** Up to here every product below stays within 53 bits: 2^23 * 10^9, and 2^30 * 2^16. */
const MAX_FAST_DIGITS = 9;
const MAX_FAST_BITS = 23;
const LIMB = 0x1_0000;

export class TimeScale {
  readonly ticksPerSecond: number;
  readonly #offsetSeconds: number;
  readonly #binary: boolean;
  /** `null`: a second has few enough ticks for plain numbers. */
  readonly #exact: bigint | null;
  readonly #nsPerTick: number;

  /**
   * @param tsresol - option if_tsresol: digits after the point, or bits with the highest bit set.
   * @param offsetSeconds - option if_tsoffset.
   */
  constructor(tsresol: number, offsetSeconds: number) {
    const places = tsresol & 0x7f;
    this.#binary = (tsresol & BINARY) !== 0;
    this.ticksPerSecond = this.#binary ? 2 ** places : Number(10n ** BigInt(places));
    const fast = places <= (this.#binary ? MAX_FAST_BITS : MAX_FAST_DIGITS);
    this.#exact = fast ? null : (this.#binary ? 2n : 10n) ** BigInt(places);
    this.#nsPerTick = NS_PER_S / this.ticksPerSecond;
    this.#offsetSeconds = offsetSeconds;
  }

  /** Notes the time that a count of ticks stands for. `high` and `low` are its halves. */
  stamp(record: CaptureRecord, high: number, low: number): void {
    if (this.#exact !== null) return this.#stampExactly(record, this.#exact, high, low);
    // Long division in base 2^16, its first two steps in one: each quotient and remainder is exact in a double.
    const ticks = this.ticksPerSecond;
    let seconds = Math.floor(high / ticks);
    let rest = (high - seconds * ticks) * LIMB + (low >>> 16);
    let digit = Math.floor(rest / ticks);
    seconds = seconds * LIMB + digit;
    rest = (rest - digit * ticks) * LIMB + (low & 0xffff);
    digit = Math.floor(rest / ticks);
    seconds = seconds * LIMB + digit;
    rest -= digit * ticks;
    this.#note(record, seconds, this.#binary ? Math.floor((rest * NS_PER_S) / ticks) : rest * this.#nsPerTick);
  }

  #stampExactly(record: CaptureRecord, ticksPerSecond: bigint, high: number, low: number): void {
    const ticks = (BigInt(high) << 32n) | BigInt(low);
    const rest = ticks % ticksPerSecond;
    this.#note(record, Number(ticks / ticksPerSecond), Number((rest * BigInt(NS_PER_S)) / ticksPerSecond));
  }

  #note(record: CaptureRecord, seconds: number, nanoseconds: number): void {
    const since1970 = seconds + this.#offsetSeconds;
    const told = since1970 <= MAX_SECONDS && since1970 >= -MAX_SECONDS;
    record.seconds = told ? since1970 : null;
    record.nanoseconds = told ? nanoseconds : 0;
  }
}
