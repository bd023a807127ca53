import { expect, test } from 'vitest';
import { isReportDue } from '../../../../src/tunnel/wireguard/report-interval.ts';

test('the third, then ever more seldom, then each 720th', () => {
  const told = Array.from({ length: 3000 }, (_, i) => i).filter(isReportDue);
  expect(told).toEqual([3, 36, 432, 1152, 1872, 2592]);
});
