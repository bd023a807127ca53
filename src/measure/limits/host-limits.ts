/**
 * Limits of the two hosts: processors, and buffers of their sockets.
 *
 * @module
 */
import type { CpuFacts, End, FlowResult, LimitedBy } from '../../core/shapes/flow.ts';
import { NS_PER_MS } from '../../core/time.ts';
import { formatPercent, formatSize } from '../../core/units.ts';
import type { Finding, LimitInputs } from './inputs.ts';
import { BUSY, load } from './thread-load.ts';

/** The same for a receiver that loses datagrams: it reads in turns, and loses some before it is busy all the time. */
const BUSY_AND_LOSING = 0.75;
/** A limitation that the kernel itself reports for this share of the time is the limitation. */
const MOST_OF_THE_TIME = 0.5;
/** The same for a window that the user set: it is small for no other reason. */
const ASKED_WINDOW = 0.3;
/** Share of the time that TCP waits for the window of a receiver that reads too slowly. */
const HELD_BACK = 0.1;
/** A thread that waited for a processor half of the time would otherwise send, or read, at least twice as much. */
const STARVED = 0.5;
/** A thread that had half of the time to spare was no limit. */
const IDLE = 0.5;
/** Least loss of datagrams for which a reason is sought. */
const TELLING_LOSS = 0.001;

/** Finds a control group whose quota of processor time was used up. The kernel reports this itself (cpu.stat). */
export function quota({ flow, cpu }: LimitInputs): Finding {
  for (const end of [flow.receiver, flow.sender]) {
    const { quota_cores: cores, throttled_ratio: throttled } = cpu[end] ?? { quota_cores: null, throttled_ratio: null };
    if (cores === null || throttled === null || throttled < MOST_OF_THE_TIME) continue;
    return {
      cause: causeOf(flow, end),
      evidence: `the control group of the ${end}'s winze has a quota of ${coresText(cores)}, which was used up ${formatPercent(throttled)} of the time (cpu.stat)`,
    };
  }
  return undefined;
}

/**
 * Finds datagrams that were dropped for want of socket buffer, and whether a busy thread is the reason. One drop may be
 * a buffer of several datagrams that the kernel joined (UDP_GRO, 64 KiB).
 */
export function receiveBuffer({ spec, flow, senderThread, receiverThread }: LimitInputs): Finding {
  const { packets_lost: lost, receive_buffer_drops: drops } = flow;
  if (lost === null || drops === null || drops === 0 || (flow.loss_ratio ?? 0) < TELLING_LOSS) return undefined;
  const joined = Math.min(64, Math.max(1, Math.floor(65_507 / spec.length_bytes)));
  if (drops * joined < lost / 2) return undefined;
  const most = joined > 1 && drops < lost ? `, of up to ${joined} datagrams each` : '';
  const dropped = `dropped ${drops} times for want of socket buffer (RcvbufErrors${most})`;
  const { ran, waited } = receiverThread ?? { ran: 0, waited: 0 };
  if (ran + waited >= BUSY_AND_LOSING || waited >= STARVED) {
    const thread = threadText(flow, 'receiver', ran, waited);
    return { cause: 'receiver-cpu', evidence: `${thread}; its host ${dropped}, and the path need not have lost any` };
  }
  // A sender that waits for a processor sends all at once when it has one. With more of it, less would come at once.
  const hadTime = receiverThread !== null && load(receiverThread) <= IDLE;
  if (hadTime && senderThread && load(senderThread) >= BUSY_AND_LOSING && senderThread.waited >= STARVED) {
    const thread = threadText(flow, 'sender', senderThread.ran, senderThread.waited);
    return { cause: 'sender-cpu', evidence: `${thread}; of what it sent in its turns the ${flow.receiver} ${dropped}` };
  }
  return {
    cause: 'receive-buffer',
    evidence: `the ${flow.receiver} ${dropped}: it reads more slowly than it is sent to; the path need not have lost any`,
  };
}

/**
 * Finds a thread of the streams that always had work; if both ends have one, the busier one. A UDP sender whose
 * datagrams are lost is not a limit, however busy. A receiver whose socket buffer never overflowed kept up, and so did
 * one of TCP that waited for a processor after each packet, if its window never held the sender back.
 */
export function processor({ flow, senderThread, receiverThread }: LimitInputs): Finding {
  const loses = (flow.loss_ratio ?? 0) >= TELLING_LOSS;
  const kept = flow.loss_ratio !== null && (!loses || flow.receive_buffer_drops === 0);
  const sender = loses ? 0 : load(senderThread);
  const receiver = kept || keptUp(flow, receiverThread) ? 0 : load(receiverThread);
  if (Math.max(sender, receiver) < BUSY) return undefined;
  const which = receiver > sender ? 'receiver' : 'sender';
  const { ran, waited } = (which === 'receiver' ? receiverThread : senderThread) ?? { ran: 0, waited: 0 };
  return { cause: `${which}-cpu`, evidence: threadText(flow, which, ran, waited) };
}

/** Whether TCP's own count says that the receiver read soon enough, and its thread ran little. */
function keptUp({ tcp, bytes_received: bytes }: FlowResult, thread: LimitInputs['receiverThread']): boolean {
  const held = tcp?.receive_window_limited_ratio ?? null;
  return bytes !== 0 && held !== null && held < HELD_BACK && (thread?.ran ?? 0) < MOST_OF_THE_TIME;
}

/** Finds a TCP sender that waited for the receive window, or for its own send buffer, according to TCP_INFO. */
export function window({ spec, flow, receiverThread }: LimitInputs): Finding {
  const receive = flow.tcp?.receive_window_limited_ratio ?? 0;
  const send = flow.tcp?.send_buffer_limited_ratio ?? 0;
  const asked = spec.window_bytes !== null;
  if (Math.max(receive, send) < (asked ? ASKED_WINDOW : MOST_OF_THE_TIME)) return undefined;
  // A receiver that always has work lets any window run full.
  if (!asked && receive >= send && load(receiverThread) >= BUSY) return undefined;
  const which = receive >= send ? `the ${flow.receiver}'s receive window` : `the ${flow.sender}'s send buffer`;
  return {
    cause: 'window',
    evidence: `TCP waited for ${which} ${formatPercent(Math.max(receive, send))} of the time (TCP_INFO); a larger --window may help`,
  };
}

/**
 * Finds a send buffer that holds less than the congestion window allows. The kernel counts this only when a write finds
 * the buffer full with data left to send, and not when it took a whole write that exceeds the buffer.
 */
export function sendBuffer({ spec, flow, senderThread }: LimitInputs): Finding {
  const { tcp, goodput_bps: goodput } = flow;
  if (!tcp?.snd_cwnd_bytes || !tcp.rtt_ns || !goodput || spec.rate_bps !== null || load(senderThread) > IDLE)
    return undefined;
  // At a shorter round trip the time that a sender needs to notice is as long.
  if ((tcp.min_rtt_ns ?? 0) < NS_PER_MS || (tcp.busy_ratio ?? 0) < BUSY) return undefined;
  const underWay = (goodput * tcp.rtt_ns) / 8e9 / flow.streams.length;
  if (underWay > tcp.snd_cwnd_bytes / 2) return undefined;
  const [some, all] = [formatSize(Math.round(underWay)), formatSize(tcp.snd_cwnd_bytes)];
  return {
    cause: 'window',
    evidence: `only ${some} of the congestion window of ${all} were under way, and the sending thread had time: the ${flow.sender}'s send buffer holds no more; a larger --window may help`,
  };
}

/** Finds a host all of whose processors that winze may use were busy, with any program. */
export function wholeHost({ flow, cpu, senderThread, receiverThread }: LimitInputs): Finding {
  // A receiver of datagrams of which none was lost kept up with its sender.
  const senderFirst =
    flow.loss_ratio === null ? load(senderThread) > load(receiverThread) : flow.loss_ratio < TELLING_LOSS;
  const ends: readonly End[] = senderFirst ? [flow.sender, flow.receiver] : [flow.receiver, flow.sender];
  for (const end of ends) {
    const facts = cpu[end];
    const busy = facts === null ? undefined : busyText(facts);
    if (busy === undefined) continue;
    return { cause: causeOf(flow, end), evidence: `the ${end}'s host was ${busy}, with winze and everything else` };
  }
  return undefined;
}

function busyText(facts: CpuFacts): string | undefined {
  const some = facts.allowed_cores !== null && facts.allowed_cores < facts.cores ? facts.allowed_cores : null;
  const busy = (some === null ? facts.host_busy_cores : facts.allowed_busy_cores) ?? 0;
  const cores = some ?? facts.cores;
  if (busy < BUSY * cores) return undefined;
  const pinned = some === null ? '' : `, the only ones of ${facts.cores} that this winze may run on`;
  return `busy on ${busy.toFixed(1)} of ${cores} cores${pinned}`;
}

function threadText(flow: FlowResult, which: 'sender' | 'receiver', ran: number, waited: number): string {
  const thread = which === 'receiver' ? 'receiving' : 'sending';
  const waiting = waited < 0.005 ? '' : ` and waited ${formatPercent(waited)} for a processor`;
  return `the ${thread} thread of the ${flow[which]} was running ${formatPercent(Math.min(1, ran))} of the time${waiting}`;
}

function causeOf(flow: FlowResult, end: End): LimitedBy['cause'] {
  return end === flow.receiver ? 'receiver-cpu' : 'sender-cpu';
}

function coresText(cores: number): string {
  return `${Number(cores.toFixed(2))} ${cores === 1 ? 'core' : 'cores'}`;
}
