/**
 * The report of `winze decode` on a capture: the shape of its `--json`, and the source of its text.
 *
 * Names are those of the JSON: snake_case with the unit. Times are nanoseconds since the first frame that has a time.
 * Ratios are from 0 to 1. What cannot be known is `null`. Everything about WireGuard is measured without keys, from
 * what it sends in clear: message types, indices, counters, lengths, and the outer headers.
 *
 * @module
 */
import type { DecryptionReport } from './capture-keys.ts';
import type { TunnelsReport } from './capture-tunnels.ts';
import type { WireguardReport } from './capture-wireguard.ts';

/** Name of this version of the document. Within one version fields are only added. */
export const CAPTURE_SCHEMA = 'winze-capture/1';

/** `problem`: something does not work; `warning`: something is likely to cause trouble; `note`: worth knowing. */
export type FindingSeverity = 'problem' | 'warning' | 'note';

/** How sure the finding is, given what a capture can show. */
export type FindingConfidence = 'certain' | 'likely' | 'possible';

/** A conclusion from the counts, with evidence and advice. */
export interface Finding {
  /** Stable name for programs. */
  readonly code: string;
  readonly severity: FindingSeverity;
  readonly confidence: FindingConfidence;
  /** `id` of the peer in `wireguard.peers`; `null` if it concerns the whole capture. */
  readonly peer: number | null;
  readonly what: string;
  readonly next_step: string;
  /** Frames that show it; not necessarily all. */
  readonly frames: readonly number[];
}

/** A place where the time of a capture jumps: a clock was set, captures were merged, or clocks differ. */
export interface ClockJump {
  readonly frame: number;
  /** The frame before it that has a time. */
  readonly frame_before: number;
  /** Time from that frame to this one: negative, or too long for a pause. */
  readonly jump_ns: number;
  /**
   * Interfaces of both frames, if the time of each interface continues without a jump: their clocks differ. `null`: the
   * time itself jumped.
   */
  readonly between_interfaces: readonly [number, number] | null;
}

/** The capture file itself. */
export interface CaptureFileReport {
  readonly name: string;
  readonly format: string | null;
  /** Time of the first frame that has one: ISO 8601, UTC, with nanoseconds. */
  readonly started_at: string | null;
  /** From the earliest to the latest frame. */
  readonly duration_ns: number | null;
  /** The `--decode-as` rules of the user, such as `udp:6080=vxlan`. */
  readonly decode_as: readonly string[];
  /** At most sixteen. */
  readonly clock_jumps: readonly ClockJump[];
  readonly clock_jumps_not_listed: number;
  /** Packets that the capture reports as dropped; `null` if it reports nothing. */
  readonly dropped_packets: number | null;
  readonly fault: { readonly frame: number; readonly file_offset: number; readonly message: string } | null;
}

/** Counts over all frames, as `CaptureSummary` with JSON names. */
export interface CaptureSummaryReport {
  readonly frames: number;
  readonly bytes: number;
  readonly captured_bytes: number;
  readonly cut_frames: number;
  readonly layers: readonly { readonly layers: readonly string[]; readonly frames: number; readonly bytes: number }[];
  readonly other_frames: number;
  readonly errors: readonly {
    readonly error: string;
    readonly layer: string;
    /** Link type of the frames, if no layer of theirs could be read; else `null`. */
    readonly link_type: number | null;
    readonly frames: number;
    readonly first_frame: number;
  }[];
}

/** The document of `winze decode --json` for one capture. */
export interface CaptureDocument {
  readonly schema: typeof CAPTURE_SCHEMA;
  readonly tool: { readonly name: 'winze'; readonly version: string };
  readonly file: CaptureFileReport;
  readonly summary: CaptureSummaryReport;
  /** `null` if the capture has no WireGuard. */
  readonly wireguard: WireguardReport | null;
  /** `null` without keys, or without WireGuard. */
  readonly decryption: DecryptionReport | null;
  readonly tunnels: TunnelsReport;
  readonly findings: readonly Finding[];
}
