/**
 * Limits of the rate of the path: shapers, policers, and queues.
 *
 * @module
 */
import type { FlowResult } from '../../core/shapes/flow.ts';
import { type Nanos, NS_PER_MS } from '../../core/time.ts';
import { formatNanos, formatPercent, formatRate, formatSize } from '../../core/units.ts';
import type { Finding, LimitInputs } from './inputs.ts';
import { isTelling, lossOf } from './path-trial.ts';
import { hadLittleWork, haveTime, isLate, isStarved } from './thread-load.ts';

/** At twice the rate what waits grows as long as it is sent: the mean of it is a half, less what a queue drops. */
const OVERLOAD_WAIT = 0.15;
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
  const { tcp, goodput_bps: goodput } = flow;
  if (!tcp?.rtt_ns || tcp.min_rtt_ns === null || tcp.snd_cwnd_bytes === null || !goodput) return undefined;
  const waits = tcp.rtt_ns - tcp.min_rtt_ns;
  if (waits < least || tcp.rtt_ns < QUEUE_TIMES * tcp.min_rtt_ns) return undefined;
  // A window that allows much more was not used: something else held TCP back.
  const isPaced = tcp.congestion_control?.startsWith('bbr') === true && isSteady(flow);
  const allowed = windowRate(flow, tcp.snd_cwnd_bytes, tcp.rtt_ns);
  if (allowed > (isPaced ? WINDOW_TIMES_OF_BBR : WINDOW_TIMES) * goodput) return undefined;
  return `the round trip of ${formatNanos(tcp.min_rtt_ns)} grew to ${formatNanos(tcp.rtt_ns)} under load: its queue holds what exceeds ${formatRate(goodput)}`;
}

/**
 * Finds a congestion window that allows no more than the goodput in a round trip, such as one that is still growing.
 */
export function congestionWindow({ flow }: LimitInputs): Finding {
  const { snd_cwnd_bytes: cwnd, rtt_ns: rtt } = flow.tcp ?? { snd_cwnd_bytes: null, rtt_ns: null };
  if (cwnd === null || !rtt || flow.goodput_bps === null) return undefined;
  const allowed = windowRate(flow, cwnd, rtt);
  if (allowed > WINDOW_TIMES * flow.goodput_bps) return undefined;
  return {
    cause: 'window',
    evidence: `the congestion window of ${formatSize(cwnd)} a round trip of ${formatNanos(rtt)} allows ${formatRate(allowed)}`,
  };
}

/** Bits per second of all streams that send a congestion window in each round trip. */
function windowRate({ streams }: FlowResult, cwndBytes: number, rttNs: Nanos): number {
  return ((cwndBytes * 8e9) / rttNs) * streams.length;
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
