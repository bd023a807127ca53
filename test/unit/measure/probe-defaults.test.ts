import { describe, expect, test } from 'vitest';
import { completeProbe, USUAL_PROBES } from '../../../src/measure/probe-defaults.ts';

/** Written out here, as users find them in docs/usage.md. */
describe('defaults of probes', () => {
  test('are written out here', () => {
    expect(completeProbe({ test: 'ping' })).toEqual({
      test: 'ping',
      protocol: 'tcp',
      duration_ns: null,
      count: null,
      gap_ns: null,
      length_bytes: null,
      streams: 1,
      tls: false,
      tos: null,
      client_port: null,
      warmup: 0,
      names: true,
      paths: 1,
      both: false,
      max_hops: 30,
    });
    expect(USUAL_PROBES).toMatchObject({ connect_timeout_ns: 10_000_000_000, engine: 'auto', server: null });
  });

  test.each([
    ['trace', 'udp'],
    ['mtr', 'udp'],
    ['mtu', 'udp'],
    ['ping', 'tcp'],
    ['connections', 'tcp'],
    ['latency', 'tcp'],
    ['http', 'tcp'],
  ] as const)('%s is over %s', (kind, protocol) => {
    expect(completeProbe({ test: kind }).protocol).toBe(protocol);
  });

  test('give way to what is asked for', () => {
    const asked = { test: 'trace', protocol: 'icmp', max_hops: 5, names: false, paths: 16 } as const;
    expect(completeProbe(asked)).toMatchObject(asked);
  });
});
