/**
 * Values that were not measured are `null` in reports. Internally they are NaN, or 0 for a frame number.
 *
 * @module
 */

/**
 * A time for a report: NaN becomes `null`.
 */
export const timeOrNull = (ns: number): number | null => (Number.isNaN(ns) ? null : ns);
/** A frame number for a report: 0 becomes `null`. Frames are counted from 1. */
export const frameOrNull = (frame: number): number | null => (frame === 0 ? null : frame);
/** A ratio for a report: `null` if there is no whole to divide by. */
export const ratioOrNull = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);
