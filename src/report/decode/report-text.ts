/**
 * The report on the tunnels of a capture as a page of text: findings first, then each peer.
 *
 * @module
 */
import type { Finding } from '../../capture/documents/capture-report.ts';
import type { PeerReport, WireguardReport } from '../../capture/documents/capture-wireguard.ts';
import { UNKNOWN } from '../text/figures.ts';
import { wrap } from '../text/layout.ts';
import { directionLines, sizeLines } from './report-directions.ts';
import { counted, grouped } from './report-figures.ts';
import { findingLines } from './report-findings.ts';
import { handshakeLines, icmpLines, roamLines } from './report-handshakes.ts';
import { sessionLines } from './report-sessions.ts';

/** Peers that are shown in full; the others are only counted. */
const MAX_PEERS = 4;
/** Earlier endpoints of a peer that are listed. */
const MAX_OTHER_ENDPOINTS = 4;

const KIND_NAMES: Record<PeerReport['kind'], string> = { wireguard: '', warp: ' (WARP)', amneziawg: ' (AmneziaWG)' };

/**
 * The report on the WireGuard tunnels of a capture, in lines of at most 80 columns, ending in a line break. Empty if
 * the capture has no WireGuard.
 */
export function captureReportText(report: WireguardReport | null, findings: readonly Finding[]): string {
  if (report === null) return '';
  const { messages, peers, peers_not_listed } = report;
  const { initiation, response, cookie_reply, data, keepalive } = messages;
  const cookies =
    cookie_reply === 0 ? '' : `, ${grouped(cookie_reply)} cookie ${cookie_reply === 1 ? 'reply' : 'replies'}`;
  const more = peers.length - MAX_PEERS + peers_not_listed;
  const lines = [
    ...findingLines(findings, peers.length > 1),
    '',
    ...wrap(
      `WireGuard, read without keys: ${counted(data, 'data message')}, ${counted(keepalive, 'keepalive')}, ${counted(initiation, 'initiation')}, ${counted(response, 'response')}${cookies}`,
    ),
    ...peers.slice(0, MAX_PEERS).flatMap((peer) => ['', ...peerLines(peer)]),
    ...(more > 0 ? ['', `and ${counted(more, 'peer')} more; see --json, or name one: --filter 'peer ADDRESS'`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function peerLines(peer: PeerReport): readonly string[] {
  const { at, evidence } = peer.capture_point;
  const place = at === null ? UNKNOWN : at === 'between' ? 'between them' : `at ${at.toUpperCase()}`;
  return [
    `peer ${peer.id}${KIND_NAMES[peer.kind]}`,
    ...wrap(`A      ${endText(peer.a)}`, '       '),
    ...wrap(`B      ${endText(peer.b)}`, '       '),
    ...wrap(`taken  ${place} (${evidence})`, '       '),
    ...roamLines(peer),
    ...icmpLines(peer),
    ...stacked([handshakeLines(peer), sessionLines(peer), directionLines(peer), sizeLines(peer)]),
  ];
}

/** Puts tables below each other. Two of them share one rule, the longer one. */
function stacked(tables: readonly (readonly string[])[]): readonly string[] {
  const lines: string[] = [];
  for (const table of tables) {
    const [above, rule] = [lines.at(-1) ?? '', table[0] ?? ''];
    if (!isRule(above) || !isRule(rule)) lines.push(...table);
    else lines.splice(-1, 1, above.length > rule.length ? above : rule, ...table.slice(1));
  }
  return lines;
}

function isRule(line: string): boolean {
  return line.startsWith('─');
}

function endText({ endpoint, other_endpoints }: PeerReport['a']): string {
  if (other_endpoints.length === 0) return endpoint;
  const others = other_endpoints.slice(0, MAX_OTHER_ENDPOINTS).join(', ');
  return `${endpoint}, before: ${others}${other_endpoints.length > MAX_OTHER_ENDPOINTS ? ', …' : ''}`;
}
