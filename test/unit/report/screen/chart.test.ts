import { expect, test } from 'vitest';
import { AXIS_COLUMNS, chart } from '../../../../src/report/screen/chart.ts';
import { shortText } from '../../../../src/report/text/figures.ts';

test('the greatest value fills the height, half of it half', () => {
  expect(chart([100, 50, 0, null, 25], 40, 4, shortText)).toEqual([
    '     100 ┤█',
    '         │█',
    '         │██',
    '       0 ┤██  █',
  ]);
});

test('a small value is seen, nothing is not', () => {
  expect(chart([1e9, 1, 0], 40, 2, shortText)).toEqual(['      1G ┤█', '       0 ┤█▁']);
});

test('only the newest values are drawn, and the axis is theirs', () => {
  expect(chart([1000, 1, 2], AXIS_COLUMNS + 2, 2, shortText)).toEqual(['       2 ┤ █', '       0 ┤██']);
});

test('without a value there is no axis', () => {
  expect(chart([null, null], 20, 2, shortText)).toEqual(['       - ┤', '         ┤']);
  expect(chart([], 20, 2, shortText)).toEqual(['       - ┤', '         ┤']);
  expect(chart([0, 0], 20, 2, shortText)).toEqual(['       0 ┤', '       0 ┤']);
});
