/**
 * All that is known of a capture, as one document.
 *
 * @module
 */
import type { DecryptionReport } from './documents/capture-keys.ts';
import { CAPTURE_SCHEMA, type CaptureDocument, type WireguardReport } from './documents/capture-report.ts';
import type { CaptureFacts } from './file/capture-facts.ts';
import type { CaptureFault } from './file/capture-fault.ts';
import { findingsOf } from './findings/findings.ts';
import type { CaptureSummary } from './summary.ts';
import { utcText } from './utc-text.ts';

export interface DocumentParts {
  readonly name: string;
  readonly version: string;
  readonly facts: CaptureFacts;
  readonly fault: CaptureFault | null;
  readonly summary: CaptureSummary;
  readonly wireguard: WireguardReport | null;
  readonly decryption?: DecryptionReport | null;
  /** What was told of ports. */
  readonly decodeAs?: readonly string[];
  /** Time of the first packet that has one. */
  readonly started: { readonly seconds: number; readonly nanoseconds: number } | null;
}

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
      fault: fault === null ? null : { frame: fault.frame, file_offset: fault.fileOffset, message: fault.words },
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

/** The filter of all interfaces; `null` where one does not say, or they differ. */
function filterOf({ interfaces }: CaptureFacts): string | null {
  const filters = new Set(interfaces.map(({ filter }) => filter));
  const [filter = null] = filters;
  return filters.size === 1 ? filter : null;
}

/** What interfaces and packets say was lost; `null` where nothing says anything. */
function droppedPackets({ interfaces }: CaptureFacts): number | null {
  const counts = interfaces.flatMap(({ statistics, lostBetweenPackets }) => [
    statistics?.droppedByInterface ?? null,
    statistics?.droppedBySystem ?? null,
    // The same losses, told packet by packet.
    statistics === null ? lostBetweenPackets : null,
  ]);
  const known = counts.filter((count) => count !== null);
  return known.length === 0 ? null : known.reduce((total, count) => total + count, 0);
}
