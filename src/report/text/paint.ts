/**
 * Colours of a report.
 *
 * @module
 */

/**
 * Functions that put text into ANSI colour sequences (ECMA-48 SGR), or return it unchanged. `good`, `warn` and `bad`
 * are green, yellow and red.
 */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly bad: (text: string) => string;
}

/** Creates the functions. With `color: false` they return their argument. */
export function createPaint(color: boolean): Paint {
  const sgr = (code: number) => (text: string) => (color ? `\x1b[${code}m${text}\x1b[0m` : text);
  return { bold: sgr(1), dim: sgr(2), good: sgr(32), warn: sgr(33), bad: sgr(31) };
}
