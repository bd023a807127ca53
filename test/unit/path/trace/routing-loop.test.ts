import { expect, test } from 'vitest';
import { routingLoop } from '../../../../src/path/trace/routing-loop.ts';

const hops = (text: string): (string | null)[] => text.split(' ').map((one) => (one === '?' ? null : one));

test.each([
  ['a b c d c d', ['c', 'd']],
  ['a b c d c d ?', ['c', 'd']],
  ['a b c d ? d c ? c d', ['c', 'd']],
  ['a x y z x y z', ['x', 'y', 'z']],
  ['a b b b', ['b']],
  ['a b c', null],
  ['a b b', null],
  ['a b c d e c', null],
  ['? ? ?', null],
  ['a ? ? ?', null],
  ['a b ? ? a', null],
])('%s', (path, expected) => {
  expect(routingLoop(hops(path))?.toSorted() ?? null).toEqual(expected);
});
