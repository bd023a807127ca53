/**
 * Builds the JSON document of `winze decode --json` from the results of reading and counting.
 *
 * @module
 */
import type { DecryptionReport } from './documents/capture-keys.ts';
import { CAPTURE_SCHEMA, type CaptureDocument } from './documents/capture-report.ts';
import type { WireguardReport } from './documents/capture-wireguard.ts';
import type { CaptureFacts } from './file/capture-facts.ts';
import type { CaptureFault } from './file/capture-fault.ts';
import { findingsOf } from './findings/findings.ts';
import type { CaptureSummary } from './summary.ts';
import { utcText } from './utc-text.ts';

/** What `captureDocument` needs. `name` is the name of the capture, `version` the version of winze. */
export interface DocumentParts {
  readonly name: string;
  readonly version: string;
  readonly facts: CaptureFacts;
  readonly fault: CaptureFault | null;
  readonly summary: CaptureSummary;
  readonly wireguard: WireguardReport | null;
  readonly decryption?: DecryptionReport | null;
  /** The `--decode-as` rules, as the user wrote them. */
  readonly decodeAs?: readonly string[];
  /** Time of the first packet that has a time: seconds since 1970 (UTC) and nanoseconds. */
  readonly started: { readonly seconds: number; readonly nanoseconds: number } | null;
}

/** Builds the document of one capture (schema `CAPTURE_SCHEMA`), including its findings. */
export function captureDocument(parts: DocumentParts): CaptureDocument {
  const { name, version, facts, fault, summary, wireguard, decryption = null, started, decodeAs = [] } = parts;
  const { startS, endS } = summary;
  const dropped = droppedPackets(facts);
  return {
    schema: CAPTURE_SCHEMA,
    tool: { name: 'winze', version },
    file: {
      name,
      format: facts.format,
      started_at: started === null ? null : utcText(started.seconds, started.nanoseconds),
      duration_ns: startS === null || endS === null ? null : Math.round((endS - startS) * 1e6) * 1e3,
      decode_as: decodeAs,
      clock_jumps: summary.clockJumps,
      clock_jumps_not_listed: summary.clockJumpsNotListed,
      dropped_packets: dropped,
      fault: fault === null ? null : { frame: fault.frame, file_offset: fault.fileOffset, message: fault.message },
    },
    summary: {
      frames: summary.frames,
      bytes: summary.bytes,
      captured_bytes: summary.capturedBytes,
      cut_frames: summary.cutFrames,
      layers: summary.stacks,
      other_frames: summary.otherFrames,
      errors: summary.errors.map(({ error, layer, linkType, frames, firstFrame }) => ({
        error,
        layer,
        link_type: linkType,
        frames,
        first_frame: firstFrame,
      })),
    },
    wireguard,
    decryption,
    tunnels: summary.tunnels,
    findings: findingsOf(wireguard, dropped, { filter: filterOf(facts), clockJumps: summary.clockJumps }),
  };
}

/** The capture filter of all interfaces; `null` if an interface does not state one, or if they differ. */
function filterOf({ interfaces }: CaptureFacts): string | null {
  const filters = new Set(interfaces.map(({ filter }) => filter));
  const [filter = null] = filters;
  return filters.size === 1 ? filter : null;
}

/** Number of packets that the capture reports as dropped; `null` if it reports nothing. */
function droppedPackets({ interfaces }: CaptureFacts): number | null {
  const counts = interfaces.flatMap(({ statistics, lostBetweenPackets }) => [
    statistics?.droppedByInterface ?? null,
    statistics?.droppedBySystem ?? null,
    // epb_dropcount reports the same losses packet by packet: used only without interface statistics.
    statistics === null ? lostBetweenPackets : null,
  ]);
  const known = counts.filter((count) => count !== null);
  return known.length === 0 ? null : known.reduce((total, count) => total + count, 0);
}
