import { expect, test } from 'vitest';
import { segmentBytesOf } from '../../../../src/capture/dissect/segments.ts';
import { join, wireguardData } from '../../../support/packets.ts';

const train = (sizes: readonly number[], receiver = 5): Uint8Array =>
  join(...sizes.map((size, i) => wireguardData(receiver, 10 + i, size)));

test.each([
  ['one message', [96], 128],
  ['two of one size', [96, 96], 128],
  ['the last is shorter', [96, 96, 32], 128],
  ['messages as large as an MTU allows', [1420, 1420, 1420, 60], 1452],
])('segmentBytesOf() finds %s', (_name, sizes, expected) => {
  const bytes = train(sizes);
  expect(segmentBytesOf(bytes, 0, bytes.length, bytes.length)).toBe(expected);
});

test('segmentBytesOf() examines only the captured part', () => {
  const bytes = train([96, 96, 96, 96]);
  expect(segmentBytesOf(bytes, 0, 200, bytes.length)).toBe(128);
  expect(segmentBytesOf(bytes, 0, 100, bytes.length)).toBe(bytes.length);
});

test('segmentBytesOf() requires equal receiver indices, and consecutive counters', () => {
  const other = join(wireguardData(5, 10, 96), wireguardData(6, 11, 96));
  expect(segmentBytesOf(other, 0, other.length, other.length)).toBe(other.length);
  const gap = join(wireguardData(5, 10, 96), wireguardData(5, 12, 96));
  expect(segmentBytesOf(gap, 0, gap.length, gap.length)).toBe(gap.length);
});
