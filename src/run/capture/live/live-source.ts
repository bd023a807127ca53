/**
 * What a live capture is, whoever takes it.
 *
 * @module
 */
import type { CaptureChunks } from '../input-failure.ts';

/** Most octets of a packet that are captured, as tcpdump(1) has it. */
export const MAX_SNAPLEN_BYTES = 262_144;

export interface LivePlan {
  /** Name of a device; `any` where the system has that. */
  readonly device: string;
  /** In the language of pcap-filter(7); empty for every packet. */
  readonly filter: string;
  /** Octets of each packet that are kept. */
  readonly snaplen: number;
  /** Whether each packet is wanted at once: somebody watches. That costs whoever captures a system call each. */
  readonly isPrompt: boolean;
}

/** How much the capture missed, as libpcap counts it. `null` where whoever captured did not say. */
export interface LiveStatistics {
  /** `pcap`, `tcpdump` or `dumpcap`. */
  readonly tool: string;
  /** That passed the filter. */
  readonly received: number | null;
  /** For want of room in the kernel's buffer. */
  readonly dropped: number | null;
  /** By the device or its driver. */
  readonly droppedByDevice: number | null;
}

/** Who captures, and why those that would have come first do not. */
export interface SourceChoice {
  /** `pcap`, `tcpdump` or `dumpcap`. */
  readonly tool: string;
  /** As a sentence goes on after a semicolon: `pcap is not installed`. */
  readonly passedOver: readonly string[];
}

export interface LiveSource {
  /** Octets of a pcap file. They end after `stop`, when all that was captured has been given. */
  readonly chunks: CaptureChunks;
  /** Settles when every packet from then on is captured, or when it is certain that none will be. */
  readonly begun: Promise<void>;
  stop(): void;
  /** To be asked for when the chunks have ended. */
  statistics(): LiveStatistics;
}
