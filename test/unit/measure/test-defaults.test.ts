import { describe, expect, test } from 'vitest';
import { completeSpec, LENGTHS } from '../../../src/measure/test-defaults.ts';
import { testSpec } from '../../../src/session/messages.ts';
import { check } from '../../../src/session/shape.ts';
import { specOf } from '../../support/control-messages.ts';

const KINDS = [
  ['tcp', 'bandwidth'],
  ['udp', 'bandwidth'],
  ['tcp', 'latency'],
  ['udp', 'latency'],
] as const;

describe('completeSpec()', () => {
  test('of nothing is a TCP upload of 10 s', () => {
    expect(completeSpec({})).toEqual(specOf());
  });

  test('latency goes over UDP, which shows losses, and does not wait to join segments', () => {
    expect(completeSpec({ test: 'latency' })).toEqual(
      specOf({ test: 'latency', protocol: 'udp', length_bytes: 64, no_delay: true }),
    );
    expect(completeSpec({ test: 'latency', protocol: 'tcp' }).protocol).toBe('tcp');
  });

  test('UDP sends what fits into a tunnel', () => {
    expect(completeSpec({ protocol: 'udp' }).length_bytes).toBe(1400);
  });

  test.each([
    [{ bytes: 1000 }, null],
    [{ bytes: null }, 10e9],
    [{ bytes: 1000, duration_ns: 5e9 }, 5e9],
    [{ duration_ns: null }, null],
  ])('a wish of %j lasts %s ns', (wish, want) => expect(completeSpec(wish).duration_ns).toBe(want));

  test('every wish wins over what is usual', () => {
    const wish = specOf({
      direction: 'bidirectional',
      streams: 3,
      rate_bps: 1e6,
      warmup_ns: 1,
      interval_ns: 2e9,
      gap_ns: 3e6,
      tos: 4,
      congestion_control: 'bbr',
      window_bytes: 5,
      mss_bytes: 600,
      no_delay: true,
      dont_fragment: true,
      rx_copy: true,
    });
    expect(completeSpec(wish)).toEqual(wish);
  });

  test.each(KINDS)('a %s %s test takes its least and greatest length and no other', (protocol, kind) => {
    const { min, max } = LENGTHS[`${protocol} ${kind}`];
    for (const length_bytes of [min, max]) {
      const spec = completeSpec({ test: kind, protocol, length_bytes });
      expect(spec.length_bytes).toBe(length_bytes);
      expect(check(testSpec, spec), 'and a server takes it too').toEqual({ ok: true, value: spec });
    }
    for (const length_bytes of [min - 1, max + 1, Number.NaN]) {
      expect(() => completeSpec({ test: kind, protocol, length_bytes })).toThrow(
        expect.objectContaining({ code: 'ERR_USAGE' }),
      );
    }
  });

  test('says which lengths there are', () => {
    expect(() => completeSpec({ protocol: 'udp', length_bytes: 8 })).toThrow(
      'length_bytes 8: a udp bandwidth test takes 28 to 65507 bytes',
    );
  });
});
