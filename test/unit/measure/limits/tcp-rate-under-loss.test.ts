import { describe, expect, test } from 'vitest';
import { tcpRateUnderLoss } from '../../../../src/measure/limits/tcp-rate-under-loss.ts';
import { NO_TCP } from '../../../support/results.ts';

describe('tcpRateUnderLoss()', () => {
  const facts = { ...NO_TCP, mss_bytes: 1460, rtt_ns: 100e6, rtt_var_ns: 25e6 };

  test('without timeouts is what Mathis and others give: 1.22 MSS / (RTT sqrt(p))', () => {
    const rate = tcpRateUnderLoss({ ...facts, timeouts: 0 }, 0.01) ?? 0;
    expect(rate / ((1.2247 * 1460 * 8) / (0.1 * Math.sqrt(0.01)))).toBeCloseTo(1, 3);
  });

  // Equation 30 worked out by hand for b = 1, T0 = 0.2 s: segments a second.
  test.each([
    [0.02, 79.37],
    [0.1, 24.3],
    [0.3, 3.603],
  ])('with a loss of %d is %d segments a second', (lost, segments) => {
    expect((tcpRateUnderLoss({ ...facts, timeouts: 1 }, lost) ?? 0) / (1460 * 8) / segments).toBeCloseTo(1, 3);
  });

  test('is not known without a segment size or a round trip', () => {
    expect(tcpRateUnderLoss({ ...facts, mss_bytes: null }, 0.1)).toBeNull();
    expect(tcpRateUnderLoss({ ...facts, rtt_ns: null }, 0.1)).toBeNull();
  });
});
