/**
 * What a capture means for whoever looks for a fault: a function of the report.
 *
 * @module
 */
import type { ClockJump, Finding, WireguardReport } from '../documents/capture-report.ts';
import { clockFindings } from './clock-findings.ts';
import { deliveryFindings } from './delivery-findings.ts';
import { fragmentFindings } from './fragment-findings.ts';
import { handshakeFindings } from './handshake-findings.ts';
import { keyFindings } from './key-findings.ts';
import { mtuFindings } from './mtu-findings.ts';
import { captureFindings, qualityFindings } from './quality-findings.ts';
import { trafficFindings } from './traffic-findings.ts';

const RANK: Record<Finding['severity'], number> = { problem: 0, warning: 1, note: 2 };
/** Of a capture of many peers, all with the same fault. */
const MAX_FINDINGS = 1000;

export interface AboutCapture {
  readonly filter?: string | null;
  readonly clockJumps?: readonly ClockJump[];
}

/**
 * Problems first, then warnings, then notes; among equals in the order of peers.
 *
 * @param report - `null`: no WireGuard in the capture
 * @param droppedPackets - that the capture says it lost; `null`: it does not say
 * @param about - the capture: its filter in libpcap's words, empty: it has none, `null`: nobody says; leaps of its time
 */
export function findingsOf(
  report: WireguardReport | null,
  droppedPackets: number | null,
  { filter = null, clockJumps = [] }: AboutCapture = {},
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
