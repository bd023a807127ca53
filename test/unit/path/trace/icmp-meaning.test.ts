import { expect, test } from 'vitest';
import { icmpMeaning } from '../../../../src/path/trace/icmp-meaning.ts';

test.each<
  [family: 4 | 6, type: number, code: number, isFromTarget: boolean, kind: string | null, reason: string | null]
>([
  // RFC 792 and RFC 1812 §5.2.7.1.
  [4, 11, 0, false, 'time-exceeded', null],
  [4, 11, 1, false, null, null],
  [4, 3, 3, true, 'target', null],
  [4, 3, 3, false, 'target', null],
  [4, 3, 1, false, 'unreachable', 'host unreachable'],
  [4, 3, 13, false, 'unreachable', 'communication administratively prohibited'],
  [4, 3, 13, true, 'target', null],
  [4, 3, 99, false, 'unreachable', 'unreachable, code 99'],
  [4, 3, 4, false, 'too-big', null],
  [4, 5, 1, false, null, null],
  [4, 0, 0, true, null, null],
  // RFC 4443 §3.
  [6, 3, 0, false, 'time-exceeded', null],
  [6, 1, 4, false, 'target', null],
  [6, 1, 0, false, 'unreachable', 'no route to the destination'],
  [6, 1, 3, false, 'unreachable', 'address unreachable'],
  [6, 2, 0, false, 'too-big', null],
  [6, 4, 0, false, null, null],
  [6, 129, 0, true, null, null],
])('IPv%d, type %d code %d, from the target: %s', (family, type, code, isFromTarget, kind, reason) => {
  const meaning = icmpMeaning(family, type, code, isFromTarget);
  expect([meaning?.kind ?? null, meaning?.reason ?? null]).toEqual([kind, reason]);
});
