/**
 * The rate that TCP keeps when a share of its segments is lost.
 *
 * `MSS / (RTT sqrt(2p/3) + T0 min(1, 3 sqrt(3p/8)) p (1 + 32 p^2))`: the first term is the window that halves with each
 * loss (Mathis, Semke, Mahdavi, Ott 1997), the second the timeouts, which rule from some per cent on (Padhye, Firoiu,
 * Towsley, Kurose 1998, equation 30, with an acknowledgement for each segment). It is a model of Reno: CUBIC with
 * selective acknowledgements gets more at a short round trip.
 *
 * @module
 */
import type { TcpFacts } from '../../core/shapes/flow.ts';
import { NS_PER_MS, NS_PER_S } from '../../core/time.ts';

/** The least timeout of Linux (TCP_RTO_MIN). */
const LEAST_TIMEOUT = 200 * NS_PER_MS;

/** From this share on losses come close enough together to time out, where the kernel does not count timeouts. */
const TIMING_OUT = 0.02;

/**
 * The rate of one TCP connection with this loss, in bit/s; `null` if its segment size or round trip is not known.
 *
 * @param lost - share of lost segments, above 0
 */
export function tcpRateUnderLoss(
  { mss_bytes: mss, rtt_ns: rtt, rtt_var_ns: variation, timeouts }: TcpFacts,
  lost: number,
): number | null {
  if (!mss || !rtt) return null;
  // RFC 6298, 2.2: smoothed round trip and four times its variation.
  const timeout = Math.max(LEAST_TIMEOUT, rtt + 4 * (variation ?? 0));
  const halving = rtt * Math.sqrt((2 * lost) / 3);
  // Without any timeout the model's are of a TCP that does not acknowledge selectively.
  const timesOut = timeouts === null ? lost >= TIMING_OUT : timeouts > 0;
  const waiting = !timesOut ? 0 : timeout * Math.min(1, 3 * Math.sqrt((3 * lost) / 8)) * lost * (1 + 32 * lost * lost);
  return (mss * 8 * NS_PER_S) / (halving + waiting);
}
