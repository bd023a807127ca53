/**
 * `struct tcp_info` (include/uapi/linux/tcp.h), the part that a throughput test reports.
 *
 * Fields from `pacing_rate` on came with later kernels; what a kernel does not fill reads as 0.
 *
 * @module
 */
import { NS_PER_US } from '../core/time.ts';

const OFFSET = {
  sndMss: 16,
  pmtu: 60,
  rtt: 68,
  rttVar: 72,
  sndCwnd: 80,
  totalRetrans: 100,
  minRtt: 148,
  busyTime: 168,
  rwndLimited: 176,
  sndbufLimited: 184,
} as const;

/** TCP_INFO with units. Times of limitation are sums over the life of the connection. */
export interface TcpInfo {
  readonly retransmits: number;
  readonly rttNs: number;
  readonly rttVarNs: number;
  readonly minRttNs: number;
  readonly cwndBytes: number;
  readonly pmtuBytes: number;
  readonly mssBytes: number;
  readonly busyNs: number;
  readonly receiveWindowLimitedNs: number;
  readonly sendBufferLimitedNs: number;
}

/** Reads the structure from the start of `view`. The kernel counts time in µs and windows in segments. */
export function readTcpInfo(view: DataView): TcpInfo {
  const u32 = (offset: number): number => view.getUint32(offset, true);
  const u64 = (offset: number): number => u32(offset) + u32(offset + 4) * 0x1_0000_0000;
  const mssBytes = u32(OFFSET.sndMss);
  return {
    retransmits: u32(OFFSET.totalRetrans),
    rttNs: u32(OFFSET.rtt) * NS_PER_US,
    rttVarNs: u32(OFFSET.rttVar) * NS_PER_US,
    minRttNs: u32(OFFSET.minRtt) * NS_PER_US,
    cwndBytes: u32(OFFSET.sndCwnd) * mssBytes,
    pmtuBytes: u32(OFFSET.pmtu),
    mssBytes,
    busyNs: u64(OFFSET.busyTime) * NS_PER_US,
    receiveWindowLimitedNs: u64(OFFSET.rwndLimited) * NS_PER_US,
    sendBufferLimitedNs: u64(OFFSET.sndbufLimited) * NS_PER_US,
  };
}
