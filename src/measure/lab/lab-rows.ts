/**
 * The figures of each row of the lab, and the comparison of each tunnel with the plain line.
 *
 * @module
 */
import type { LabCpu, LabLine, LabRow, LabRowName } from '../../core/shapes/lab.ts';
import type { BandwidthResult, LatencyResult, Overhead, PathResult, TestResult } from '../../core/shapes/result.ts';
import type { Protocol } from '../../core/shapes/spec.ts';
import { NS_PER_S } from '../../core/time.ts';
import { median } from '../../stats/median.ts';
import { outerBytes, payloadPerPacket, payloadRatio, wireBytes } from '../../tunnel/overhead.ts';
import { IPV4_UDP_HEADER_BYTES } from '../../wire/ipv4-udp.ts';
import { compare } from '../comparison.ts';
import { ETHERNET_HEADER_BYTES } from '../impairment.ts';
import { ranToEnd } from '../limits/nothing-received.ts';

/** Name, address and MTU of a row: the plain line, or a tunnel. */
export interface LabRowFacts {
  readonly name: LabRowName;
  readonly address: string;
  readonly mtu: number;
}

/** Processor time that the processes of a tunnel took during one TCP test, in cores. */
export interface TunnelCpu {
  readonly row: LabRowName;
  readonly round: number;
  readonly cores: number;
}

/** All that the lab measured. */
export interface LabMeasured {
  readonly rows: readonly LabRowFacts[];
  readonly paths: readonly PathResult[];
  /** In these tests, and in `loaded` and `counted`, `path` is the name of the row. */
  readonly tests: readonly TestResult[];
  readonly loaded: readonly TestResult[];
  readonly counted: readonly TestResult[];
  readonly tunnelCpu: readonly TunnelCpu[];
}

/** The figures of each row: medians over the rounds. */
export function labRows(measured: LabMeasured): readonly LabRow[] {
  return measured.rows.map(({ name, address, mtu }) => {
    const own = measured.tests.filter((test) => test.path === name);
    const [tcp, udp, paced] = [bandwidth(own, 'tcp', false), bandwidth(own, 'udp', false), bandwidth(own, 'udp', true)];
    const middle = (tests: readonly BandwidthResult[], pick: (test: BandwidthResult) => number | null | undefined) =>
      median(tests.flatMap((test) => pick(test) ?? []));
    return {
      name,
      address,
      mtu_bytes: mtu,
      tcp_goodput_bps: middle(tcp, ({ flows }) => flows[0]?.goodput_bps),
      tcp_retransmits: middle(tcp, ({ flows }) => flows[0]?.tcp?.retransmits),
      tcp_congestion_control: tcp[0]?.flows[0]?.tcp?.congestion_control ?? null,
      udp_goodput_bps: middle(udp, ({ flows }) => flows[0]?.goodput_bps),
      udp_loss_ratio: middle(udp, ({ flows }) => flows[0]?.loss_ratio),
      udp_paced_rate_bps: paced[0]?.config.rate_bps ?? null,
      udp_paced_goodput_bps: middle(paced, ({ flows }) => flows[0]?.goodput_bps),
      udp_paced_loss_ratio: middle(paced, ({ flows }) => flows[0]?.loss_ratio),
      rtt_ns: middleRoundTrips(own),
      loaded_rtt_ns: middleRoundTrips(measured.loaded.filter((test) => test.path === name)),
      cpu: cpuOf(
        tcp,
        measured.tunnelCpu.filter(({ row }) => row === name),
      ),
    };
  });
}

/**
 * The part of the round trip of the plain line, in nanoseconds, that was not asked for: the median without the delay of
 * the line, and without the time that its rate takes for a probe and its answer. `null` without probes.
 *
 * @param tests - tests of the comparison, in which `path` is the name of the row
 */
export function addedRoundTrip(
  line: Pick<LabLine, 'delay_ns' | 'rate_bps'>,
  tests: readonly TestResult[],
): number | null {
  const probes = tests.filter((test) => test.path === 'plain' && test.test === 'latency');
  const p50 = middleRoundTrips(probes)?.p50 ?? null;
  if (p50 === null) return null;
  const frameBits = 8 * ((probes[0]?.config.length_bytes ?? 0) + IPV4_UDP_HEADER_BYTES + ETHERNET_HEADER_BYTES);
  return p50 - 2 * (line.delay_ns + (line.rate_bps === null ? 0 : (frameBits * NS_PER_S) / line.rate_bps));
}

/** Compares each tunnel with the plain line, for TCP and for UDP at full speed. */
export function labOverhead({ rows, paths, tests, counted }: LabMeasured): readonly Overhead[] {
  const atFullSpeed = (test: TestResult): boolean => test.test === 'latency' || test.config.rate_bps === null;
  const wire = compare(paths, counted);
  return compare(paths, tests.filter(atFullSpeed)).map((overhead) => {
    const { path, protocol } = overhead;
    const count = wire.find((other) => other.path === path && other.protocol === protocol);
    const ceiling = path === 'nested' ? nestedCeiling(rows, tests, protocol) : overhead.ceiling_ratio;
    const ratio = overhead.goodput_ratio;
    return {
      ...overhead,
      ceiling_ratio: ceiling,
      efficiency_ratio: ratio === null || ceiling === null ? null : ratio / ceiling,
      // These figures come from the short tests. Tests at full speed lose packets, which were counted on the line.
      wire_bytes_per_payload_byte: count?.wire_bytes_per_payload_byte ?? null,
      baseline_wire_bytes_per_payload_byte: count?.baseline_wire_bytes_per_payload_byte ?? null,
    };
  });
}

/** Bandwidth tests that ran to their end. */
function bandwidth(tests: readonly TestResult[], protocol: Protocol, paced: boolean): readonly BandwidthResult[] {
  return tests.flatMap((test) =>
    test.test === 'bandwidth' &&
    ranToEnd(test) &&
    test.protocol === protocol &&
    (test.config.rate_bps !== null) === paced
      ? [test]
      : [],
  );
}

/** The round trips of the round whose median is the median of all rounds (the lower of two). */
function middleRoundTrips(tests: readonly TestResult[]): LatencyResult['rtt_ns'] | null {
  const rounds = tests.flatMap((test) => (test.test === 'latency' && test.rtt_ns.p50 !== null ? [test.rtt_ns] : []));
  const sorted = rounds.toSorted((a, b) => (a.p50 ?? 0) - (b.p50 ?? 0));
  return sorted[(sorted.length - 1) >>> 1] ?? null;
}

function cpuOf(tcp: readonly BandwidthResult[], tunnel: readonly TunnelCpu[]): LabCpu | null {
  if (tcp.length === 0) return null;
  const own = (end: 'client' | 'server'): number | null =>
    median(
      tcp.flatMap(({ cpu }) => {
        const { user_ratio: user, system_ratio: system } = cpu[end] ?? { user_ratio: null, system_ratio: null };
        return user === null || system === null ? [] : [user + system];
      }),
    );
  return {
    near_ratio: own('client'),
    far_ratio: own('server'),
    tunnel_ratio: median(tunnel.map(({ cores }) => cores)),
  };
}

/** The ceiling of a tunnel inside a tunnel, which encrypts each packet twice. All addresses are IPv4. */
function nestedCeiling(rows: readonly LabRowFacts[], tests: readonly TestResult[], protocol: Protocol): number | null {
  const mtuOf = (name: LabRowName): number | null => rows.find((row) => row.name === name)?.mtu ?? null;
  const [line, outer, inner] = [mtuOf('plain'), mtuOf('winze'), mtuOf('nested')];
  if (line === null || outer === null || inner === null) return null;
  const length = tests.find((test) => test.test === 'bandwidth' && test.protocol === protocol)?.config.length_bytes;
  const load = { protocol, datagramPayloadBytes: protocol === 'udp' ? (length ?? null) : null, tcpTimestamps: true };
  const payload = load.datagramPayloadBytes ?? payloadPerPacket({ family: 4, mtu: inner, ...load });
  const innermost = load.datagramPayloadBytes === null ? inner : payload + IPV4_UDP_HEADER_BYTES;
  const once = outerBytes('wireguard', 4, innermost, inner);
  const twice = once === null ? null : outerBytes('wireguard', 4, once, outer);
  const bare = payloadRatio({ family: 4, mtu: line, kind: 'physical', outerFamily: 4, underlayMtu: line }, load);
  return twice === null || bare === null ? null : payload / wireBytes(twice) / bare;
}
