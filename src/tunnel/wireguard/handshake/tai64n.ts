/**
 * Timestamps of initiations: TAI64N (https://cr.yp.to/libtai/tai64.html), 12 octets, big-endian. Receivers compare them
 * octet by octet and do not interpret them; only the analysis of captures does.
 *
 * @module
 */
import { readU32be, writeU32be } from '../../../core/bytes.ts';
import type { WallTime } from '../../../core/shapes/tunnel-config.ts';
import { NS_PER_S } from '../../../core/time.ts';

/** Size of a timestamp: 8 octets of seconds, 4 of nanoseconds. */
export const TIMESTAMP_BYTES = 12;

/** The upper and lower half of the label of 1970 UTC: 2^62, and the 10 seconds by which TAI was ahead of UTC then. */
const BASE_HIGH = 0x4000_0000;
const BASE_LOW = 10;
/** Nanoseconds are rounded down to 2^24 (16.8 ms), as in the kernel, so that they reveal less about the clock. */
const WHITENED = 0xff00_0000;

/** Makes timestamps that always increase, even if the wall clock is set back. */
export class Tai64nClock {
  readonly #wall: () => WallTime;
  #last: Uint8Array = new Uint8Array(TIMESTAMP_BYTES);

  constructor(wall: () => WallTime) {
    this.#wall = wall;
  }

  /** The next timestamp, later than all before. */
  next(): Uint8Array {
    const stamp = timestampOf(this.#wall());
    if (!isAfter(stamp, this.#last)) {
      // Add one to the last timestamp as a 96-bit number: a peer compares all twelve octets.
      stamp.set(this.#last);
      for (let i = TIMESTAMP_BYTES - 1; i >= 0; i--) {
        stamp[i] = ((stamp[i] ?? 0) + 1) & 0xff;
        if (stamp[i] !== 0) break;
      }
    }
    this.#last = stamp;
    return stamp.slice();
  }
}

/** Encodes a time as a timestamp. */
export function timestampOf(wall: WallTime): Uint8Array {
  const stamp = new Uint8Array(TIMESTAMP_BYTES);
  const seconds = wall.seconds + BASE_LOW;
  writeU32be(stamp, 0, BASE_HIGH + Math.floor(seconds / 0x1_0000_0000));
  writeU32be(stamp, 4, seconds >>> 0);
  writeU32be(stamp, 8, (wall.nanoseconds & WHITENED) >>> 0);
  return stamp;
}

/** Seconds from `since` (seconds since 1970, UTC) to a timestamp; not exact to the nanosecond if they are far apart. */
export function secondsAfter(stamp: Uint8Array, since: number): number {
  const seconds = (readU32be(stamp, 0) - BASE_HIGH) * 0x1_0000_0000 + readU32be(stamp, 4) - BASE_LOW;
  return seconds - since + readU32be(stamp, 8) / NS_PER_S;
}

/** Whether `a` is later than `b`. */
export function isAfter(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < TIMESTAMP_BYTES; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
