/**
 * Limits of the path: shapers, policers, loss, and an MTU that only small packets pass.
 *
 * @module
 */
import type { FlowResult, TcpFacts } from '../../core/shapes/result.ts';
import { type Nanos, NS_PER_MS } from '../../core/time.ts';
import { formatNanos, formatPercent, formatRate, formatSize } from '../../core/units.ts';
import { LEAST_MTU } from '../../tunnel/mtu.ts';
import { processor, wholeHost } from './host-limits.ts';
import type { Finding, LimitInputs } from './inputs.ts';
import { isUnread } from './nothing-received.ts';
import type { RateTrial, TrialRun } from './path-trial.ts';
import { tcpRateUnderLoss } from './tcp-rate-under-loss.ts';

/** Least share of retransmitted octets that can limit TCP. */
const TELLING_RETRANSMITS = 0.001;
/** Least share of lost datagrams that can be the limit of a UDP test. */
export const TELLING_LOSS = 0.005;
/** If so many of some datagrams should have been lost and none was, it is not by chance (1 in 150). */
const TELLING_SENT = 5;
/** A share that is this many times smaller is another loss. */
const FEWER = 4;
/** Datagrams that were sent at less than this times the goodput tell nothing of a limit. */
const ABOVE = 1.3;
/** At twice the rate what waits grows as long as it is sent: the mean of it is a half, less what a queue drops. */
const OVERLOAD_WAIT = 0.15;
/** A host whose threads had work for less than this share of the time drops nothing itself. */
const WITH_TIME = 0.6;
/** Packets that a thread has no time for wait as well, on two hosts joined by a virtual cable up to 5 ms. */
const LITTLE_WORK = 0.5;
/** A share of segments that a busy host does not lose. */
const MUCH_LOSS = 0.05;
/** A queue as long as this is no lateness of a host that has processors to spare. */
const LONG_QUEUE_NS = 20 * NS_PER_MS;
/** Of what is sent at twice the rate, a limit drops half; less than this is no limit. */
const OVERLOAD_LOSS = 0.15;
/** Delay that a queue adds, beside what hosts add anyway: at least this, and so many times the delay without. */
const QUEUE_NS = 3 * NS_PER_MS;
const QUEUE_TIMES = 3;
/** A rate that nine tenths of the slices exceed by this, of that which one tenth exceeds, is no line. */
const VARYING = 2;
/** So far above the mean are the best slices of a rate that varies. */
const VARYING_ABOVE = 1.5;
/** Of segments that were sent again, the share that had arrived at first, which is no loss. */
const SPURIOUS = 0.5;
/** Fewer segments sent again tell nothing of a path. */
const TELLING_SPURIOUS = 10;
/** Of what TCP sent; two hosts joined by a virtual cable have up to 0.8 % at 3 Gbit/s. */
const MUCH_REORDERING = 0.01;
/** A thread that waited this share of the time for a processor reads late. */
const LATE = 0.4;
/** A queue is emptied at a steady rate; where hosts are late, the best slices exceed the worst by more. */
const STEADY = 1.5;
/** Variation of the round trip in a queue, of the round trip; that of late hosts is as large as the round trip. */
const STEADY_RTT = 1 / 3;
/** A sender that always had something under way was not short of a processor. */
const ALWAYS = 0.9;
/** The window exceeds what the goodput needs by this at most; that of BBR, which paces what it sends, by more. */
const WINDOW_TIMES = 1.5;
const WINDOW_TIMES_OF_BBR = 3;
/** Share of the time in a limitation that the kernel reports, which is then the limitation. */
const MOST_OF_THE_TIME = 0.5;

/** Finds why nothing was received, from the trial of packet sizes. */
export function nothingReceived(inputs: LimitInputs): Finding {
  const { flow, trial } = inputs;
  if (flow.bytes_received !== 0) return undefined;
  if (isUnread(flow)) return unread(inputs);
  const again = flow.tcp?.retransmits ? `, in spite of ${count(flow.tcp.retransmits, 'retransmit')}` : '';
  const what =
    flow.packets_sent === null
      ? `nothing of what the ${flow.sender} sent arrived`
      : `none of the ${count(flow.packets_sent, 'datagram')} arrived`;
  const said = `${what} at the ${flow.receiver}${again}`;
  const { passes, fails } = trial?.size ?? { passes: null, fails: 0 };
  if (fails === null) {
    return { cause: 'loss', evidence: `${said}: datagrams of ${passes} B do, so look for a filter of TCP` };
  }
  if (passes === null) {
    const tried = trial?.size ? ', nor did smaller datagrams that were tried' : '';
    const look = 'look for a filter, a route that leads elsewhere, or an MTU smaller than the packets';
    return { cause: 'loss', evidence: `${said}${tried}: ${look}` };
  }
  const sizes = `packets of ${passes} B pass, packets of ${fails} B do not`;
  if (passes < LEAST_MTU[6]) {
    return { cause: 'loss', evidence: `${said}: ${sizes}; no MTU is that small, so look for a filter by size` };
  }
  const advice = `set an MTU of ${passes} on the device or route of both ends, or let ICMP through`;
  return { cause: 'path-mtu', evidence: `${said}: ${sizes}, and no router said so (ICMP filtered?): ${advice}` };
}

/** The path delivered, and a host was too slow to read. */
function unread(inputs: LimitInputs): Finding {
  const { receiver } = inputs.flow;
  const said = `the ${receiver} read nothing, and TCP sent nothing again, so the path is not known to have lost any`;
  const found = processor(inputs) ?? wholeHost(inputs);
  return found ? { ...found, evidence: `${said}; ${found.evidence}` } : { cause: 'unknown', evidence: said };
}

/**
 * Finds a limit of the rate from the trial: datagrams at half of the goodput passed, and at twice the goodput they were
 * delayed (a shaper) or dropped (a policer).
 */
export function rateLimit(inputs: LimitInputs): Finding {
  const { flow, trial } = inputs;
  if (!trial?.rate || !isTelling(flow, trial.rate)) return undefined;
  const { half, twice } = trial.rate;
  const [few, many] = [lossOf(half), lossOf(twice)];
  const grows = (twice.queueingNs ?? 0) - (half.queueingNs ?? 0);
  const drops = many - few >= OVERLOAD_LOSS;
  // What does not fit and is not dropped waits, and the last of it waits as long as all took.
  const queues = drops
    ? grows >= QUEUE_NS && grows >= (QUEUE_TIMES - 1) * (half.queueingNs ?? 0)
    : grows >= twice.step.durationNs * OVERLOAD_WAIT;
  if (!queues && !drops) return undefined;
  // What the test left in a queue, or a rate that fell below the half, delays the first datagrams as much as the second.
  const seen = queues ? undefined : waiting(flow, QUEUE_NS);
  if (seen !== undefined) return queued(inputs, seen);
  const tried = `of ${formatRate(twice.sentBps)} of datagrams afterwards ${formatPercent(many)} were lost`;
  // Also beside what delayed the first datagrams, a policer adds no such time.
  if (queues || (!isLate(inputs) && grows >= LONG_QUEUE_NS))
    return queued(inputs, `${tried}, and they waited ${formatNanos(grows)} longer than at ${formatRate(half.sentBps)}`);
  if (!isLate(inputs) && (half.queueingNs ?? 0) >= LONG_QUEUE_NS) {
    return queued(
      inputs,
      `${tried}, and at ${formatRate(half.sentBps)} they still waited ${formatNanos(half.queueingNs ?? 0)}`,
    );
  }
  const below = few === 0 ? 'none' : formatPercent(few);
  return {
    cause: 'policer',
    evidence: `${tried}, of ${formatRate(half.sentBps)} ${below}, and none waited: what exceeds about ${formatRate(flow.goodput_bps ?? 0)} is dropped`,
  };
}

/** Whether a trial went as planned, and the hosts were no limit of it. */
function isTelling({ goodput_bps: goodput }: FlowResult, { half, twice }: RateTrial): boolean {
  const went = half.sent > 0 && twice.sent > 0 && goodput !== null && twice.sentBps >= ABOVE * goodput;
  return went && !half.droppedByHost && !twice.droppedByHost;
}

/**
 * Finds a UDP sender whose kernel took no datagrams for half of the time: its device, or a shaper on it, has a full
 * queue.
 */
export function sendingQueue(inputs: LimitInputs): Finding {
  const { flow, trial } = inputs;
  const blocked = flow.send_blocked_ratio ?? trial?.rate?.twice.blockedRatio ?? 0;
  if (blocked < MOST_OF_THE_TIME) return undefined;
  const when = flow.send_blocked_ratio === null ? ' when datagrams were sent afterwards' : '';
  return queued(
    inputs,
    `the send buffer of the ${flow.sender} was full ${formatPercent(blocked)} of the time${when}: its device takes no more`,
  );
}

/**
 * Finds a queue on the path: the round trip under load is much longer than the smallest round trip, and the congestion
 * window allows no more.
 */
export function queue(inputs: LimitInputs): Finding {
  const { flow, trial } = inputs;
  // Datagrams that found no limit speak against one.
  if (trial?.rate && isTelling(flow, trial.rate)) return undefined;
  const isClear = (!isLate(inputs) && haveTime(inputs)) || (isSteady(flow) && hadLittleWork(inputs));
  // A thread that always waited for a processor delays packets by any time.
  if (!isClear && isStarved(inputs)) return undefined;
  const seen = waiting(flow, isClear ? QUEUE_NS : LONG_QUEUE_NS);
  return seen === undefined ? undefined : queued(inputs, seen);
}

function waiting(flow: FlowResult, least: Nanos): string | undefined {
  const { tcp, goodput_bps: goodput, streams } = flow;
  if (!tcp?.rtt_ns || tcp.min_rtt_ns === null || tcp.snd_cwnd_bytes === null || !goodput) return undefined;
  const waits = tcp.rtt_ns - tcp.min_rtt_ns;
  if (waits < least || tcp.rtt_ns < QUEUE_TIMES * tcp.min_rtt_ns) return undefined;
  // A window that allows much more was not used: something else held TCP back.
  const allowed = ((tcp.snd_cwnd_bytes * 8e9) / tcp.rtt_ns) * streams.length;
  const isPaced = tcp.congestion_control?.startsWith('bbr') === true && isSteady(flow);
  if (allowed > (isPaced ? WINDOW_TIMES_OF_BBR : WINDOW_TIMES) * goodput) return undefined;
  return `the round trip of ${formatNanos(tcp.min_rtt_ns)} grew to ${formatNanos(tcp.rtt_ns)} under load: its queue holds what exceeds ${formatRate(goodput)}`;
}

/**
 * Finds a congestion window that allows no more than the goodput in a round trip, such as one that is still growing.
 */
export function congestionWindow({ flow }: LimitInputs): Finding {
  const { snd_cwnd_bytes: cwnd, rtt_ns: rtt } = flow.tcp ?? { snd_cwnd_bytes: null, rtt_ns: null };
  if (cwnd === null || rtt === null || rtt === 0 || flow.goodput_bps === null) return undefined;
  const allowed = ((cwnd * 8e9) / rtt) * flow.streams.length;
  if (allowed > WINDOW_TIMES * flow.goodput_bps) return undefined;
  return {
    cause: 'window',
    evidence: `the congestion window of ${formatSize(cwnd)} a round trip of ${formatNanos(rtt)} allows ${formatRate(allowed)}`,
  };
}

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
  const timeouts = tcp.timeouts ? ` and ${count(tcp.timeouts, 'timeout')}` : '';
  const told = `${count(tcp.retransmits ?? 0, 'retransmit')}${timeouts}, ${formatPercent(share)} of what TCP sent`;
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

function queued(inputs: LimitInputs, evidence: string): Finding {
  const { flow } = inputs;
  // TCP gives its reader at once what a hole held back, as if the rate varied; its sender knows when it arrived.
  const isKnown = flow.delivered_p10_bps !== null && flow.delivered_p90_bps !== null;
  const low = isKnown ? flow.delivered_p10_bps : flow.goodput_p10_bps;
  const high = isKnown ? flow.delivered_p90_bps : flow.goodput_p90_bps;
  const mean = flow.goodput_bps;
  if (low === null || high === null || isLate(inputs)) return { cause: 'shaper', evidence };
  // A line that was idle for a while has slices of nothing, and none far above its mean.
  if (high < VARYING * low || high < VARYING_ABOVE * (mean ?? 0)) return { cause: 'shaper', evidence };
  return {
    cause: 'varying-rate',
    evidence: `${evidence}; its rate varied between ${formatRate(low)} and ${formatRate(high)}`,
  };
}

/** A host that is late makes any rate vary, and any packet wait. */
function isLate({ senderThread, receiverThread }: LimitInputs): boolean {
  return Math.max(senderThread?.waited ?? 0, receiverThread?.waited ?? 0) > LATE;
}

/**
 * Whether TCP always had something under way, was held back by no buffer, and it arrived at a steady rate or after a
 * steady time: then late threads were no limit, and a round trip that grew was in a queue.
 */
function isSteady({ tcp, delivered_p10_bps: low, delivered_p90_bps: high }: FlowResult): boolean {
  if (tcp === null || (tcp.busy_ratio ?? 0) < ALWAYS) return false;
  const held = Math.max(tcp.receive_window_limited_ratio ?? 0, tcp.send_buffer_limited_ratio ?? 0);
  if (held >= 1 - ALWAYS) return false;
  if (low !== null && high !== null && high <= STEADY * low) return true;
  return tcp.rtt_ns !== null && tcp.rtt_var_ns !== null && tcp.rtt_var_ns <= STEADY_RTT * tcp.rtt_ns;
}

/** Whether a thread of the streams had work all the time, and little of it done. */
function isStarved({ senderThread, receiverThread }: LimitInputs): boolean {
  return [senderThread, receiverThread].some((one) => one !== null && one.ran + one.waited >= ALWAYS);
}

/** Whether the threads of the streams ran for less than half of the time: what waits is not what they have to do. */
function hadLittleWork({ senderThread, receiverThread }: LimitInputs): boolean {
  return [senderThread, receiverThread].every((one) => one === null || one.ran < LITTLE_WORK);
}

/** Whether no thread of the streams was near its limit. */
function haveTime({ senderThread, receiverThread }: LimitInputs): boolean {
  return [senderThread, receiverThread].every((one) => one === null || one.ran + one.waited <= WITH_TIME);
}

function lossOf({ sent, received }: TrialRun): number {
  return sent === 0 ? 0 : Math.max(0, sent - received) / sent;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
