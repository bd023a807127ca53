/**
 * The streams of a test: their numbers, directions and shares. Both ends derive the same from the spec.
 *
 * @module
 */
import type { FlowDirection, TestSpec } from '../core/shapes/spec.ts';

/** One stream. */
export interface StreamLayout {
  readonly stream: number;
  readonly direction: FlowDirection;
  /** Share of this stream in the rate, and in the octets, of its direction; `null` if the test has no such limit. */
  readonly rateBps: number | null;
  readonly bytes: number | null;
}

/** The directions in which the test sends payload. */
export function directionsOf(spec: TestSpec): readonly FlowDirection[] {
  return spec.direction === 'bidirectional' ? ['upload', 'download'] : [spec.direction];
}

/**
 * All streams of a test, uploads first. A test of connections has one, which opens all of them at the client, and accepts
 * all of them at the server.
 */
export function layoutOf(spec: TestSpec): readonly StreamLayout[] {
  if (spec.test === 'connections') return [{ stream: 0, direction: 'upload', rateBps: null, bytes: null }];
  return directionsOf(spec).flatMap((direction, side) =>
    Array.from({ length: spec.streams }, (_, i) => ({
      stream: side * spec.streams + i,
      direction,
      rateBps: spec.rate_bps === null ? null : spec.rate_bps / spec.streams,
      bytes: spec.bytes === null ? null : share(spec.bytes, spec.streams, i),
    })),
  );
}

/** The numbers of the streams of one direction. */
export function streamsOf(layout: readonly StreamLayout[], direction: FlowDirection): readonly number[] {
  return layout.filter((one) => one.direction === direction).map((one) => one.stream);
}

/** Splits `total` into whole parts that differ by at most one; part `i` of `parts`. */
function share(total: number, parts: number, i: number): number {
  return Math.floor((total * (i + 1)) / parts) - Math.floor((total * i) / parts);
}
