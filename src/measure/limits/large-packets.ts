/**
 * Tests in which small packets passed and large ones did not: an MTU that the way does not carry.
 *
 * That a test began says that small packets pass both ways (the stream has shown its token and had an answer), and that
 * it ended says so again. If nothing arrived in between, its packets were too large for some link, and the ICMP message that
 * should have said so did not come back (RFC 2923 §2.1).
 *
 * @module
 */
import type { BandwidthResult, PathFacts, TestResult } from '../../core/shapes/result.ts';
import { NS_PER_MS } from '../../core/time.ts';
import { LEAST_MTU } from '../../tunnel/mtu.ts';
import { IPV4_UDP_HEADER_BYTES } from '../../wire/ipv4-udp.ts';
import { isNothingReceived, isUnread } from './nothing-received.ts';
import type { SizeTrial } from './path-trial.ts';

/** In less, a busy host may just not have begun to read: it is two times the least retransmission timeout of Linux. */
const LEAST_TELLING = 400 * NS_PER_MS;

/**
 * Says so in the error of such a test, with the MTU to try: what was found to pass, or the least of IPv6, which tunnels
 * over nearly every line carry.
 *
 * @param sizes - what was tried on the path; where smaller packets did not pass either, or all did, size is not the reason
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
