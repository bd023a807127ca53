/**
 * What the programs of a soak wrote so far: answers of `ping -D`, rows of `iperf3 -s`.
 *
 * @module
 */

/** What ping gives its answers: `[1795660670.986644] 64 bytes from 10.9.1.2: icmp_seq=1 ttl=64 time=0.052 ms`. */
const ANSWER = /^\[([\d.]+)\].* icmp_seq=(\d+) .*time=([\d.]+) ms(?! \(DUP)/gm;
/** One second at an iperf3 server, not the sum at the end. */
const ROW = /^\[ *\d+\] +([\d.]+)-([\d.]+) +sec +([\d.]+) ([KMG]?)Bytes .*?(?:(\d+)\/(\d+) \(.*)?$/gm;
const UNIT = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };
/** ping's numbers have 16 bits. */
const NUMBERS = 65_536;

/**
 * @param {string} text @param {number} now - wall clock in seconds: the silence up to now counts too
 */
export function readPings(text, now) {
  let [longestGap, longestAt, last, number, answered] = [0, 0, 0, 0, 0];
  const times = [];
  const note = (at) => {
    if (last > 0 && at - last > longestGap) [longestGap, longestAt] = [at - last, last];
  };
  for (const [, at, sequence, ms] of text.matchAll(ANSWER)) {
    note(Number(at));
    last = Number(at);
    const ahead = (Number(sequence) - number) & (NUMBERS - 1);
    if (ahead < NUMBERS / 2) number += ahead;
    answered++;
    times.push(Number(ms));
  }
  note(now);
  times.sort((a, b) => a - b);
  return {
    longestGap,
    longestAt,
    answered,
    /** Those that nothing came back for, but for the last second's. */
    lost: Math.max(0, number - answered),
    p50: times[times.length >> 1] ?? Number.NaN,
    worst: times.at(-1) ?? Number.NaN,
  };
}

/** @param {string} text */
export function readRows(text) {
  let [bytes, seconds, idle, longestIdle, longestAt, idleRows, lost, datagrams] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (const [, from, to, figure, unit, missing, sent] of text.replace(/^.*(receiver|sender)$/gm, '').matchAll(ROW)) {
    const span = Number(to) - Number(from);
    // What is left at the end of a test.
    if (span < 0.5) continue;
    const moved = Number(figure) * UNIT[/** @type {keyof typeof UNIT} */ (unit)];
    bytes += moved;
    seconds += span;
    lost += Number(missing ?? 0);
    datagrams += Number(sent ?? 0);
    if (moved > 0) {
      idle = 0;
      continue;
    }
    idleRows++;
    idle += span;
    if (idle > longestIdle) [longestIdle, longestAt] = [idle, Number(to)];
  }
  return { bps: seconds > 0 ? (bytes * 8) / seconds : 0, seconds, idleRows, longestIdle, longestAt, lost, datagrams };
}
