import fc from 'fast-check';
import { expect, test } from 'vitest';
import { displayWidth, printable } from '../../../src/core/printable.ts';

test.each([
  ['plain text', 'drift-7.example (eu)', 'drift-7.example (eu)'],
  ['letters of any script', 'Grube Übung 坑道 шахта', 'Grube Übung 坑道 шахта'],
  ['an escape sequence', '\x1b[2J\x1b]0;x\x07', '\\x1b[2J\\x1b]0;x\\x07'],
  ['a C1 control (CSI in one byte)', '\x9b31m', '\\x9b31m'],
  ['line breaks and tabs', 'a\r\nb\tc', 'a\\r\\nb\\tc'],
  ['NUL and DEL', '\x00\x7f', '\\x00\\x7f'],
  ['line and paragraph separators', 'a\u2028b\u2029', 'a\\u{2028}b\\u{2029}'],
  ['bidirectional overrides and isolates', 'a\u202eb\u2066c\u200f', 'a\\u{202e}b\\u{2066}c\\u{200f}'],
  ['what is drawn as nothing', 'a\u200bb\u3164c\u00ad', 'a\\u{200b}b\\u{3164}c\\xad'],
  ['spaces that are not the space', 'a\u00a0b\u3000', 'a\\xa0b\\u{3000}'],
  ['half a surrogate pair', 'a\ud800b', 'a\\u{d800}b'],
  ['private use', '\ue000', '\\u{e000}'],
])('printable() shows %s', (_what, text, shown) => {
  expect(printable(text, 100)).toBe(shown);
});

test.each([
  ['abcdef', 6, 'abcdef'],
  ['abcdef', 5, 'abcd…'],
  ['abcdef', 1, '…'],
  ['abcdef', 0, ''],
  ['坑道坑道', 8, '坑道坑道'],
  ['坑道坑道', 7, '坑道坑…'],
  ['坑道坑道', 6, '坑道…'],
  // An escape is cut as a whole: half of one would say something else.
  ['ab\x1bcd', 6, 'ab…'],
])('printable(%j, %i) cuts to %j', (text, length, shown) => {
  expect(printable(text, length)).toBe(shown);
});

test('printable() never leaves a control, format or separator character, and never grows too wide', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.integer({ min: 0, max: 60 }), (text, length) => {
      const shown = printable(text, length);
      expect(shown).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      expect(displayWidth(shown)).toBeLessThanOrEqual(length);
    }),
    { numRuns: 2000 },
  );
});
