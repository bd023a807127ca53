import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeMplsLabels } from '../../../../src/wire/probe/icmp-extension.ts';

// RFC 4950 §3: version 2, no checksum; length 12, class 1, type 1; label 24001, TTL 1; label 24002, TC 5, bottom, TTL 254.
const EXTENSION = Uint8Array.of(0x20, 0, 0, 0, 0, 12, 1, 1, 0x05, 0xdc, 0x10, 0x01, 0x05, 0xdc, 0x2b, 0xfe);
const LABELS = [
  { label: 24_001, traffic_class: 0, bottom: false, ttl: 1 },
  { label: 24_002, traffic_class: 5, bottom: true, ttl: 254 },
];
/** One's complement of the sum of the words above, by hand: 2000 + c + 101 + 5dc + 1001 + 5dc + 2bfe = 68c4. */
const SUM = [0x97, 0x3b];

test('labels, with and without a checksum', () => {
  expect(decodeMplsLabels(EXTENSION)).toEqual(LABELS);
  const summed = EXTENSION.slice();
  summed.set(SUM, 2);
  expect(decodeMplsLabels(summed)).toEqual(LABELS);
  summed[15] = 0xfd;
  expect(decodeMplsLabels(summed)).toEqual([]);
});

test('other objects are passed over', () => {
  const other = Uint8Array.of(0, 8, 2, 1, 1, 2, 3, 4);
  expect(decodeMplsLabels(Uint8Array.of(...EXTENSION.subarray(0, 4), ...other, ...EXTENSION.subarray(4)))).toEqual(
    LABELS,
  );
});

test.each([
  ['another version', 0, 0x10],
  ['an object shorter than its header', 5, 3],
  ['an object longer than the message', 5, 13],
  ['another class', 6, 2],
])('%s has no labels', (_, at, octet) => {
  const bytes = EXTENSION.slice();
  bytes[at] = octet;
  expect(decodeMplsLabels(bytes)).toEqual([]);
});

test('no octets make it throw, read beyond its end, or give more than 16 labels', () => {
  for (let length = 0; length < EXTENSION.length; length++)
    expect(decodeMplsLabels(EXTENSION.subarray(0, length))).toEqual([]);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const marked = Uint8Array.of(0x20, 0, 0, 0, ...bytes);
      expect(decodeMplsLabels(marked).length).toBeLessThanOrEqual(16);
    }),
  );
});
