/**
 * What is known of one of two captures that are joined, besides its messages.
 *
 * @module
 */
import { KeyTable } from '../key-table.ts';

/** Pairs of endpoints, each way. */
const MAX_DIRECTIONS = 2 ** 14;

export interface Side {
  readonly directions: KeyTable;
  /** Whole seconds since 1970 that its times are relative to; `null` before the first time. */
  baseS: number | null;
  /** Of the first and the last frame, nanoseconds since `baseS`. */
  startNs: number;
  endNs: number;
  /** Of the last frame that has a time. */
  lastNs: number;
  /** How often the time made a leap: back, or on by more than a day. */
  clockJumps: number;
  messages: number;
  withoutId: number;
  leftOut: number;
}

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
