/**
 * Routing loops: the same routers come again and again.
 *
 * @module
 */

/** Most routers of a loop that is looked for. */
const LONGEST = 10;
/** A loop of one router: it answers for so many TTLs in a row. */
const LEAST_ALONE = 3;

/**
 * The routers of a loop in which a path ends, in order; `null` without one. Hops that do not answer fit into any loop,
 * but half of them have to answer.
 *
 * @param hops - address by TTL, up to the last that answered; `null` where nothing did
 */
export function routingLoop(hops: readonly (string | null)[]): readonly string[] | null {
  const end = hops.findLastIndex((hop) => hop !== null) + 1;
  for (let length = 1; length <= LONGEST; length++) {
    const least = Math.max(2 * length, LEAST_ALONE);
    if (end < least) return null;
    const tail = hops.slice(end - least, end);
    const answered = tail.filter((hop) => hop !== null).length;
    const repeats = tail.every((hop, index) => {
      const before = index < length ? null : (tail[index - length] ?? null);
      return hop === null || before === null || hop === before;
    });
    const members = tail.slice(0, length).map((hop, index) => hop ?? tail[index + length] ?? null);
    const known = members.filter((hop) => hop !== null);
    const isTwice = known.some((hop) => tail.filter((other) => other === hop).length > 1);
    if (repeats && isTwice && answered * 2 >= tail.length && new Set(known).size === known.length) return known;
  }
  return null;
}
