import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { directionsOf, layoutOf } from '../../../src/measure/stream-layout.ts';
import { specOf } from '../../support/control-messages.ts';

describe('layoutOf()', () => {
  test('numbers streams from 0, uploads first', () => {
    const spec = specOf({ direction: 'bidirectional', streams: 2, rate_bps: 3e6, bytes: 5 });
    expect(directionsOf(spec)).toEqual(['upload', 'download']);
    expect(layoutOf(spec)).toEqual([
      { stream: 0, direction: 'upload', rateBps: 1.5e6, bytes: 2 },
      { stream: 1, direction: 'upload', rateBps: 1.5e6, bytes: 3 },
      { stream: 2, direction: 'download', rateBps: 1.5e6, bytes: 2 },
      { stream: 3, direction: 'download', rateBps: 1.5e6, bytes: 3 },
    ]);
  });

  test.each(['upload', 'download'] as const)('%s alone begins at 0 too', (direction) => {
    const spec = specOf({ direction, streams: 2 });
    expect(directionsOf(spec)).toEqual([direction]);
    expect(layoutOf(spec)).toEqual([
      { stream: 0, direction, rateBps: null, bytes: null },
      { stream: 1, direction, rateBps: null, bytes: null },
    ]);
  });

  test('shares differ by one octet at most and make up the whole', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 40 }), fc.integer({ min: 1, max: 128 }), (bytes, streams) => {
        const shares = layoutOf(specOf({ bytes, streams })).map((one) => one.bytes ?? Number.NaN);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(bytes);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
