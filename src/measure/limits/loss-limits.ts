/**
 * Loss on the path: whatever the rate, with bursts, or only as TCP sees it where packets overtake others.
 *
 * @module
 */
import type { FlowResult, TcpFacts } from '../../core/shapes/flow.ts';
import { counted, formatPercent, formatRate } from '../../core/units.ts';
import type { Finding, LimitInputs } from './inputs.ts';
import { isTelling, lossOf, type RateTrial } from './path-trial.ts';
import { tcpRateUnderLoss } from './tcp-rate-under-loss.ts';
import { haveTime, isStarved } from './thread-load.ts';

/** Least share of retransmitted octets that can limit TCP. */
const TELLING_RETRANSMITS = 0.001;
/** Least share of lost datagrams that can be the limit of a UDP test. */
export const TELLING_LOSS = 0.005;
/** If so many of some datagrams should have been lost and none was, it is not by chance (1 in 150). */
const TELLING_SENT = 5;
/** A share that is this many times smaller is another loss. */
const FEWER = 4;
/** A share of segments that a busy host does not lose. */
const MUCH_LOSS = 0.05;
/** Of segments that were sent again, the share that had arrived at first, which is no loss. */
const SPURIOUS = 0.5;
/** Fewer segments sent again tell nothing of a path. */
const TELLING_SPURIOUS = 10;
/** Of what TCP sent; two hosts joined by a virtual cable have up to 0.8 % at 3 Gbit/s. */
const MUCH_REORDERING = 0.01;
/** A share of the time that timeouts took, which is then the limit. */
const MOST_OF_THE_TIME = 0.5;

/** Finds loss on the path: the rate that TCP reaches with its loss, or the loss of datagrams. */
export function losses(inputs: LimitInputs): Finding {
  const { flow, trial } = inputs;
  return flow.tcp === null ? udpLoss(flow, trial?.rate ?? null) : tcpLoss(inputs, flow, flow.tcp, trial?.rate ?? null);
}

function tcpLoss(inputs: LimitInputs, flow: FlowResult, tcp: TcpFacts, trial: RateTrial | null): Finding {
  if (!tcp.bytes_retransmitted || !tcp.bytes_transmitted || !flow.goodput_bps) return undefined;
  // Of all that was sent, not of what the socket accepted: most of that may not have left yet.
  const share = Math.min(1, tcp.bytes_retransmitted / tcp.bytes_transmitted);
  if (share < TELLING_RETRANSMITS) return undefined;
  const allowed = tcpRateUnderLoss(tcp, share);
  const timedOut = (tcp.timeout_ratio ?? 0) >= MOST_OF_THE_TIME;
  if (!timedOut && (allowed === null || flow.streams.length * allowed > 2 * flow.goodput_bps)) return undefined;
  const timeouts = tcp.timeouts ? ` and ${counted(tcp.timeouts, 'timeout')}` : '';
  const told = `${counted(tcp.retransmits ?? 0, 'retransmit')}${timeouts}, ${formatPercent(share)} of what TCP sent`;
  const { spurious_retransmits: spurious, retransmits } = tcp;
  if (spurious !== null && spurious >= TELLING_SPURIOUS && spurious >= SPURIOUS * (retransmits ?? 0)) {
    // Nothing was lost. A busy host is late with segments or acknowledgements, or reorders some between its processors.
    if (share < MUCH_REORDERING || !haveTime(inputs)) return undefined;
    return {
      cause: 'reordering',
      evidence: `${told}, and ${spurious} of them had arrived already: the path reorders packets, which TCP takes for loss`,
    };
  }
  if (trial === null) {
    // Segments that a starved receiver has no room for are lost, too.
    if (share < MUCH_LOSS && isStarved(inputs)) return undefined;
    return { cause: 'loss', evidence: `${told}: ${lossWords(trial)}` };
  }
  const few = lossOf(trial.half);
  // Datagrams that are lost far more often than segments were are lost by a host that cannot send or take so many.
  if (few > Math.max(FEWER * share, TELLING_LOSS)) return undefined;
  // A busy host loses some at any rate, too.
  if (share < MUCH_LOSS && !haveTime(inputs)) return undefined;
  const expected = trial.half.sent * share;
  if (expected < TELLING_SENT || few >= share / FEWER)
    return { cause: 'loss', evidence: `${told}: ${lossWords(trial)}` };
  // Loss that comes with bursts is of a path only if it can be of no host.
  if (!isTelling(flow, trial) || lossOf(trial.twice) >= share / FEWER || !haveTime(inputs)) return undefined;
  return {
    cause: 'policer',
    evidence: `${told}; of datagrams at a steady rate nearly none were lost afterwards: the path drops bursts`,
  };
}

function udpLoss(flow: FlowResult, trial: RateTrial | null): Finding {
  if (flow.loss_ratio === null || flow.loss_ratio < TELLING_LOSS) return undefined;
  return {
    cause: 'loss',
    evidence: `${formatPercent(flow.loss_ratio)} of the datagrams were lost between the two ends: ${lossWords(trial)}`,
  };
}

/** Whether the rate has to do with it. */
function lossWords(trial: RateTrial | null): string {
  if (trial === null || trial.half.sent === 0)
    return 'by a limit of the rate or whatever the rate, which was not tried';
  const few = lossOf(trial.half);
  if (few === 0) return `none of them at ${formatRate(trial.half.sentBps)}`;
  return `at ${formatRate(trial.half.sentBps)} ${formatPercent(few)} were, so it does not depend on the rate`;
}
