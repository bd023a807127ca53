/**
 * Words that differ by a slip of a finger.
 *
 * @module
 */

/** Whether one name begins with the other, or they differ by one letter that is added, missing, replaced or swapped. */
export function isNear(known: string, typed: string): boolean {
  if (typed.length < 3) return false;
  if (known.startsWith(typed) || typed.startsWith(known)) return true;
  let start = 0;
  while (start < known.length && known[start] === typed[start]) start++;
  let end = 0;
  while (end < known.length - start && end < typed.length - start && known.at(-1 - end) === typed.at(-1 - end)) end++;
  const inKnown = known.length - start - end;
  const inTyped = typed.length - start - end;
  return Math.max(inKnown, inTyped) <= 1 || (inKnown === 2 && inTyped === 2 && sameLetters(known, typed, start));
}

function sameLetters(a: string, b: string, at: number): boolean {
  return a[at] === b[at + 1] && a[at + 1] === b[at];
}
