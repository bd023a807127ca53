/**
 * Converts the timestamps of a pcapng interface to seconds and nanoseconds. A timestamp is a 64-bit count of ticks, and
 * a tick is any power of ten or two of a second. No intermediate result is rounded. Fractions of a nanosecond are
 * truncated, as in Wireshark.
 *
 * @module
 */
import type { CaptureRecord } from '../record.ts';

/**
 * The if_tsresol of an interface without that option: microseconds.
 */
export const DEFAULT_TSRESOL = 6;
const BINARY = 0x80;
const NS_PER_S = 1_000_000_000;
/** The furthest from 1970 that a `Date` goes, either way: 275,760 years. */
const MAX_SECONDS = 8_640_000_000_000;
/** With at most so many digits or bits, every product below fits in 53 bits: 2^23 * 10^9, and 2^30 * 2^16. */
const MAX_FAST_DIGITS = 9;
const MAX_FAST_BITS = 23;
const LIMB = 0x1_0000;

/** The timestamp resolution and offset of one interface. */
export class TimeScale {
  readonly ticksPerSecond: number;
  readonly #offsetSeconds: number;
  readonly #binary: boolean;
  /** Ticks per second, if plain numbers are too small for the computation; else `null`. */
  readonly #exact: bigint | null;
  readonly #nsPerTick: number;

  /**
   * @param tsresol - option if_tsresol: a negative power of 10, or of 2 if the highest bit is set
   * @param offsetSeconds - option if_tsoffset: added to each timestamp
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

  /** Sets the time of a record from a count of ticks, whose 32-bit halves are `high` and `low`. */
  stamp(record: CaptureRecord, high: number, low: number): void {
    if (this.#exact !== null) return this.#stampExactly(record, this.#exact, high, low);
    // Long division in base 2^16; the first line does two of its steps. Every quotient and remainder is exact.
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
    const isValid = since1970 <= MAX_SECONDS && since1970 >= -MAX_SECONDS;
    record.seconds = isValid ? since1970 : null;
    record.nanoseconds = isValid ? nanoseconds : 0;
  }
}
