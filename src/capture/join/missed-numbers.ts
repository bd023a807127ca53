/**
 * Numbers that were never seen: what was lost before either capture, or by both.
 *
 * @module
 */
import type { Joined } from './join-entries.ts';
import { hasWideCounter, isCounted } from './stream-id.ts';

/** More numbers than this without a message for each that has one: they do not count messages. */
const MAX_MISSING_RATIO = 100;

/** `null` if a direction has messages whose numbers do not tell. */
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
    // Below zero: numbers came round, as those of an SPI with extended numbers do.
    if (!Number.isSafeInteger(most) || gaps < 0 || gaps > count * MAX_MISSING_RATIO) return null;
    missing = (missing ?? 0) + gaps;
  }
  return missing;
}
