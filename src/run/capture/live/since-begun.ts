/**
 * Leaves out the packets that a capture program saw while it was starting.
 *
 * On Linux, libpcap opens the device first and sets the filter afterwards, in two steps: one that lets nothing pass, and
 * the filter (`set_kernel_filter` in pcap-linux.c). So some packets are captured, a few after them are not, and no
 * counter tells of those. Numbers of a tunnel's messages would show them as lost.
 *
 * @module
 */
import type { WallTime } from '../../../core/shapes/tunnel-config.ts';
import type { OnRecord } from '../read-capture.ts';

/** Packets that seem older than this were not captured a moment ago: somebody has set the clock meanwhile. */
const LONGEST_START_SECONDS = 10;

/**
 * @param begun - resolves when every further packet is captured
 * @param now - the wall clock, which also stamps the packets
 * @returns calls `onRecord` with each packet from then on, and with all of them once one was passed on. Its promise waits
 *   for `begun`
 */
export function sinceBegun(begun: Promise<void>, now: () => WallTime, onRecord: OnRecord): OnRecord {
  let from = Number.POSITIVE_INFINITY;
  let isPassing = false;
  const known = begun.then(() => {
    from = secondsOf(now());
  });
  const pass: OnRecord = (record) => {
    if (!isPassing) {
      // What it writes and what it says come by two pipes: the reader waits for the latter.
      if (from === Number.POSITIVE_INFINITY) return known.then(() => pass(record));
      const { seconds, nanoseconds } = record;
      const before = seconds === null ? 0 : from - secondsOf({ seconds, nanoseconds });
      if (before > 0 && before < LONGEST_START_SECONDS) return;
      isPassing = true;
    }
    return onRecord(record);
  };
  return pass;
}

function secondsOf({ seconds, nanoseconds }: WallTime): number {
  return seconds + nanoseconds / 1e9;
}
