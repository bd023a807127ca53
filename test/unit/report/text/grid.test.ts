import { expect, test } from 'vitest';
import { grid } from '../../../../src/report/text/grid.ts';
import { atWidth } from '../../../../src/report/text/layout.ts';

const HEAD = ['row', '', 'first column', 'second one', 'third', 'fourth figure'];
const ROWS = [
  ['winze', 'TCP', '1.000', '22.22', '333', '4444444444'],
  ['wireguard-go', 'UDP', '-', '5', '66', '77'],
];
const drawn = (width: number, more: number) =>
  atWidth(width, () => {
    const extra = [...Array(more).keys()].map((n) => `${'x'.repeat(9)}${n}`);
    return grid(
      [...HEAD, ...extra],
      ROWS.map((row) => [...row, ...extra]),
      'right',
      2,
    );
  });

test('a table that fits is drawn as it is', () => {
  expect(drawn(80, 0)).toEqual([
    '─────────────────────────────────────────────────────────────────',
    'row                first column  second one  third  fourth figure',
    '─────────────────────────────────────────────────────────────────',
    'winze         TCP         1.000       22.22    333     4444444444',
    'wireguard-go  UDP             -           5     66             77',
    '─────────────────────────────────────────────────────────────────',
  ]);
});

test('one that is too wide has its titles in several lines', () => {
  expect(drawn(60, 0)).toEqual([
    '────────────────────────────────────────────────────',
    'row                 first  second  third      fourth',
    '                   column     one             figure',
    '────────────────────────────────────────────────────',
    'winze         TCP   1.000   22.22    333  4444444444',
    'wireguard-go  UDP       -       5     66          77',
    '────────────────────────────────────────────────────',
  ]);
});

test('then its columns stand closer, and at last it is cut, each part with the labels', () => {
  const close = drawn(60, 1);
  expect(close.filter((line) => line.startsWith('winze '))).toEqual([
    'winze        TCP  1.000  22.22   333 4444444444 xxxxxxxxx0',
  ]);
  const cut = drawn(60, 3);
  expect(cut.filter((line) => /^w/.test(line))).toEqual([
    'winze         TCP   1.000   22.22    333  4444444444',
    'wireguard-go  UDP       -       5     66          77',
    'winze         TCP  xxxxxxxxx0  xxxxxxxxx1  xxxxxxxxx2',
    'wireguard-go  UDP  xxxxxxxxx0  xxxxxxxxx1  xxxxxxxxx2',
  ]);
  expect(
    cut.filter((line) => line.startsWith('─')),
    'one rule between the parts',
  ).toHaveLength(5);
  for (const line of [...close, ...cut]) expect(line.length).toBeLessThanOrEqual(60);
});
