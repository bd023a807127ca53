/**
 * Reduces long rows of points to as many as a chart can show.
 *
 * @module
 */

/** A point of a line. */
export interface Point {
  readonly x: number;
  /** `null` where nothing was measured: the line has a gap there. */
  readonly y: number | null;
  /** Ends of the band around the point; left out, there is none. */
  readonly low?: number;
  readonly high?: number;
}

/** Most points of a line: a chart is some hundred pixels wide. */
export const MOST_POINTS = 360;

/**
 * Reduces points to buckets of the same number of points each: `y` is the mean, `low` and `high` are the smallest and
 * the largest value of the bucket, and `x` is that of the point in its middle. A bucket without a value is a gap.
 *
 * @param points - in the order of `x`
 * @param most - most buckets
 * @returns the points as they are, if they are not more than that
 */
export function bucketed(points: readonly Point[], most: number = MOST_POINTS): readonly Point[] {
  const size = bucketSize(points.length, most);
  if (size === 1) return points;
  const buckets: Point[] = [];
  for (let first = 0; first < points.length; first += size) buckets.push(bucketOf(points, first, size));
  return buckets;
}

/** How many points one bucket has; 1 if nothing is reduced. */
export function bucketSize(points: number, most: number = MOST_POINTS): number {
  return points <= most ? 1 : Math.ceil(points / most);
}

/** A sentence about what was reduced; `null` if nothing was. @param noun - of one point, in the plural */
export function bucketNote(points: number, noun: string, most: number = MOST_POINTS): string | null {
  const size = bucketSize(points, most);
  if (size === 1) return null;
  return `${points} ${noun} are drawn as ${Math.ceil(points / size)}: each point is the mean of ${size}, and the band reaches from the smallest to the largest of them.`;
}

function bucketOf(points: readonly Point[], first: number, size: number): Point {
  const end = Math.min(points.length, first + size);
  let [sum, count] = [0, 0];
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = first; i < end; i++) {
    const point = points[i];
    if (point === undefined || point.y === null) continue;
    sum += point.y;
    count++;
    low = Math.min(low, point.low ?? point.y);
    high = Math.max(high, point.high ?? point.y);
  }
  const x = points[(first + end - 1) >> 1]?.x ?? 0;
  return count === 0 ? { x, y: null } : { x, y: sum / count, low, high };
}
