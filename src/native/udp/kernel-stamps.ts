/**
 * Times of arrival that the kernel stamps with its wall clock (SO_TIMESTAMPNS), as ages.
 *
 * @see socket(7); Documentation/networking/timestamping.rst of Linux
 * @module
 */
import { type Clock, type Instant, NS_PER_S, NS_PER_US } from '../../core/time.ts';
import { CLOCK_REALTIME } from '../constants.ts';
import type { Libc } from '../libc.ts';

/** Reading both clocks takes under 1 µs; much longer means that the thread was interrupted. */
const MAX_CLOCK_GAP = 5 * NS_PER_US;

/** Converts stamps of the wall clock to the monotonic clock. */
export class KernelStamps {
  readonly #libc: Libc;
  #seconds = 0;
  #nanoseconds = 0;

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /**
   * Reads the wall clock, to which `ageNs` refers, and returns the instant of `clock` at that time. The two clocks are
   * read one after the other. If the thread was interrupted in between, every age would be shifted, so both are read
   * again.
   */
  readClock(clock: Clock): Instant {
    let now = clock();
    for (let attempt = 0; attempt < 4; attempt++) {
      this.#libc.clockGettime(CLOCK_REALTIME, this.#libc.scratch.address);
      const after = clock();
      const apart = after - now;
      now = after;
      if (apart < MAX_CLOCK_GAP) break;
    }
    this.#seconds = this.#libc.scratch.view.getUint32(0, true);
    this.#nanoseconds = this.#libc.scratch.view.getUint32(8, true);
    return now;
  }

  /**
   * Time in nanoseconds from a stamp (struct timespec) to `readClock`. The two times are subtracted part by part, since
   * nanoseconds since 1970 do not fit in 53 bits. If the wall clock was set in between, the age is negative or huge, and
   * the caller must reject it.
   */
  ageNs(view: DataView, at: number): number {
    return (this.#seconds - view.getUint32(at, true)) * NS_PER_S + this.#nanoseconds - view.getUint32(at + 8, true);
  }
}
