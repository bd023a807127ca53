import { expect, test } from 'vitest';
import { branchesOf } from '../../../../src/path/trace/branches.ts';

test('ports with the same hops are one branch, the largest first', () => {
  const branches = branchesOf([
    { port: 5, hops: ['a', 'x', 't'] },
    { port: 3, hops: ['a', 'y', 't'] },
    { port: 4, hops: ['a', 'y', 't'] },
  ]);
  expect(branches).toEqual([
    { source_ports: [3, 4], hops: ['a', 'y', 't'] },
    { source_ports: [5], hops: ['a', 'x', 't'] },
  ]);
});

test('a hop that did not answer fits to any, and is filled in by the others', () => {
  expect(
    branchesOf([
      { port: 1, hops: ['a', null, 't'] },
      { port: 2, hops: [null, 'x', 't'] },
    ]),
  ).toEqual([{ source_ports: [1, 2], hops: ['a', 'x', 't'] }]);
  expect(branchesOf([])).toEqual([]);
});
