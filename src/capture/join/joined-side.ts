/**
 * Facts about one of the two captures that are joined, apart from its messages.
 *
 * @module
 */
import { KeyTable } from '../key-table.ts';

/** Pairs of source and destination endpoint. */
const MAX_DIRECTIONS = 2 ** 14;

/** One of the two captures. */
export interface Side {
  /** Keys of directions, see `DIRECTION`. */
  readonly directions: KeyTable;
  /** Whole seconds since 1970 that its times are relative to; `null` before the first time. */
  baseS: number | null;
  /** Earliest time, in nanoseconds since `baseS`; infinite before the first. */
  startNs: number;
  /** Latest time, likewise. Packets after the tables were full do not count. */
  endNs: number;
  /** Time of the last frame that has one; NaN before the first. */
  lastNs: number;
  /** Jumps of the clock: by more than a second back, or by more than a day forward. */
  clockJumps: number;
  /** Messages with an identity. */
  messages: number;
  /** Messages of tunnels without an identity, which cannot be compared. */
  withoutId: number;
  /** Messages for which there was no room. */
  leftOut: number;
}

/** A capture without packets. */
export function createSide(): Side {
  return {
    directions: new KeyTable(MAX_DIRECTIONS),
    baseS: null,
    startNs: Number.POSITIVE_INFINITY,
    endNs: Number.NEGATIVE_INFINITY,
    lastNs: Number.NaN,
    clockJumps: 0,
    messages: 0,
    withoutId: 0,
    leftOut: 0,
  };
}
