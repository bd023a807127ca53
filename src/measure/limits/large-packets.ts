/**
 * Tests in which small packets passed and large ones did not: the MTU is larger than the path carries.
 *
 * A test that began and ended shows that small packets pass in both directions, since its streams exchanged tokens. If no
 * payload was received in between, its packets were too large for some link, and the ICMP message that should report this
 * was lost (RFC 2923 §2.1).
 *
 * @module
 */
import type { BandwidthResult, PathFacts, TestResult } from '../../core/shapes/result.ts';
import { NS_PER_MS } from '../../core/time.ts';
import { LEAST_MTU } from '../../tunnel/mtu.ts';
import { IPV4_UDP_HEADER_BYTES } from '../../wire/ipv4-udp.ts';
import { isNothingReceived, isUnread } from './nothing-received.ts';
import type { SizeTrial } from './path-trial.ts';

/** Least duration of such a test: twice the least retransmission timeout of Linux. In less, a busy host may not have begun to read. */
const LEAST_TELLING = 400 * NS_PER_MS;

/**
 * Adds to the error of such a test the MTU to try: the greatest that passed in the trial, or else 1280, the least of
 * IPv6, which nearly every line carries even inside a tunnel.
 *
 * @param sizes - results of the trial on the path. If smaller packets did not pass either, or all passed, the size is
 * not the reason
 */
export function withLargeLost(result: TestResult, facts: PathFacts, sizes: readonly SizeTrial[] = []): TestResult {
  const { error } = result;
  if (result.test !== 'bandwidth' || error === null || !isNothingReceived(error) || !sentLarge(result)) return result;
  if (sizes.some(({ passes, fails }) => fails === null || passes === null || passes < LEAST_MTU[6])) return result;
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
