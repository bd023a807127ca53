/** `null` for what was not measured: inside it is NaN, or 0 for a frame number. @module */

export const timeOrNull = (ns: number): number | null => (Number.isNaN(ns) ? null : ns);
export const frameOrNull = (frame: number): number | null => (frame === 0 ? null : frame);
export const ratioOrNull = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);
