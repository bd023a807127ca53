import { describe, expect, test } from 'vitest';
import type { LabRowName } from '../../../../src/core/shapes/lab.ts';
import type { BandwidthResult, LatencyResult } from '../../../../src/core/shapes/result.ts';
import { addedRoundTrip, type LabMeasured, labOverhead, labRows } from '../../../../src/measure/lab/lab-rows.ts';
import { bandwidth, baselinePath, cpu, flow, latency, spec, udpFlow, viaPath } from '../../report/samples.ts';

const tcp = (path: LabRowName, round: number, goodput_bps: number): BandwidthResult =>
  bandwidth({
    path,
    round,
    flows: [flow({ goodput_bps, tcp: null })],
    wire: null,
    config: spec({}),
    cpu: { client: cpu({ user_ratio: 0.1, system_ratio: 0.2 }), server: null },
  });

const udp = (path: LabRowName, round: number, rate_bps: number | null, loss_ratio: number): BandwidthResult =>
  bandwidth({
    path,
    round,
    protocol: 'udp',
    wire: null,
    config: spec({ protocol: 'udp', rate_bps, length_bytes: 1312 }),
    flows: [udpFlow({ goodput_bps: (rate_bps ?? 1e9) * (1 - loss_ratio), loss_ratio })],
  });

const probes = (path: LabRowName, round: number, p50: number): LatencyResult =>
  latency({ path, round, rtt_ns: { ...latency().rtt_ns, p50 } });

const MEASURED: LabMeasured = {
  rows: [
    { name: 'plain', address: '192.0.2.2', mtu: 1500 },
    { name: 'winze', address: '10.77.1.2', mtu: 1420 },
    { name: 'nested', address: '10.77.4.2', mtu: 1340 },
  ],
  paths: [
    baselinePath({ name: 'plain' }),
    viaPath({ name: 'winze' }),
    viaPath({ name: 'nested', client: { ...viaPath().client, mtu_bytes: 1340 } }),
  ],
  tests: [1, 2, 3].flatMap((round) => [
    tcp('plain', round, 1000),
    tcp('winze', round, 800 + round * 50),
    tcp('nested', round, 500),
    udp('plain', round, null, 0),
    udp('winze', round, null, 0.9),
    udp('plain', round, 5e7, 0),
    udp('winze', round, 5e7, round / 100),
    probes('plain', round, 40_000),
    probes('winze', round, 40_000 + round * 10_000),
  ]),
  loaded: [probes('winze', 1, 2e6)],
  counted: [],
  tunnelCpu: [
    { row: 'winze', round: 1, cores: 1.2 },
    { row: 'winze', round: 2, cores: 1.4 },
  ],
};

test.each([
  ['without a rate', { delay_ns: 10_000, rate_bps: null }, 20_000],
  // 64 octets of probe, 28 of UDP and IPv4, 14 of Ethernet: 106 octets are 848 ns at 1 Gbit/s, there and back.
  ['with one', { delay_ns: 10_000, rate_bps: 1e9 }, 40_000 - 20_000 - 2 * 848],
])('what the line adds is neither its delay nor its rate: %s', (_, line, added) => {
  const tests = MEASURED.tests.map((test) =>
    test.test === 'latency' ? { ...test, config: spec({ test: 'latency', length_bytes: 64 }) } : test,
  );
  expect(addedRoundTrip(line, tests)).toBeCloseTo(added, 6);
  expect(addedRoundTrip(line, [])).toBeNull();
});

describe('labRows()', () => {
  const rows = labRows(MEASURED);
  const winze = rows[1];

  test('has the medians of the rounds, paced and unpaced UDP apart', () => {
    expect(winze).toMatchObject({
      name: 'winze',
      mtu_bytes: 1420,
      tcp_goodput_bps: 900,
      udp_goodput_bps: expect.closeTo(1e8),
      udp_loss_ratio: 0.9,
      udp_paced_rate_bps: 5e7,
      udp_paced_loss_ratio: 0.02,
    });
  });

  test('has the round trips of the middle round, and those under load', () => {
    expect([winze?.rtt_ns?.p50, winze?.loaded_rtt_ns?.p50]).toEqual([60_000, 2e6]);
    expect(rows[0]?.loaded_rtt_ns).toBeNull();
  });

  test('has the processor time of the ends and of the tunnel', () => {
    expect(winze?.cpu).toEqual({ near_ratio: expect.closeTo(0.3), far_ratio: null, tunnel_ratio: expect.closeTo(1.3) });
    expect(rows[0]?.cpu?.tunnel_ratio).toBeNull();
  });

  test('a test that was cut short is in no figure', () => {
    const broken = MEASURED.tests.map((test) => ({ ...test, complete: test.path !== 'winze' }));
    expect(labRows({ ...MEASURED, tests: broken })[1]).toMatchObject({ tcp_goodput_bps: null, cpu: null });
  });
});

describe('labOverhead()', () => {
  const of = (path: string, protocol: string, measured = MEASURED) =>
    labOverhead(measured).find((one) => one.path === path && one.protocol === protocol);

  test('pairs the rounds: TCP, and UDP at full speed without the paced tests', () => {
    expect(of('winze', 'tcp')).toMatchObject({ goodput_ratio: expect.closeTo(0.9), rounds: 3, added_rtt_ns: 20_000 });
    expect(of('winze', 'udp')?.goodput_ratio).toBeCloseTo(0.1);
  });

  test('the ceiling of a nested tunnel counts both layers (P 1288 in 1500 on the line, by hand)', () => {
    // Inner 1340 -> 1340 padded to itself (MTU) + 60 = 1400 -> padded 1408 + 60 = 1468, and 38 of Ethernet.
    const nested = 1288 / (1468 + 38);
    expect(of('nested', 'tcp')?.ceiling_ratio).toBeCloseTo(nested / (1448 / 1538), 10);
    expect(of('nested', 'tcp')?.efficiency_ratio).toBeCloseTo(0.5 / (nested / (1448 / 1538)), 10);
  });

  test('octets on the line come from the tests that count them, and from no other', () => {
    const counts = { device: 'line0', rx_bytes: 0, rx_packets: 0 };
    const wired = (path: LabRowName, tx_bytes: number) => ({
      ...tcp(path, 1, 1000),
      wire: { ...counts, tx_bytes, tx_packets: tx_bytes / 1000 },
      flows: [flow({ bytes_received: 1_000_000 })],
      config: spec({ rate_bps: 5e7 }),
    });
    expect(of('winze', 'tcp')?.wire_bytes_per_payload_byte).toBeNull();
    const counted = [wired('plain', 1_040_000), wired('winze', 1_100_000)];
    expect(of('winze', 'tcp', { ...MEASURED, counted })).toMatchObject({
      wire_bytes_per_payload_byte: 1.1,
      baseline_wire_bytes_per_payload_byte: 1.04,
    });
  });
});
