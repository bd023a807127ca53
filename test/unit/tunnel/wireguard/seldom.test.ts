import { expect, test } from 'vitest';
import { isWorthTelling } from '../../../../src/tunnel/wireguard/seldom.ts';

test('the third, then ever more seldom, then each 720th', () => {
  const told = Array.from({ length: 3000 }, (_, i) => i).filter(isWorthTelling);
  expect(told).toEqual([3, 36, 432, 1152, 1872, 2592]);
});
