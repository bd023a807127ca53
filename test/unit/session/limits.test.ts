import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { grant, grantedRate, isReductionOf } from '../../../src/session/limits.ts';
import { NO_LIMITS, specOf } from '../../support/control-messages.ts';

describe('grant()', () => {
  test('does not change a request within the limits', () => {
    const asked = specOf({ streams: 4, rate_bps: 1e6 });
    expect(grant(asked, NO_LIMITS)).toEqual({ spec: asked, clipped: [] });
    const exact = { ...NO_LIMITS, max_rate_bps: 1e6, max_duration_ns: 10e9, max_streams: 4 };
    expect(grant(asked, exact)).toEqual({ spec: asked, clipped: [] });
  });

  test.each([
    ['streams', { streams: 8 }, { max_streams: 4 }, { field: 'streams', asked: 8, granted: 4 }],
    ['rate', { rate_bps: 2e9 }, { max_rate_bps: 1e9 }, { field: 'rate_bps', asked: 2e9, granted: 1e9 }],
    ['no rate', { rate_bps: null }, { max_rate_bps: 1e9 }, { field: 'rate_bps', asked: null, granted: 1e9 }],
    [
      'duration',
      { duration_ns: 60e9 },
      { max_duration_ns: 30e9 },
      { field: 'duration_ns', asked: 60e9, granted: 30e9 },
    ],
    ['no end', { duration_ns: null }, { max_duration_ns: 30e9 }, { field: 'duration_ns', asked: null, granted: 30e9 }],
    [
      'bytes at a rate, which take 80 s where 10 s are allowed',
      { bytes: 1_000_000, duration_ns: null, rate_bps: 100_000 },
      { max_duration_ns: 10e9 },
      { field: 'bytes', asked: 1_000_000, granted: 125_000 },
    ],
    [
      'a duration beside bytes',
      { bytes: 1000, duration_ns: 60e9 },
      { max_duration_ns: 30e9 },
      { field: 'duration_ns', asked: 60e9, granted: 30e9 },
    ],
  ] as const)('cuts %s and says so', (_name, wish, limits, clip) => {
    const asked = specOf(wish);
    expect(grant(asked, { ...NO_LIMITS, ...limits })).toEqual({
      spec: { ...asked, [clip.field]: clip.granted },
      clipped: [clip],
    });
  });

  test('limits bytes by the granted rate, not by the requested one', () => {
    const asked = specOf({ bytes: 1e9, duration_ns: null, rate_bps: 1e9 });
    const { spec, clipped } = grant(asked, { ...NO_LIMITS, max_rate_bps: 8e6, max_duration_ns: 2e9 });
    expect(spec).toMatchObject({ rate_bps: 8e6, bytes: 2e6, duration_ns: null });
    expect(clipped.map((one) => one.field)).toEqual(['rate_bps', 'bytes']);
  });

  test('a latency test has no rate to limit', () => {
    const asked = specOf({ test: 'latency', length_bytes: 64 });
    expect(grant(asked, { ...NO_LIMITS, max_rate_bps: 1e6 }).clipped).toEqual([]);
  });

  test('grants at least one byte', () => {
    const asked = specOf({ bytes: 10, duration_ns: null, rate_bps: 1 });
    expect(grant(asked, { ...NO_LIMITS, max_duration_ns: 1 }).spec.bytes).toBe(1);
  });

  test('never grants more than the limits, and lists each change exactly', () => {
    const wish = fc.record({
      streams: fc.integer({ min: 1, max: 128 }),
      rate_bps: fc.option(fc.integer({ min: 1, max: 1e9 })),
      duration_ns: fc.option(fc.integer({ min: 1, max: 100e9 })),
      bytes: fc.option(fc.integer({ min: 1, max: 1e9 })),
      test: fc.constantFrom('bandwidth' as const, 'latency' as const),
    });
    const limits = fc.record({
      max_clients: fc.constant(1),
      max_streams: fc.integer({ min: 1, max: 128 }),
      max_rate_bps: fc.option(fc.integer({ min: 1, max: 1e9 })),
      max_duration_ns: fc.option(fc.integer({ min: 1, max: 100e9 })),
      max_held_connections: fc.option(fc.integer({ min: 1, max: 1e6 })),
    });
    fc.assert(
      fc.property(wish, limits, (wanted, most) => {
        const asked = specOf(wanted);
        const { spec, clipped } = grant(asked, most);
        expect(spec.streams).toBeLessThanOrEqual(most.max_streams);
        if (most.max_rate_bps !== null && spec.test === 'bandwidth') {
          expect(spec.rate_bps ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(most.max_rate_bps);
        }
        if (most.max_duration_ns !== null && (spec.bytes === null || spec.duration_ns !== null)) {
          expect(spec.duration_ns ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(most.max_duration_ns);
        }
        const undone = Object.fromEntries(clipped.map((clip) => [clip.field, clip.asked]));
        expect({ ...spec, ...undone }).toEqual(asked);
        for (const clip of clipped) expect(spec[clip.field]).toBe(clip.granted);
      }),
    );
  });
});

describe('the rate of a latency test', () => {
  const limits = { ...NO_LIMITS, max_rate_bps: 1e6 };
  const probes = specOf({ test: 'latency', protocol: 'udp', length_bytes: 1000, gap_ns: 1e6 });

  test('is a probe in each gap, and the gap is made as long as the greatest rate asks', () => {
    // 8000 bits at 1 Mbit/s take 8 ms.
    const { spec, clipped } = grant(probes, limits);
    expect(spec.gap_ns).toBe(8e6);
    expect(clipped).toEqual([{ field: 'gap_ns', asked: 1e6, granted: 8e6 }]);
    expect(grantedRate(spec)).toBe(1e6);
    expect(isReductionOf(probes, spec)).toBe(true);
  });

  test('within the limit is left alone, and no gap is ever made shorter', () => {
    const slow = { ...probes, gap_ns: 8e6 };
    expect(grant(slow, limits)).toEqual({ spec: slow, clipped: [] });
    expect(isReductionOf(slow, { ...slow, gap_ns: 7e6 })).toBe(false);
  });

  test('of a bandwidth test is the rate that was granted', () => {
    expect(grantedRate(specOf({ rate_bps: 5e6 }))).toBe(5e6);
    expect(grant(specOf({ gap_ns: 1e6 }), limits).spec.gap_ns).toBe(1e6);
  });
});
