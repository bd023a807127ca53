/**
 * How often to repeat what stays as it is.
 *
 * Of handshakes, one each 5 s (REKEY_TIMEOUT), the third is after 10 s, the 36th after 3 minutes, the 432nd after 36
 * minutes, and from there on it is once an hour.
 *
 * @module
 */

const FIRST = 3;
const GROWTH = 12;
const MOST_BETWEEN = 720;

/** Whether to tell of the `count`th in a row. */
export function isWorthTelling(count: number): boolean {
  let at = FIRST;
  while (at * GROWTH <= count && at * GROWTH <= MOST_BETWEEN) at *= GROWTH;
  return at === count || (at * GROWTH > MOST_BETWEEN && count > at && (count - at) % MOST_BETWEEN === 0);
}
