/**
 * Findings: what a capture means for somebody who looks for a fault. They are computed from the report alone.
 *
 * @module
 */
import type { ClockJump, Finding } from '../documents/capture-report.ts';
import type { WireguardReport } from '../documents/capture-wireguard.ts';
import { clockFindings } from './clock-findings.ts';
import { deliveryFindings } from './delivery-findings.ts';
import { fragmentFindings } from './fragment-findings.ts';
import { handshakeFindings } from './handshake-findings.ts';
import { keyFindings } from './key-findings.ts';
import { mtuFindings } from './mtu-findings.ts';
import { captureFindings, qualityFindings } from './quality-findings.ts';
import { trafficFindings } from './traffic-findings.ts';

const RANK: Record<Finding['severity'], number> = { problem: 0, warning: 1, note: 2 };
/** A capture of many peers may have the same fault in each. */
const MAX_FINDINGS = 1000;

/** Facts about a capture that its WireGuard report does not have. */
export interface CaptureContext {
  /** Its capture filter in libpcap's syntax; empty if it has none, `null` if that is unknown. */
  readonly filter?: string | null;
  readonly clockJumps?: readonly ClockJump[];
}

/**
 * All findings: problems first, then warnings, then notes; those of the same severity in the order of peers.
 *
 * @param report - `null` if the capture has no WireGuard messages
 * @param droppedPackets - packets that were not captured, by the capture's own count; `null` if it has no count
 */
export function findingsOf(
  report: WireguardReport | null,
  droppedPackets: number | null,
  { filter = null, clockJumps = [] }: CaptureContext = {},
): readonly Finding[] {
  if (report === null) return clockFindings(clockJumps);
  const conditions = { filter, hasLaterFragments: report.has_later_fragments };
  const found = report.peers.flatMap((peer) => [
    ...handshakeFindings(peer, report.capture_end_ns ?? 0),
    ...keyFindings(peer),
    ...mtuFindings(peer),
    ...fragmentFindings(peer, conditions),
    ...deliveryFindings(peer),
    ...trafficFindings(peer),
    ...qualityFindings(peer),
  ]);
  return [...clockFindings(clockJumps), ...found, ...captureFindings(report, droppedPackets)]
    .sort((one, other) => RANK[one.severity] - RANK[other.severity])
    .slice(0, MAX_FINDINGS);
}
