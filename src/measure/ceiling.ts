/**
 * The ceiling of a path: the goodput ratio that the bytes of its encapsulation allow, at the MTUs of both paths.
 *
 * @module
 */
import type { FlowResult } from '../core/shapes/flow.ts';
import type { PathTestResult } from '../core/shapes/path/document.ts';
import type { MtuDirection, MtuResult, MtuVerdictName } from '../core/shapes/path/mtu.ts';
import type { BandwidthResult, Overhead, PathResult } from '../core/shapes/result.ts';
import type { FlowDirection, Protocol } from '../core/shapes/spec.ts';
import type { Family } from '../tunnel/fragments.ts';
import { ceilingRatio } from '../tunnel/overhead.ts';

/** One direction of a bandwidth test in one round. */
export interface Round {
  readonly test: BandwidthResult;
  readonly flow: FlowResult;
}

/** A ceiling, and the MTUs of which it is. */
export type Ceiling = Pick<Overhead, 'ceiling_ratio' | 'mtu_source' | 'baseline_mtu_bytes' | 'path_mtu_bytes'>;

/** Searches for the path MTU that came to a result, by the name of the path. */
export type MeasuredMtus = ReadonlyMap<string, MtuResult>;

/** No ceiling: it does not apply, or it cannot be worked out. */
export const NO_CEILING: Ceiling = {
  ceiling_ratio: null,
  mtu_source: null,
  baseline_mtu_bytes: null,
  path_mtu_bytes: null,
};

/** Verdicts with which a size is certain. */
const CERTAIN: readonly MtuVerdictName[] = ['whole', 'icmp-tells', 'icmp-wrong', 'black-hole', 'fragmented'];

/** The path MTUs that tests found with certainty. @param host - name of the baseline */
export function measuredMtus(host: string, tests: readonly PathTestResult[]): MeasuredMtus {
  const found = new Map<string, MtuResult>();
  for (const test of tests) {
    const name = test.via ?? host;
    if (test.test !== 'mtu' || found.has(name) || test.path_mtu_bytes === null) continue;
    const ways = [test.forward, test.backward].filter((way) => way !== null);
    if (ways.every(({ verdict }) => CERTAIN.includes(verdict))) found.set(name, test);
  }
  return found;
}

/**
 * The ceiling of a path over the baseline.
 *
 * @param rounds - the first one of each; `undefined` where there is none
 * @param mtus - are used if both paths have one; else what TCP found, else the MTU of the devices
 */
export function ceilingOf(
  { baseline, path }: { readonly baseline: PathResult; readonly path: PathResult },
  rounds: { readonly baseline: Round | undefined; readonly path: Round | undefined },
  { protocol, direction }: { readonly protocol: Protocol; readonly direction: FlowDirection },
  mtus: MeasuredMtus,
): Ceiling {
  const [outside, inside] = [mtus.get(baseline.name), mtus.get(path.name)];
  const isMeasured = outside !== undefined && inside !== undefined;
  const underlayMtu = isMeasured
    ? smallest(measuredOf(outside, protocol, direction), rounds.baseline?.flow.tcp?.pmtu_bytes)
    : deviceMtu(baseline, rounds.baseline);
  const mtu = isMeasured
    ? smallest(measuredOf(inside, protocol, direction), rounds.path?.flow.tcp?.pmtu_bytes)
    : deviceMtu(path, rounds.path);
  const ratio = ceilingRatio({
    baseline: { family: familyOf(baseline), mtu: underlayMtu },
    path: {
      family: familyOf(path),
      mtu,
      kind: path.client.kind,
      encapsulation: path.client.encapsulation,
      outerFamily: familyOf(baseline),
      underlayMtu,
    },
    protocol,
    datagramPayloadBytes: protocol === 'udp' ? (rounds.path?.test.config.length_bytes ?? null) : null,
    tcpTimestamps: hasTimestamps(baseline, rounds.baseline),
  });
  if (ratio === null) return NO_CEILING;
  const source = isMeasured ? 'measured' : 'device';
  return { ceiling_ratio: ratio, mtu_source: source, baseline_mtu_bytes: underlayMtu, path_mtu_bytes: mtu };
}

/** Of TCP, both ends keep to the smaller direction: each announces what it takes (MSS). */
function measuredOf({ path_mtu_bytes, forward, backward }: MtuResult, protocol: Protocol, direction: FlowDirection) {
  const way: MtuDirection | null = direction === 'upload' ? forward : backward;
  return protocol === 'tcp' ? path_mtu_bytes : (way?.path_mtu_bytes ?? path_mtu_bytes);
}

/** What TCP used is smaller where a route has an MTU of its own. */
function smallest(measured: number | null, used: number | null | undefined): number | null {
  return measured === null || used == null ? measured : Math.min(measured, used);
}

/** The path MTU that TCP discovered, else the MTU of the device. */
function deviceMtu(path: PathResult, round: Round | undefined): number | null {
  return round?.flow.tcp?.pmtu_bytes ?? path.client.mtu_bytes;
}

function familyOf(path: PathResult): Family {
  return path.client.remote_address.includes(':') ? 6 : 4;
}

/**
 * Whether TCP used timestamps (RFC 7323). They reduce the segment size, which is the path MTU minus all headers. If the
 * sizes are not known, timestamps are assumed.
 */
function hasTimestamps(path: PathResult, round: Round | undefined): boolean {
  const { pmtu_bytes: pmtu, mss_bytes: mss } = round?.flow.tcp ?? { pmtu_bytes: null, mss_bytes: null };
  if (pmtu === null || mss === null) return true;
  return pmtu - mss >= (familyOf(path) === 4 ? 20 : 40) + 20 + 12;
}
