/**
 * What held a bandwidth test back, in words with their evidence.
 *
 * The rules go from what is certain to what is likely; the first that has evidence speaks. What none
 * of them explains is `unknown`, which is an answer too.
 *
 * @module
 */
import type { CpuFacts, End, FlowResult, LimitedBy } from '../core/result.ts';
import type { Clip, TestSpec } from '../core/spec.ts';
import { formatNanos, formatPercent, formatRate, formatSize } from '../core/units.ts';

/** A thread that ran for this share of the time had no room left. */
const BUSY_THREAD = 0.9;
/** A limitation that TCP itself reports for this share of the time is the limitation. */
const MOST_OF_THE_TIME = 0.5;
/** Retransmitted share of what TCP sends, and lost share of datagrams, that shape a rate. */
const TELLING_RETRANSMITS = 0.001;
const TELLING_LOSS = 0.005;

export interface LimitInputs {
  readonly spec: TestSpec;
  /** What the server cut of the test that was asked for. */
  readonly clipped: readonly Clip[];
  readonly flow: FlowResult;
  readonly cpu: Readonly<Record<End, CpuFacts | null>>;
  /** Busiest thread among the senders and among the receivers of this direction. */
  readonly senderThread: number | null;
  readonly receiverThread: number | null;
}

/** Judges one direction. */
export function limitedBy(inputs: LimitInputs): LimitedBy {
  const { direction } = inputs.flow;
  for (const rule of [
    noRate,
    pacing,
    receiveBuffer,
    nothingReceived,
    quota,
    processor,
    window,
    tcpLoss,
    udpLoss,
    congestionWindow,
    wholeHost,
  ]) {
    const found = rule(inputs);
    if (found) return { ...found, direction };
  }
  return { cause: 'unknown', direction, evidence: 'no counter of either end explains it' };
}

type Finding = Omit<LimitedBy, 'direction'> | undefined;

/** Without a rate there is nothing that was limited. */
function noRate({ flow }: LimitInputs): Finding {
  if (flow.goodput_bps !== null) return undefined;
  if (flow.bytes_received === null)
    return { cause: 'unknown', evidence: `the ${flow.receiver} did not tell what arrived` };
  if (flow.bytes_received === 0) return { cause: 'unknown', evidence: `the ${flow.sender} could send nothing` };
  return { cause: 'unknown', evidence: 'all of it came at one instant, which is no time to tell a rate by' };
}

function nothingReceived({ flow }: LimitInputs): Finding {
  if (flow.bytes_received !== 0) return undefined;
  const again = flow.tcp?.retransmits ? ` in spite of ${flow.tcp.retransmits} retransmits` : '';
  const what = flow.packets_sent === null ? 'nothing' : `none of ${flow.packets_sent} datagrams`;
  return {
    cause: 'loss',
    evidence: `${what} arrived at the ${flow.receiver}${again}: look for a filter, a route that leads elsewhere, or an MTU smaller than the packets`,
  };
}

function pacing({ spec, clipped, flow }: LimitInputs): Finding {
  if (spec.rate_bps === null || flow.goodput_bps === null || flow.goodput_bps < 0.97 * spec.rate_bps) return undefined;
  const rate = formatRate(spec.rate_bps);
  const isCut = clipped.some(({ field }) => field === 'rate_bps');
  return { cause: 'pacing', evidence: isCut ? `the server allows ${rate}` : `${rate} was asked for with -b` };
}

/** One dropped buffer may hold as many datagrams as the kernel joins (UDP_GRO, 64 KiB). */
function receiveBuffer({ spec, flow }: LimitInputs): Finding {
  const { packets_lost: lost, receive_buffer_drops: drops } = flow;
  if (lost === null || drops === null || drops === 0 || (flow.loss_ratio ?? 0) < 0.001) return undefined;
  const joined = Math.min(64, Math.max(1, Math.floor(65_507 / spec.length_bytes)));
  if (drops * joined < lost / 2) return undefined;
  const most = joined > 1 && drops < lost ? `, of up to ${joined} datagrams each` : '';
  return {
    cause: 'receive-buffer',
    evidence: `the ${flow.receiver} dropped ${drops} times for want of socket buffer (RcvbufErrors${most}): it reads more slowly than it is sent to; the path need not have lost any`,
  };
}

/** What the kernel took away, it says itself. */
function quota({ flow, cpu }: LimitInputs): Finding {
  for (const end of [flow.receiver, flow.sender]) {
    const { quota_cores: cores, throttled_ratio: throttled } = cpu[end] ?? { quota_cores: null, throttled_ratio: null };
    if (cores === null || throttled === null || throttled < MOST_OF_THE_TIME) continue;
    return {
      cause: end === flow.receiver ? 'receiver-cpu' : 'sender-cpu',
      evidence: `the control group of the ${end}'s winze has a quota of ${coresText(cores)}, which was used up ${formatPercent(throttled)} of the time (cpu.stat)`,
    };
  }
  return undefined;
}

function processor({ flow, senderThread, receiverThread }: LimitInputs): Finding {
  const [sender, receiver] = [senderThread ?? 0, receiverThread ?? 0];
  if (Math.max(sender, receiver) < BUSY_THREAD) return undefined;
  const receiving = receiver > sender;
  return {
    cause: receiving ? 'receiver-cpu' : 'sender-cpu',
    evidence: `the ${receiving ? 'receiving' : 'sending'} thread of the ${receiving ? flow.receiver : flow.sender} was running ${formatPercent(Math.min(1, Math.max(sender, receiver)))} of the time`,
  };
}

function window({ flow }: LimitInputs): Finding {
  const receive = flow.tcp?.receive_window_limited_ratio ?? 0;
  const send = flow.tcp?.send_buffer_limited_ratio ?? 0;
  if (Math.max(receive, send) < MOST_OF_THE_TIME) return undefined;
  const which = receive >= send ? `the ${flow.receiver}'s receive window` : `the ${flow.sender}'s send buffer`;
  return {
    cause: 'window',
    evidence: `TCP waited for ${which} ${formatPercent(Math.max(receive, send))} of the time (TCP_INFO); a larger --window may help`,
  };
}

/**
 * TCP that loses a share p of its segments gets about 1.22 MSS / (RTT sqrt(p)) (Mathis, Semke, Mahdavi,
 * Ott 1997). Only where that is near what it got, the losses explain the rate.
 */
function tcpLoss({ flow }: LimitInputs): Finding {
  const { tcp } = flow;
  if (!tcp?.bytes_retransmitted || !tcp.bytes_transmitted || !tcp.mss_bytes || !tcp.rtt_ns || !flow.goodput_bps) {
    return undefined;
  }
  // Of all that was sent, not of what the socket accepted: most of that may not have left yet.
  const share = Math.min(1, tcp.bytes_retransmitted / tcp.bytes_transmitted);
  const allowed = (flow.streams.length * 1.22 * tcp.mss_bytes * 8e9) / (tcp.rtt_ns * Math.sqrt(share));
  if (share < TELLING_RETRANSMITS || allowed > 2 * flow.goodput_bps) return undefined;
  return {
    cause: 'loss',
    evidence: `${tcp.retransmits ?? 'some'} retransmits, ${formatPercent(share)} of what TCP sent: the path drops what exceeds it`,
  };
}

function udpLoss({ flow }: LimitInputs): Finding {
  if (flow.loss_ratio === null || flow.loss_ratio < TELLING_LOSS) return undefined;
  return {
    cause: 'loss',
    evidence: `${formatPercent(flow.loss_ratio)} of the datagrams were lost between the two ends: this is what the path carries`,
  };
}

/** Processors that were busy with whatever: those that this end may run on. */
function wholeHost({ flow, cpu }: LimitInputs): Finding {
  for (const end of [flow.receiver, flow.sender]) {
    const facts = cpu[end];
    if (!facts) continue;
    const some = facts.allowed_cores !== null && facts.allowed_cores < facts.cores ? facts.allowed_cores : null;
    const busy = (some === null ? facts.host_busy_cores : facts.allowed_busy_cores) ?? 0;
    const cores = some ?? facts.cores;
    if (busy < BUSY_THREAD * cores) continue;
    const pinned = some === null ? '' : `, the only ones of ${facts.cores} that this winze may run on`;
    return {
      cause: end === flow.receiver ? 'receiver-cpu' : 'sender-cpu',
      evidence: `the ${end}'s host was busy on ${busy.toFixed(1)} of ${cores} cores${pinned}, with winze and everything else`,
    };
  }
  return undefined;
}

function coresText(cores: number): string {
  return `${Number(cores.toFixed(2))} ${cores === 1 ? 'core' : 'cores'}`;
}

function congestionWindow({ flow }: LimitInputs): Finding {
  const { snd_cwnd_bytes: cwnd, rtt_ns: rtt } = flow.tcp ?? { snd_cwnd_bytes: null, rtt_ns: null };
  if (cwnd === null || rtt === null || rtt === 0 || flow.goodput_bps === null) return undefined;
  const allowed = ((cwnd * 8e9) / rtt) * flow.streams.length;
  if (allowed > 1.5 * flow.goodput_bps) return undefined;
  return {
    cause: 'window',
    evidence: `the congestion window of ${formatSize(cwnd)} a round trip of ${formatNanos(rtt)} allows ${formatRate(allowed)}: the path and its queue set the rate`,
  };
}
