/**
 * Tests in which small packets passed and large ones did not: the MTU is larger than the path carries.
 *
 * A test that began and ended shows that small packets pass in both directions, since its streams exchanged tokens. If no
 * payload was received in between, its packets were too large for some link, and the ICMP message that should report this
 * was lost (RFC 2923 §2.1).
 *
 * @module
 */
import type { PathFacts } from '../../core/shapes/path.ts';
import type { BandwidthResult, TestResult } from '../../core/shapes/result.ts';
import { NS_PER_MS } from '../../core/time.ts';
import { LEAST_MTU } from '../../tunnel/mtu.ts';
import { IPV4_UDP_HEADER_BYTES } from '../../wire/ipv4-udp.ts';
import { isNothingReceived, isUnread } from './nothing-received.ts';
import type { SizeTrial } from './path-trial.ts';

/** Least duration of such a test: twice the least retransmission timeout of Linux. In less, a busy host may not have begun to read. */
const LEAST_TELLING = 400 * NS_PER_MS;
/** Octets of which TCP sends at least one in a packet of its full size, whatever its windows. */
const SEVERAL_SEGMENTS = 65_536;
/** The header of TCP with timestamps, which the MSS of TCP_INFO does not contain, is so much longer than that of UDP. */
const TCP_MORE_THAN_UDP_BYTES = 32 - 8;

/**
 * Adds to the error of such a test the MTU to try: the greatest that passed in the trial, or else 1280, the least of
 * IPv6, which nearly every line carries even inside a tunnel.
 *
 * @param sizes - results of the trial on the path. If smaller packets did not pass either, or all passed, the size is
 * not the reason
 * @param earlier - tests of the same run. If TCP of the same path carried packets as large, the size is not the reason
 */
export function withLargeLost(
  result: TestResult,
  facts: PathFacts,
  sizes: readonly SizeTrial[] = [],
  earlier: readonly TestResult[] = [],
): TestResult {
  const { error } = result;
  if (result.test !== 'bandwidth' || error === null || !isNothingReceived(error) || !sentLarge(result)) return result;
  if (sizes.some(({ passes, fails }) => fails === null || passes === null || passes < LEAST_MTU[6])) return result;
  if (earlier.some((test) => carriedAsLarge(test, result, facts))) return result;
  const wanted = sizes.length === 0 ? LEAST_MTU[6] : Math.min(...sizes.map(({ passes }) => passes ?? LEAST_MTU[6]));
  const { device, mtu_bytes: mtu } = facts;
  const whose = device === null ? 'the MTU' : `the MTU of ${device}${mtu === null ? '' : `, ${mtu},`}`;
  const next =
    device === null || (mtu !== null && mtu <= wanted)
      ? 'Try a smaller one'
      : `Try a smaller one (ip link set dev ${device} mtu ${wanted})`;
  const message = `${error.message}. Small packets pass, and large ones do not: ${whose} is likely larger than the way carries. ${next}, here and at the other end, or --mss`;
  return { ...result, error: { ...error, message } };
}

function sentLarge({ flows, config, protocol }: BandwidthResult): boolean {
  if (config.duration_ns !== null && config.duration_ns < LEAST_TELLING) return false;
  const large = protocol === 'tcp' || config.length_bytes + IPV4_UDP_HEADER_BYTES > LEAST_MTU[4];
  return large && flows.some((flow) => (flow.bytes_sent ?? 0) > 0 && flow.bytes_received === 0 && !isUnread(flow));
}

/** Whether a TCP test of the same path and direction shows that packets of the size of `lost` pass. */
function carriedAsLarge(test: TestResult, lost: BandwidthResult, { mtu_bytes: mtu }: PathFacts): boolean {
  if (test.test !== 'bandwidth' || test.protocol !== 'tcp' || test.path !== lost.path) return false;
  const directions = lost.flows.filter((flow) => flow.bytes_received === 0).map(({ direction }) => direction);
  const whole = mtu === null ? Number.POSITIVE_INFINITY : mtu - IPV4_UDP_HEADER_BYTES;
  const wanted = lost.protocol === 'udp' ? Math.min(lost.config.length_bytes, whole) : whole;
  return directions.every((direction) => {
    const flow = test.flows.find((one) => one.direction === direction);
    if (!flow || (flow.bytes_received ?? 0) < SEVERAL_SEGMENTS) return false;
    const mss = flow.tcp?.mss_bytes ?? null;
    // Without TCP_INFO, TCP is taken to send packets of the full MTU unless it was told otherwise.
    if (mss === null) return test.config.mss_bytes === null;
    return wanted === Number.POSITIVE_INFINITY || mss + TCP_MORE_THAN_UDP_BYTES >= wanted;
  });
}
