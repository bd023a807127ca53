import fc from 'fast-check';
import { expect, test } from 'vitest';
import { displayWidth } from '../../../../src/core/printable.ts';
import { pieces, wrap } from '../../../../src/report/text/layout.ts';

const A40 = 'a'.repeat(40);

test('wrap() leaves a line of 80 columns alone and breaks one of 81', () => {
  expect(wrap(`${A40} ${'b'.repeat(39)}`)).toEqual([`${A40} ${'b'.repeat(39)}`]);
  expect(wrap(`${A40} ${'b'.repeat(40)}`)).toEqual([A40, `  ${'b'.repeat(40)}`]);
});

test('wrap() cuts a word that is longer than a line', () => {
  expect(wrap(`x: ${'c'.repeat(100)}`)).toEqual(['x:', `  ${'c'.repeat(78)}`, `  ${'c'.repeat(22)}`]);
});

test('wrap() keeps the indent of the first line and leaves a number with its unit', () => {
  expect(wrap(`  ${'d'.repeat(70)} in 31 µs`, '    ')).toEqual([`  ${'d'.repeat(70)} in`, '    31 µs']);
  expect(wrap(`${'d'.repeat(70)} 9.41 Gbit/s, more`)).toEqual(['d'.repeat(70), '  9.41 Gbit/s, more']);
});

test('wrap() has one line for no text', () => {
  expect(wrap('')).toEqual(['']);
});

test('wrap() loses no character and never exceeds 80 columns', () => {
  const word = fc.string({ unit: fc.constantFrom('a', '坑', '-', 'é'), minLength: 1, maxLength: 120 });
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), (words) => {
      const lines = wrap(words.join(' '));
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(80);
      expect(lines.join('').replaceAll(' ', '')).toBe(words.join(''));
    }),
  );
});

test('pieces() cuts by columns, not by characters', () => {
  expect(pieces('abcde', 2)).toEqual(['ab', 'cd', 'e']);
  expect(pieces('坑道x', 3)).toEqual(['坑', '道x']);
  expect(pieces('', 5)).toEqual(['']);
});
