import fc from 'fast-check';
import { expect, test } from 'vitest';
import { utcText } from '../../../src/capture/utc-text.ts';

test('utcText() agrees with Date on every second of the years 0 to 9999', () => {
  const first = Date.UTC(0, 0, 1) / 1000 - 1900 * 365.2425 * 86_400;
  fc.assert(
    fc.property(fc.integer({ min: Math.round(first) + 86_400 * 2, max: 253_402_300_799 }), (seconds) => {
      expect(utcText(seconds, 5)).toBe(new Date(seconds * 1000).toISOString().replace('000Z', '000000005Z'));
    }),
  );
});

test('utcText() keeps nanoseconds', () => {
  expect(utcText(1_700_000_000, 123_456_789)).toBe('2023-11-14T22:13:20.123456789Z');
});
