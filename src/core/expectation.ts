/**
 * What a user expects of a result.
 *
 * @module
 */

/** One `--expect` of the user, and whether it was met. */
export interface Expectation {
  readonly expression: string;
  readonly measured: number | null;
  readonly met: boolean;
}
