/**
 * The interface of a live capture, for all tools.
 *
 * @module
 */
import type { CaptureChunks } from '../input-failure.ts';

/** Largest snaplen, in octets: the default of tcpdump(1). */
export const MAX_SNAPLEN_BYTES = 262_144;

/** What to capture. */
export interface LivePlan {
  /** Name of a device; `any` for all devices, if the system supports that. */
  readonly device: string;
  /** In the syntax of pcap-filter(7); empty for every packet. */
  readonly filter: string;
  /** Octets of each packet that are kept. */
  readonly snaplen: number;
  /** Whether packets are delivered at once, for a user who watches. It costs the tool a system call for each packet. */
  readonly isPrompt: boolean;
}

/** Packet counts of libpcap. `null` if the tool did not report a count. */
export interface LiveStatistics {
  /** `pcap`, `tcpdump` or `dumpcap`. */
  readonly tool: string;
  /** Packets that passed the capture filter. */
  readonly received: number | null;
  /** Packets dropped because the kernel's buffer was full. */
  readonly dropped: number | null;
  /** Packets dropped by the device or its driver. */
  readonly droppedByDevice: number | null;
}

/** The tool that captures, and why preferred ones do not. */
export interface SourceChoice {
  /** `pcap`, `tcpdump` or `dumpcap`. */
  readonly tool: string;
  /** Reasons, as clauses for a message: `pcap is not installed`. */
  readonly passedOver: readonly string[];
}

/** A running capture. */
export interface LiveSource {
  /** Octets of a pcap file. After `stop` they end with the last captured packet. */
  readonly chunks: CaptureChunks;
  /** Resolves when every further packet is captured, or when it is certain that none will be. */
  readonly begun: Promise<void>;
  /** Ends the capture. */
  stop(): void;
  /** The packet counts. Must be called after `chunks` has ended. */
  statistics(): LiveStatistics;
}
