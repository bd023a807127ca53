/**
 * Sequence numbers that neither capture has: messages that were lost before both, or that both captures missed.
 *
 * @module
 */
import type { Joined } from './direction-entries.ts';
import { hasWideCounter, isCounted } from './stream-id.ts';

/** If more numbers than this are missing for each one present, they are not consecutive, and nothing is concluded. */
const MAX_MISSING_RATIO = 100;

/**
 * Counts the missing numbers of a direction.
 *
 * @returns `null` if its messages have no consecutive numbers
 */
export function missedByBoth({ table, streams }: Joined, entries: Uint32Array): number | null {
  const ranges = new Map<number, { least: number; most: number; count: number }>();
  for (const entry of entries) {
    const stream = table.streams[entry] ?? 0;
    const high = hasWideCounter(streams, stream) ? (table.highs[entry] ?? 0) : 0;
    const number = high * 0x1_0000_0000 + (table.lows[entry] ?? 0);
    const range = ranges.get(stream);
    if (range === undefined) ranges.set(stream, { least: number, most: number, count: 1 });
    else {
      if (number < range.least) range.least = number;
      if (number > range.most) range.most = number;
      range.count++;
    }
  }
  let missing: number | null = null;
  for (const [stream, { least, most, count }] of ranges) {
    if (!isCounted(streams, stream)) continue;
    const gaps = most - least + 1 - count;
    // Negative if numbers have wrapped around, as ESP's extended sequence numbers do (RFC 4303 §2.2.1).
    if (!Number.isSafeInteger(most) || gaps < 0 || gaps > count * MAX_MISSING_RATIO) return null;
    missing = (missing ?? 0) + gaps;
  }
  return missing;
}
