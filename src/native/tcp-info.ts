/**
 * `struct tcp_info` (include/uapi/linux/tcp.h), the part that a throughput test reports.
 *
 * The kernel reports how many octets it filled. A field beyond that is `null`, and so is one without a sample yet.
 *
 * @module
 */
import { NS_PER_MS, NS_PER_US } from '../core/time.ts';

const OFFSET = {
  sndMss: 16,
  pmtu: 60,
  rtt: 68,
  rttVar: 72,
  sndCwnd: 80,
  advMss: 84,
  totalRetrans: 100,
  /** Since Linux 4.6. */
  minRtt: 148,
  /** Since Linux 4.6: segments with payload. */
  dataSegsIn: 152,
  dataSegsOut: 156,
  /** Since Linux 4.9 and 4.10. */
  busyTime: 168,
  rwndLimited: 176,
  sndbufLimited: 184,
  /** Since Linux 4.18: segments. */
  delivered: 192,
  /** Since Linux 4.19. */
  bytesSent: 200,
  bytesRetrans: 208,
  dsackDups: 216,
  /** Since Linux 6.7: a count of 16 bits, and milliseconds. */
  totalRto: 240,
  totalRtoTime: 244,
} as const;

/** Value of `tcpi_min_rtt` before the first sample. */
const NO_MIN_RTT = 0xffff_ffff;

/** TCP_INFO with units. Counts, and the times for which sending was limited, are totals since the connection began. */
export interface TcpInfo {
  readonly retransmits: number | null;
  /** Octets of payload sent, retransmissions included. */
  readonly bytesTransmitted: number | null;
  /** Octets of payload retransmitted. */
  readonly bytesRetransmitted: number | null;
  /** Segments acknowledged, also selectively (SACK, RFC 2018), modulo 2^32. */
  readonly segmentsDelivered: number | null;
  /** Segments that the receiver reported as duplicates (D-SACK, RFC 2883), modulo 2^32. */
  readonly duplicateReports: number | null;
  /** Retransmission timeouts since the connection began, modulo 65,536. */
  readonly timeouts: number | null;
  /** Total time from each timeout to its recovery. */
  readonly timeoutNs: number | null;
  /** Segments with payload received and sent, modulo 2^32. */
  readonly dataSegmentsIn: number | null;
  readonly dataSegmentsOut: number | null;
  readonly rttNs: number | null;
  readonly rttVarNs: number | null;
  readonly minRttNs: number | null;
  readonly cwndBytes: number | null;
  readonly pmtuBytes: number | null;
  readonly mssBytes: number | null;
  /** Largest segment that this end asked for: its MSS option (RFC 9293 §3.7.1), less 12 where timestamps are in use. */
  readonly advertisedMssBytes: number | null;
  readonly busyNs: number | null;
  readonly receiveWindowLimitedNs: number | null;
  readonly sendBufferLimitedNs: number | null;
}

/** Reads as much of the structure as `view` has. The kernel counts time in µs and windows in segments. */
export function readTcpInfo(view: DataView): TcpInfo {
  const u32 = (offset: number): number | null => (offset + 4 <= view.byteLength ? view.getUint32(offset, true) : null);
  const u64 = (offset: number): number | null => {
    const [low, high] = [u32(offset), u32(offset + 4)];
    return low === null || high === null ? null : low + high * 0x1_0000_0000;
  };
  const ns = (us: number | null): number | null => (us === null ? null : us * NS_PER_US);
  const mss = u32(OFFSET.sndMss);
  const cwnd = u32(OFFSET.sndCwnd);
  // The kernel's estimate is at least one microsecond. Before the first sample it is 0, and the variation is an initial
  // guess.
  const rtt = u32(OFFSET.rtt) || null;
  const minRtt = u32(OFFSET.minRtt);
  const timeoutMs = u32(OFFSET.totalRtoTime);
  return {
    retransmits: u32(OFFSET.totalRetrans),
    bytesTransmitted: u64(OFFSET.bytesSent),
    bytesRetransmitted: u64(OFFSET.bytesRetrans),
    segmentsDelivered: u32(OFFSET.delivered),
    duplicateReports: u32(OFFSET.dsackDups),
    timeouts: OFFSET.totalRto + 2 <= view.byteLength ? view.getUint16(OFFSET.totalRto, true) : null,
    timeoutNs: timeoutMs === null ? null : timeoutMs * NS_PER_MS,
    dataSegmentsIn: u32(OFFSET.dataSegsIn),
    dataSegmentsOut: u32(OFFSET.dataSegsOut),
    rttNs: ns(rtt),
    rttVarNs: rtt === null ? null : ns(u32(OFFSET.rttVar)),
    minRttNs: minRtt === NO_MIN_RTT ? null : ns(minRtt),
    cwndBytes: cwnd === null || mss === null ? null : cwnd * mss,
    pmtuBytes: u32(OFFSET.pmtu) || null,
    mssBytes: mss,
    advertisedMssBytes: u32(OFFSET.advMss) || null,
    busyNs: ns(u64(OFFSET.busyTime)),
    receiveWindowLimitedNs: ns(u64(OFFSET.rwndLimited)),
    sendBufferLimitedNs: ns(u64(OFFSET.sndbufLimited)),
  };
}
