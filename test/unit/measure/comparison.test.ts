import { describe, expect, test } from 'vitest';
import type { PathTestResult } from '../../../src/core/shapes/path/document.ts';
import type { MtuResult } from '../../../src/core/shapes/path/mtu.ts';
import type { BandwidthResult, Overhead, PathResult, TestResult } from '../../../src/core/shapes/result.ts';
import { measuredMtus } from '../../../src/measure/ceiling.ts';
import { compare } from '../../../src/measure/comparison.ts';
import { specOf } from '../../support/control-messages.ts';
import { bandwidthOf, cpuOf, EMPTY, flowOf, latencyOf, NO_TCP, pathOf } from '../../support/results.ts';
import { direction as mtuDirection, mtuResult } from '../report/path/mtu-samples.ts';

const LINE = pathOf({ name: '192.0.2.1', role: 'baseline' });
const TUNNEL = pathOf({
  name: '10.0.0.1',
  client: {
    local_address: null,
    remote_address: '10.0.0.1',
    device: 'wg0',
    kind: 'wireguard',
    mtu_bytes: 1420,
    encapsulation: null,
    link: null,
  },
});

const round = (path: PathResult, n: number, goodput: number | null, wish: Partial<BandwidthResult> = {}): TestResult =>
  bandwidthOf({ path: path.name, round: n, flows: [flowOf({ goodput_bps: goodput })], ...wish });

function only(tests: readonly TestResult[], paths: readonly PathResult[] = [LINE, TUNNEL]): Overhead {
  const found = compare(paths, tests);
  expect(found).toHaveLength(1);
  return found[0] as Overhead;
}

describe('compare()', () => {
  test('goodput: median of paired rounds with its interval', () => {
    const one = only([
      round(LINE, 1, 900e6),
      round(TUNNEL, 1, 450e6),
      round(TUNNEL, 2, 600e6),
      round(LINE, 2, 1000e6),
      round(LINE, 3, 1100e6),
      round(TUNNEL, 3, 550e6),
    ]);
    expect(one).toMatchObject({
      baseline: '192.0.2.1',
      path: '10.0.0.1',
      protocol: 'tcp',
      direction: 'upload',
      goodput_ratio: 0.5,
      rounds: 3,
    });
    // Logarithms of 0.5, 0.6, 0.5: mean -0.632373, standard error 0.060774, t(2) = 4.3026527.
    expect(one.goodput_ratio_ci95?.[0]).toBeCloseTo(0.40907, 4);
    expect(one.goodput_ratio_ci95?.[1]).toBeCloseTo(0.69012, 4);
  });

  test('pairs by round: a round that one side lacks, or did not complete, does not count', () => {
    const one = only([
      round(LINE, 1, 1000e6),
      round(TUNNEL, 2, 10e6),
      round(LINE, 3, 1000e6),
      round(TUNNEL, 3, 700e6),
      round(LINE, 4, 1000e6),
      round(TUNNEL, 4, 10e6, { complete: false }),
      round(LINE, 5, null),
      round(TUNNEL, 5, 10e6),
    ]);
    expect(one).toMatchObject({ goodput_ratio: 0.7, rounds: 1, goodput_ratio_ci95: null });
  });

  test('nothing through the path is a ratio of 0, against nothing on the baseline there is none', () => {
    const error = { code: 'ERR_NOTHING_RECEIVED', message: 'upload: nothing arrived' };
    const silent = { complete: false, error };
    const none = only([
      round(LINE, 1, 0, silent),
      round(TUNNEL, 1, 5),
      round(LINE, 2, 0, silent),
      round(TUNNEL, 2, 0, silent),
    ]);
    expect(none).toMatchObject({ goodput_ratio: null, rounds: 0, efficiency_ratio: null });
    const all = only([1, 2, 3].flatMap((n) => [round(LINE, n, 8e9), round(TUNNEL, n, 0, silent)]));
    expect(all).toMatchObject({ goodput_ratio: 0, goodput_ratio_ci95: null, rounds: 3, efficiency_ratio: 0 });
    const some = only([1, 2, 3].flatMap((n) => [round(LINE, n, 8e9), round(TUNNEL, n, n === 2 ? 0 : 4e9)]));
    expect(some).toMatchObject({ goodput_ratio: 0.5, goodput_ratio_ci95: null, rounds: 3 });
  });

  test('probes of which none was answered are loss, and no round trip', () => {
    const latency = (path: PathResult, wish: Parameters<typeof latencyOf>[0] | object) =>
      latencyOf({ path: path.name, ...wish });
    const error = { code: 'ERR_NOTHING_RECEIVED', message: 'none of the 100 probes was answered' };
    const one = only([
      latency(LINE, { rtt_ns: { ...EMPTY, n: 100, p50: 1e6 } }),
      latency(TUNNEL, { complete: false, error, packets_received: 0, packets_lost: 100, loss_ratio: 1 }),
    ]);
    expect(one).toMatchObject({ added_rtt_ns: null, loss_ratio_added: 1 });
  });

  test('ceiling: WireGuard of 1420 over 1500 keeps 1368 of 1518 octets, the line 1448 of 1538', () => {
    const one = only([round(LINE, 1, 1000e6), round(TUNNEL, 1, 900e6)]);
    const ceiling = 1368 / 1518 / (1448 / 1538);
    expect(ceiling).toBeCloseTo(0.9572, 4);
    expect(one.ceiling_ratio).toBeCloseTo(ceiling, 12);
    expect(one.efficiency_ratio).toBeCloseTo(0.9 / ceiling, 12);
  });

  test('ceiling: by the MTU that TCP found, and without timestamps where the segments are larger', () => {
    const tcp = (pmtu: number, mss: number): Partial<BandwidthResult> => ({
      flows: [flowOf({ tcp: { ...NO_TCP, pmtu_bytes: pmtu, mss_bytes: mss } })],
    });
    const one = only([round(LINE, 1, 1e9, tcp(1500, 1460)), round(TUNNEL, 1, 1e9, tcp(1300, 1260))]);
    // 1300 padded to 16 is 1312, but never beyond the device’s MTU: 1300 is the MTU here. 60 more outside.
    expect(one.ceiling_ratio).toBeCloseTo(1260 / (1300 + 60 + 38) / (1460 / 1538), 12);
  });

  describe('ceiling of path MTUs that were measured', () => {
    const measured = (changes: Partial<MtuResult> = {}): MtuResult => {
      const size = changes.path_mtu_bytes ?? null;
      const way = { ...mtuDirection(), path_mtu_bytes: size, verdict: 'whole' } as const;
      return mtuResult({ forward: way, backward: way, ...changes });
    };
    const line = measured({ path_mtu_bytes: 1400 });
    const inside = (size: number | null): MtuResult => measured({ via: TUNNEL.name, path_mtu_bytes: size });
    const tests = [round(LINE, 1, 1000e6), round(TUNNEL, 1, 900e6)];
    const ceiling = (path: readonly PathTestResult[], wish: readonly TestResult[] = tests): Overhead => {
      const [one] = compare([LINE, TUNNEL], wish, measuredMtus(LINE.name, path));
      if (one === undefined) throw new Error('no comparison');
      return one;
    };

    test('WireGuard of 1328 over a line of 1400, where the devices say 1420 and 1500', () => {
      // 1328 less 52 is payload, with 60 around it 1388 octets of outer packet; 38 more on Ethernet.
      const want = (1328 - 52) / (1328 + 60 + 38) / ((1400 - 52) / (1400 + 38));
      const one = ceiling([line, inside(1328)]);
      expect(one.ceiling_ratio).toBeCloseTo(want, 12);
      expect(one).toMatchObject({ mtu_source: 'measured', baseline_mtu_bytes: 1400, path_mtu_bytes: 1328 });
      expect(only(tests)).toMatchObject({ mtu_source: 'device', baseline_mtu_bytes: 1500, path_mtu_bytes: 1420 });
      expect(Math.abs((only(tests).ceiling_ratio ?? 0) - want)).toBeGreaterThan(0.002);
    });

    test('a tunnel that passes whole over a narrower line is cut outside, and both pieces count', () => {
      // 1420 and 60 are 1480: fragments carry 1376 of 1460 octets behind the IP header, then 84.
      const want = (1420 - 52) / (20 + 1376 + 38 + (20 + 84 + 38)) / ((1400 - 52) / (1400 + 38));
      expect(ceiling([line, inside(1420)]).ceiling_ratio).toBeCloseTo(want, 12);
    });

    test.each([
      ['only one of them has one', [line]],
      ['a size is not certain', [line, { ...inside(1328), forward: { ...mtuDirection(), verdict: 'loss-too-high' } }]],
      ['nothing was found', [line, inside(null)]],
    ] as const)('the devices again if %s', (_, path) => {
      expect(ceiling(path as readonly MtuResult[])).toMatchObject({ mtu_source: 'device', path_mtu_bytes: 1420 });
    });

    test('of UDP, the direction of the payload; of TCP, no more than it used', () => {
      const way = (size: number) => ({ ...mtuDirection(), path_mtu_bytes: size, verdict: 'whole' }) as const;
      const apart = mtuResult({ path_mtu_bytes: 1300, forward: way(1500), backward: way(1300) });
      const udp = { protocol: 'udp', config: specOf({ protocol: 'udp', length_bytes: 1200 }) } as const;
      const datagrams = [round(LINE, 1, 1000e6, udp), round(TUNNEL, 1, 900e6, udp)];
      expect(ceiling([apart, inside(1280)], datagrams)).toMatchObject({ baseline_mtu_bytes: 1500 });
      expect(ceiling([apart, inside(1280)])).toMatchObject({ baseline_mtu_bytes: 1300, path_mtu_bytes: 1280 });
      const used = { flows: [flowOf({ goodput_bps: 1e9, tcp: { ...NO_TCP, pmtu_bytes: 1200, mss_bytes: 1148 } })] };
      const slow = [round(LINE, 1, null, used), round(TUNNEL, 1, 900e6)];
      expect(ceiling([line, inside(1280)], slow)).toMatchObject({ mtu_source: 'measured', baseline_mtu_bytes: 1200 });
    });
  });

  test('ceiling: unknown for a tunnel whose format is unknown', () => {
    const tun = pathOf({ name: 't', client: { ...TUNNEL.client, kind: 'tun' } });
    expect(only([round(LINE, 1, 1e9), round(tun, 1, 1e9)], [LINE, tun])).toMatchObject({
      goodput_ratio: 1,
      ceiling_ratio: null,
      efficiency_ratio: null,
    });
  });

  test('ceiling: of UDP by the datagrams that were sent', () => {
    const config = specOf({ protocol: 'udp', length_bytes: 1000 });
    const udp = { protocol: 'udp', config } as const;
    const one = only([round(LINE, 1, 1e9, udp), round(TUNNEL, 1, 1e9, udp)]);
    // 1028 octets of IP: bare 1066 on the wire; padded to 1040, with 60 outside, 1138.
    expect(one.ceiling_ratio).toBeCloseTo(1066 / 1138, 12);
  });

  test('added round trip: median of the differences of p50, pair by pair', () => {
    const rtt = (path: PathResult, n: number, p50: number | null): TestResult =>
      latencyOf({ path: path.name, round: n, rtt_ns: { ...EMPTY, n: 1, p50 } });
    const one = only([
      round(LINE, 1, 1),
      round(TUNNEL, 1, 1),
      rtt(LINE, 1, 1.0e6),
      rtt(TUNNEL, 1, 1.5e6),
      rtt(LINE, 2, 2.0e6),
      rtt(TUNNEL, 2, 2.2e6),
      rtt(LINE, 3, 2.0e6),
      rtt(TUNNEL, 3, null),
    ]);
    expect(one.added_rtt_ns).toBeCloseTo(0.35e6, 6);
  });

  test('latency alone has its added time and loss to tell', () => {
    const one = only([
      latencyOf({ path: LINE.name, rtt_ns: { ...EMPTY, p50: 1e6 }, loss_ratio: 0.01 }),
      latencyOf({ path: TUNNEL.name, rtt_ns: { ...EMPTY, p50: 4e6 }, loss_ratio: 0.03 }),
    ]);
    expect(one).toMatchObject({ protocol: 'udp', goodput_ratio: null, rounds: 0, added_rtt_ns: 3e6 });
    expect(one.loss_ratio_added).toBeCloseTo(0.02, 12);
  });

  test('added loss: of UDP its own, of TCP that of the probes beside it', () => {
    const udp = (path: PathResult, loss: number): TestResult =>
      round(path, 1, 1, { protocol: 'udp', flows: [flowOf({ loss_ratio: loss })] });
    const probes = [latencyOf({ path: LINE.name, loss_ratio: 0 }), latencyOf({ path: TUNNEL.name, loss_ratio: 0.25 })];
    const all = compare(
      [LINE, TUNNEL],
      [udp(LINE, 0.01), udp(TUNNEL, 0.04), round(LINE, 1, 1), round(TUNNEL, 1, 1), ...probes],
    );
    expect(all.map((one) => [one.protocol, one.loss_ratio_added?.toFixed(6)])).toEqual([
      ['udp', '0.030000'],
      ['tcp', '0.250000'],
    ]);
  });

  test('each protocol and direction that was tested has an entry for each path', () => {
    const third = pathOf({ name: 'third' });
    const both: Partial<BandwidthResult> = {
      direction: 'bidirectional',
      flows: [flowOf({ goodput_bps: 10 }), flowOf({ direction: 'download', goodput_bps: 20 })],
    };
    const tests = [LINE, TUNNEL, third].map((path) => round(path, 1, 1, both));
    expect(compare([LINE, TUNNEL, third], tests).map((one) => `${one.path} ${one.direction}`)).toEqual([
      '10.0.0.1 upload',
      '10.0.0.1 download',
      'third upload',
      'third download',
    ]);
    expect(compare([LINE], tests)).toEqual([]);
    expect(compare([], [])).toEqual([]);
  });

  describe('octets on the wire for each of payload', () => {
    const wire = { device: 'eth0', tx_bytes: 1.05e9, rx_bytes: 2.1e9, tx_packets: 700_000, rx_packets: 1_400_000 };
    const ratios = (wish: Partial<BandwidthResult>): readonly (number | null)[] => {
      const one = only([round(LINE, 1, 1), round(TUNNEL, 1, 1, wish)]);
      return [one.wire_bytes_per_payload_byte, one.baseline_wire_bytes_per_payload_byte];
    };

    test('an upload counts what left, a download what came', () => {
      expect(ratios({ wire })).toEqual([1.05, null]);
      const flows = [flowOf({ direction: 'download' })];
      const tests = [round(LINE, 1, 1, { flows, direction: 'download', wire })];
      expect(only(tests).baseline_wire_bytes_per_payload_byte).toBe(2.1);
    });

    test('the warm-up has its share taken off', () => {
      // 8 s of 10 s count.
      const config = specOf({ duration_ns: 8e9, warmup_ns: 2e9 });
      expect(ratios({ wire, config })[0]).toBeCloseTo(1.05 * 0.8, 12);
    });

    test.each([
      // 1.05e9 octets in 680 000 packets are 1544 each: more than 1500 and a link header of 22.
      ['packets larger than the MTU: segmented in hardware', { wire: { ...wire, tx_packets: 680_000 } }],
      ['no packets', { wire: { ...wire, tx_packets: 0 } }],
      ['no payload', { wire, flows: [flowOf({ bytes_received: 0 })] }],
      ['hardly any payload', { wire, flows: [flowOf({ bytes_received: 99_999 })] }],
      ['both directions at once', { wire, direction: 'bidirectional' }],
      ['no counters', { wire: null }],
    ] as const)('is unknown with %s', (_name, wish) => {
      expect(ratios(wish)[0]).toBeNull();
    });
  });

  describe('processor time', () => {
    const cpu = (client: number | null, server: number | null): Partial<BandwidthResult> => ({
      cpu: { client: cpuOf({ host_busy_cores: client }), server: cpuOf({ host_busy_cores: server }) },
    });
    const costOf = (goodput: number | null, wish: Partial<BandwidthResult>): number | null =>
      only([round(LINE, 1, 1e9, cpu(1, 1)), round(TUNNEL, 1, goodput, wish)]).cpu_per_gbit_ratio;

    test('is that of both hosts for each bit, path over baseline', () => {
      // 3 cores at 500 Mbit/s are 6 a Gbit/s, three times 2.
      expect(costOf(5e8, { ...cpu(1, 2), flows: [flowOf({ goodput_bps: 5e8 })] })).toBeCloseTo(3, 12);
    });

    // Each end of a scale on which too little was measured, and just enough.
    const flows = (goodput: number, ns: number) => ({
      flows: [flowOf({ goodput_bps: goodput, duration_ns: ns, bytes_received: (goodput * ns) / 8e9 })],
    });
    test.each([
      ['99 Mbit', 1e9, 99e6, cpu(1, 1), null],
      ['100 Mbit', 1e9, 100e6, cpu(1, 1), 1],
      ['less than 0.2 s of a processor', 1e9, 1e9, cpu(0.01, 0.009), null],
      ['0.2 s of a processor', 1e9, 1e9, cpu(0.11, 0.1), 0.105],
    ] as const)('is told from: %s', (_name, goodput, bits, wish, ratio) => {
      const cost = costOf(goodput, { ...wish, ...flows(goodput, (bits / goodput) * 1e9) });
      if (ratio === null) expect(cost).toBeNull();
      else expect(cost).toBeCloseTo(ratio, 12);
    });

    // An idle host over a path of 100 kbit/s beside 7 Gbit/s: 70,000 times the time for each bit, of nothing.
    test.each([
      [1e9 / 20, 20],
      [1e9 / 21, null],
      [20e9, 0.05],
      [21e9, null],
    ])('of rates that are too far apart it says nothing: %d bit/s beside 1 Gbit/s', (goodput, ratio) => {
      const cost = costOf(goodput, { ...cpu(1, 1), ...flows(goodput, 100e9) });
      if (ratio === null) expect(cost).toBeNull();
      else expect(cost).toBeCloseTo(ratio, 12);
    });

    test.each([
      ['one end does not know', 1e9, cpu(1, null)],
      ['one end does not report', 1e9, { cpu: { client: cpuOf({ host_busy_cores: 1 }), server: null } }],
      ['nothing came through', 0, cpu(1, 1)],
      ['goodput is unknown', null, cpu(1, 1)],
    ] as const)('is unknown when %s', (_name, goodput, wish) => expect(costOf(goodput, wish)).toBeNull());
  });
});
