import { expect, test } from 'vitest';
import { sparkLine } from '../../../../src/report/path/spark-line.ts';
import { ascii } from '../../../../src/report/text/ascii.ts';

test('the newest values are at the right; what was lost is a question mark', () => {
  expect(sparkLine([9, 1, 2, 3, 4, 5, 6, 7, 8, null], 9)).toBe('▁▂▃▄▅▆▇█?');
  expect(sparkLine([5, 5, 5], 10)).toBe('▁▁▁');
  expect(sparkLine([null, null], 10)).toBe('??');
  expect(sparkLine([], 10)).toBe('');
});

test('it is as wide in ASCII', () => {
  expect(ascii(sparkLine([1, 2, 3, 4, 5, 6, 7, 8], 8))).toBe('_.:-=+*#');
});
