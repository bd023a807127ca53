import { expect, test } from 'vitest';
import { withAdvice } from '../../../src/system/system-advice.ts';

const failure = (code: string): Error => Object.assign(new Error(`${code}: it failed, open 'x'`), { code });

test.each([
  ['EACCES', /; run as root$/],
  ['EROFS', /read-only.*tmpfs$/],
  ['ENOSPC', /space/],
  ['EMFILE', /ulimit -n/],
  ['EBUSY', /end that first$/],
  ['ENODEV', /ip link$/],
])('withAdvice() adds advice for %s', (code, words) => {
  expect(withAdvice(failure(code))).toMatch(words);
});

test.each([failure('EWHATEVER'), new Error('no code'), 'text'])(
  'and repeats what it knows nothing about: %s',
  (error) => {
    expect(withAdvice(error)).toBe(error instanceof Error ? error.message : error);
  },
);
