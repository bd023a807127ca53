/**
 * Queueing delay in each direction of a round trip, without synchronised clocks.
 *
 * The clocks of client and server differ by an unknown offset, so a one-way delay is known only up
 * to a constant. Subtracting the smallest delay of the same direction removes the constant, and the
 * rest is the time spent in queues. This needs a constant offset, but two quartz clocks drift apart
 * by up to about 100 ppm, which after a minute looks like 6 ms of queueing. So the drift is measured
 * first and corrected.
 *
 * For a round trip without queueing, (up - down) / 2 is the offset plus a constant (half the
 * asymmetry of the path). If it queued for q in total, this value is wrong by at most q / 2 in either
 * direction. The run is divided into windows. The fastest round trip of each window gives one reading
 * of the offset; its excess over the fastest round trip of all bounds the error of the reading. A
 * least-squares line through the readings gives the drift, with a bound on its error. Windows that
 * were congested all the time would distort the line: so the line is computed through the 4, 5, … 8
 * fastest windows, and the one with the smallest bound is used.
 *
 * @see RFC 5905 section 10 (clock filter: least delay, best offset); RFC 5481 section 4.2 (PDV: delay
 *   above the minimum); V. Paxson, "On Calibrating Measurements of Packet Transit Times", 1998.
 *
 * @module
 */

/**
 * Four instants of each answered probe, in the order of sending. `sentNs` and `receivedNs` are of the client's clock.
 */
export interface ProbeTimes {
  readonly sentNs: Float64Array;
  readonly serverReceivedNs: Float64Array;
  readonly serverSentNs: Float64Array;
  readonly receivedNs: Float64Array;
}

/** One-way delay above the smallest of its direction, in nanoseconds, for each probe. */
export interface Queueing {
  readonly up: Float64Array;
  readonly down: Float64Array;
  /** By how much the server's clock runs faster than the client's; `null` if nothing was corrected. */
  readonly driftPpm: number | null;
}

/** Offset of the server's clock, read from the fastest round trip of one window. */
interface OffsetReading {
  readonly atNs: number;
  readonly offsetNs: number;
  readonly rttNs: number;
}

interface Line {
  readonly slope: number;
  /** Greatest error of the slope that queueing can cause. */
  readonly queueingBound: number;
  /** Standard error of the slope, from the scatter of the readings about the line. */
  readonly standardError: number;
}

const WINDOWS = 8;
const MIN_WINDOWS_USED = 4;
/** Eight probes in each window: the fastest of fewer says little. */
const MIN_PROBES = 8 * WINDOWS;
/** In 2 s a drift of 50 ppm amounts to 100 µs; in a shorter run it is not distinguishable from noise. */
const MIN_SPAN_NS = 2e9;
/** Clocks are read in whole nanoseconds, so no reading of the offset is more exact. */
const RESOLUTION_NS = 1;
/** A smaller slope is considered noise. Over a run of eight windows this is about seven times the scatter. */
const STANDARD_ERRORS = 6;

/**
 * Computes the queueing delay of each probe in each direction.
 *
 * The drift is corrected only if the run is long enough (2 s, 64 probes) and the slope exceeds both
 * its bound and six standard errors. So nothing is corrected for clocks that do not drift, as on one
 * host: if one probe met no queue, no pattern of queueing can look like a drift. A drift too small to
 * be distinguished from noise is not corrected; its effect is then as small as the noise.
 *
 * @throws RangeError if the arrays differ in length.
 */
export function queueing(times: ProbeTimes): Queueing {
  const { sentNs, serverReceivedNs, serverSentNs, receivedNs } = times;
  const up = difference(serverReceivedNs, sentNs);
  const down = difference(receivedNs, serverSentNs);
  if (up.length !== down.length) throw new RangeError(`expected ${up.length} probes in all arrays, got ${down.length}`);
  const slope = driftOf(sentNs, up, down);
  if (slope !== null) {
    // The drift at the time when the server's clock was read, which a long queue delays after the sending.
    const gain = slope / (1 + slope);
    for (let i = 0; i < up.length; i++) {
      up[i] = at(up, i) - gain * (at(serverReceivedNs, i) - at(serverReceivedNs, 0));
      down[i] = at(down, i) + gain * (at(serverSentNs, i) - at(serverSentNs, 0));
    }
  }
  subtractMinimum(up);
  subtractMinimum(down);
  return { up, down, driftPpm: slope === null ? null : slope * 1e6 };
}

/** Nanoseconds that the server's clock gains per nanosecond of the client's; `null` if that is within the noise. */
function driftOf(sentNs: Float64Array, up: Float64Array, down: Float64Array): number | null {
  const n = sentNs.length;
  if (n < MIN_PROBES || at(sentNs, n - 1) - at(sentNs, 0) < MIN_SPAN_NS) return null;
  const readings = Array.from({ length: WINDOWS }, (_, window) =>
    fastestOf(sentNs, up, down, Math.floor((n * window) / WINDOWS), Math.floor((n * (window + 1)) / WINDOWS)),
  ).sort((a, b) => a.rttNs - b.rttNs);
  let best = lineThrough(readings);
  for (let used = WINDOWS - 1; used >= MIN_WINDOWS_USED; used--) {
    const line = lineThrough(readings.slice(0, used));
    if (line.queueingBound < best.queueingBound) best = line;
  }
  const noise = Math.max(best.queueingBound, STANDARD_ERRORS * best.standardError);
  return Math.abs(best.slope) > noise ? best.slope : null;
}

function fastestOf(
  sentNs: Float64Array,
  up: Float64Array,
  down: Float64Array,
  from: number,
  to: number,
): OffsetReading {
  let fastest = from;
  // The clock offset cancels out in the sum, which is the round-trip time without the time in the server.
  for (let i = from + 1; i < to; i++) {
    if (at(up, i) + at(down, i) < at(up, fastest) + at(down, fastest)) fastest = i;
  }
  const upNs = at(up, fastest);
  const downNs = at(down, fastest);
  return { atNs: at(sentNs, fastest), offsetNs: (upNs - downNs) / 2, rttNs: upNs + downNs };
}

/** Least-squares line through readings that are sorted by round-trip time. */
function lineThrough(readings: readonly OffsetReading[]): Line {
  const fastestNs = readings[0]?.rttNs ?? 0;
  const meanAt = mean(readings.map((reading) => reading.atNs));
  const meanOffset = mean(readings.map((reading) => reading.offsetNs));
  let squares = 0;
  let products = 0;
  let bent = 0;
  for (const { atNs, offsetNs, rttNs } of readings) {
    squares += (atNs - meanAt) ** 2;
    products += (atNs - meanAt) * (offsetNs - meanOffset);
    bent += Math.abs(atNs - meanAt) * ((rttNs - fastestNs) / 2 + RESOLUTION_NS);
  }
  const slope = products / squares;
  let residuals = 0;
  for (const { atNs, offsetNs } of readings) residuals += (offsetNs - meanOffset - slope * (atNs - meanAt)) ** 2;
  const standardError = Math.sqrt(residuals / (readings.length - 2) / squares);
  return { slope, queueingBound: bent / squares, standardError };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function difference(later: Float64Array, earlier: Float64Array): Float64Array {
  if (later.length !== earlier.length) {
    throw new RangeError(`expected ${earlier.length} probes in all arrays, got ${later.length}`);
  }
  return later.map((value, i) => value - at(earlier, i));
}

function subtractMinimum(delays: Float64Array): void {
  let smallest = Number.POSITIVE_INFINITY;
  for (const delay of delays) if (delay < smallest) smallest = delay;
  for (let i = 0; i < delays.length; i++) delays[i] = at(delays, i) - smallest;
}

function at(values: Float64Array, index: number): number {
  return values[index] ?? 0;
}
