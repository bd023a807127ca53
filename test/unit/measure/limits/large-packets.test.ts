import { describe, expect, test } from 'vitest';
import type { PathFacts } from '../../../../src/core/shapes/path.ts';
import type { BandwidthResult } from '../../../../src/core/shapes/result.ts';
import { withLargeLost } from '../../../../src/measure/limits/large-packets.ts';
import { withNothingReceived } from '../../../../src/measure/limits/nothing-received.ts';
import { specOf } from '../../../support/control-messages.ts';
import { bandwidthOf, flowOf, latencyOf, NO_TCP } from '../../../support/results.ts';

const WG0: PathFacts = {
  local_address: '10.0.0.1',
  remote_address: '10.0.0.2',
  device: 'wg0',
  kind: 'wireguard',
  mtu_bytes: 1420,
  encapsulation: null,
};
const LOST = { bytes_sent: 1e6, bytes_received: 0, goodput_bps: 0 };

const messageOf = (wish: Partial<BandwidthResult>, facts: Partial<PathFacts> = {}): string | undefined => {
  const result = withNothingReceived(bandwidthOf({ path: '10.0.0.2', ...wish }));
  return withLargeLost(result, { ...WG0, ...facts }).error?.message;
};
const udp = (length: number) => ({
  protocol: 'udp' as const,
  config: specOf({ protocol: 'udp', length_bytes: length }),
  flows: [flowOf(LOST)],
});

test('a TCP test of which nothing arrives, though it began, names the MTU and what to try', () => {
  expect(messageOf({ flows: [flowOf(LOST)] })).toMatch(
    /^upload: nothing of the .* arrived at the server\. Small packets pass, and large ones do not: the MTU of wg0, 1420, is likely larger than the way carries\. Try a smaller one \(ip link set dev wg0 mtu 1280\), here and at the other end, or --mss$/,
  );
});

test('what TCP did not send again was delivered: its size is not the reason', () => {
  const tcp = { ...NO_TCP, retransmits: 0, bytes_transmitted: 25_000 };
  expect(messageOf({ flows: [flowOf({ ...LOST, tcp })] })).toBe(
    "upload: the server read nothing of the 977 KiB that the client sent, and TCP sent none of it again: the server's host may be too busy, or the test too short for the round trip",
  );
  expect(messageOf({ flows: [flowOf({ ...LOST, tcp: { ...tcp, retransmits: 1 } })] })).toContain('large ones do not');
});

test('a test of an instant tells nothing of sizes', () => {
  const config = (milliseconds: number) => specOf({ duration_ns: milliseconds * 1e6 });
  expect(messageOf({ flows: [flowOf(LOST)], config: config(399) })).not.toContain('large ones do not');
  expect(messageOf({ flows: [flowOf(LOST)], config: config(400) })).toContain('large ones do not');
});

test('nothing larger than the least MTU is advised, and no device is made up', () => {
  expect(messageOf({ flows: [flowOf(LOST)] }, { mtu_bytes: 1280 })).toContain('Try a smaller one, here');
  expect(messageOf({ flows: [flowOf(LOST)] }, { device: null, mtu_bytes: null })).toContain(
    'do not: the MTU is likely',
  );
});

test('of UDP only what is larger than any host takes says so', () => {
  expect(messageOf(udp(1372))).toContain('large ones do not');
  expect(messageOf(udp(549))).toContain('large ones do not');
  expect(messageOf(udp(548))).toMatch(/^upload: nothing of the [^.]* arrived at the server$/);
});

test('what arrived, what could not be sent, and probes say nothing of it', () => {
  expect(messageOf({ flows: [flowOf()] })).toBeUndefined();
  expect(messageOf({ flows: [flowOf({ ...LOST, bytes_sent: 0 })] })).not.toContain('MTU');
  const probes = withNothingReceived(latencyOf({ path: '10.0.0.2', packets_received: 0 }));
  expect(withLargeLost(probes, WG0)).toBe(probes);
  const cut = bandwidthOf({ path: 'x', complete: false, error: { code: 'ERR_PEER_LOST', message: 'gone' } });
  expect(withLargeLost(cut, WG0)).toBe(cut);
});

test('sizes that were tried say what to set, or that size is not the reason', () => {
  const result = withNothingReceived(bandwidthOf({ path: '10.0.0.2', flows: [flowOf(LOST)] }));
  const told = (passes: number | null, fails: number | null = 1420) =>
    withLargeLost(result, WG0, [{ passes, fails }]).error?.message;
  expect(told(1400)).toContain('ip link set dev wg0 mtu 1400');
  expect(told(1280)).toContain('mtu 1280');
  expect(told(200)).not.toContain('MTU');
  expect(told(null)).not.toContain('MTU');
  expect(told(1420, null)).not.toContain('MTU');
});

describe('after TCP carried full packets over the same path', () => {
  const lost = withNothingReceived(bandwidthOf({ path: '10.0.0.2', ...udp(1392) }));
  const told = (wish: Partial<BandwidthResult>, facts = WG0) =>
    withLargeLost(lost, facts, [], [bandwidthOf({ path: '10.0.0.2', protocol: 'tcp', ...wish })]).error?.message;
  const tcpOf = (mss_bytes: number | null) => flowOf({ tcp: { ...NO_TCP, mss_bytes } });

  test.each([
    ['of the MTU', { flows: [tcpOf(1368)] }],
    ['in both directions', { flows: [flowOf({ direction: 'download' }), tcpOf(1368)] }],
    ['that nobody counted', { flows: [flowOf()] }],
  ])('packets %s: their size is not the reason', (_name, wish) => {
    expect(told(wish)).toMatch(/^upload: nothing of the [^.]* arrived at the server$/);
  });

  test.each([
    ['over another path', { path: '192.0.2.2', flows: [tcpOf(1368)] }],
    ['in the other direction', { flows: [flowOf({ direction: 'download' })] }],
    ['in smaller packets', { flows: [tcpOf(1228)] }],
    ['in packets that were made smaller', { flows: [flowOf()], config: specOf({ mss_bytes: 1200 }) }],
    ['of a few octets', { flows: [{ ...tcpOf(1368), bytes_received: 1000 }] }],
    ['of UDP', { protocol: 'udp' as const, flows: [flowOf()] }],
  ])('%s it may be', (_name, wish) => {
    expect(told(wish)).toContain('large ones do not');
  });

  test('of datagrams that are larger than the MTU the fragments count', () => {
    const large = withNothingReceived(bandwidthOf({ path: '10.0.0.2', ...udp(8000) }));
    const tcp = bandwidthOf({ path: '10.0.0.2', flows: [tcpOf(1368)] });
    expect(withLargeLost(large, WG0, [], [tcp]).error?.message).not.toContain('MTU');
  });
});
