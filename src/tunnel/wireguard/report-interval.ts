/**
 * Decides which of many equal events are reported: the 3rd, 36th and 432nd, then every 720th.
 *
 * For handshakes, which are retried every 5 s (REKEY_TIMEOUT), this is after 10 s, after 3 minutes, after 36 minutes,
 * and then once an hour.
 *
 * @module
 */

const FIRST = 3;
const GROWTH = 12;
const MOST_BETWEEN = 720;

/** Whether to report the event with the number `count` of a series, from 1. */
export function isReportDue(count: number): boolean {
  let at = FIRST;
  while (at * GROWTH <= count && at * GROWTH <= MOST_BETWEEN) at *= GROWTH;
  return at === count || (at * GROWTH > MOST_BETWEEN && count > at && (count - at) % MOST_BETWEEN === 0);
}
