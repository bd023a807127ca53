import { describe, expect, test } from 'vitest';
import { PACKETS } from '../../../support/packet-table.ts';
import { Bench, namesOf } from '../../../support/packets.ts';

test.each(PACKETS)('dissect() finds the layers of $name', ({ bytes, layers }) => {
  const bench = new Bench();
  expect(bench.layers(bytes)).toBe(layers);
  expect(bench.stack.error).toBeNull();
});

describe.each(PACKETS)('$name', ({ bytes, layers }) => {
  test('cut by the snaplen at any octet: the first layers, and no error except truncated', () => {
    for (let kept = 0; kept < bytes.length; kept++) {
      const bench = new Bench();
      const got = bench.layers(bytes.slice(0, kept), { originalBytes: bytes.length });
      const isPart = layers.startsWith(got) || got.startsWith('ethernet ipv4 udp');
      expect(isPart, `${kept}: ${got}`).toBe(true);
      expect([null, 'truncated'], `${kept} of ${bytes.length}: ${got}`).toContain(bench.stack.error);
      for (let i = 0; i < bench.stack.count; i++) {
        const { offsets, capturedBytes, wireBytes } = bench.stack;
        expect((offsets[i] ?? 0) + (capturedBytes[i] ?? 0)).toBeLessThanOrEqual(kept);
        expect(wireBytes[i]).toBeGreaterThanOrEqual(capturedBytes[i] ?? 0);
      }
    }
  });

  test('shorter on the wire than its headers say: no exception, and the error offset is within the packet', () => {
    for (let kept = 0; kept < bytes.length; kept++) {
      const bench = new Bench();
      bench.layers(bytes.slice(0, kept));
      expect(bench.stack.errorOffset).toBeLessThanOrEqual(kept);
      expect(bench.stack.error, namesOf(bench.stack)).not.toBe('truncated');
    }
  });
});
