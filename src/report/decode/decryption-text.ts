/**
 * What keys opened of a capture, as lines of its summary.
 *
 * @module
 */

import type { TunnelsReport } from '../../capture/documents/capture-tunnels.ts';
import { durationText } from '../../capture/findings/finding.ts';
import { OPENING, OPENING_WORDS, type Opening } from '../../capture/keys/batches/opening.ts';
import type { DecryptionCounts, InitiatingPeer } from '../../capture/keys/decryption-counts.ts';
import type { KnownPeer } from '../../capture/keys/handshakes.ts';
import { printable } from '../../core/printable.ts';
import { formatKey } from '../../tunnel/keys.ts';
import { column, counted, grouped } from './report-figures.ts';
import { tunnelKindLines, tunnelLines } from './tunnels-text.ts';

/** Peers that are listed; the rest is counted. */
const MAX_ROWS = 20;
const MAX_NAME = 24;

/** @param tunnels - inside; `null`: nobody counted them */
export function decryptionText(counts: DecryptionCounts, tunnels: TunnelsReport | null = null): string {
  const { messages, byOpening, keepalives, innerBytes, paddingBytes, peers } = counts;
  const opened = byOpening[OPENING.opened] ?? 0;
  const lines = ['keys', `  ${column(opened)}  of ${grouped(messages)} data messages opened`];
  if (opened > 0) {
    const packets = opened - keepalives;
    lines.push(
      `               ${grouped(packets)} packets of ${grouped(innerBytes)} bytes, ${counted(keepalives, 'keepalive')}`,
    );
    lines.push(
      `               ${grouped(paddingBytes)} bytes of padding${share(paddingBytes, innerBytes + paddingBytes)}`,
    );
  }
  byOpening.forEach((count, opening) => {
    if (opening === OPENING.opened || count === 0) return;
    lines.push(`  ${column(count)}  not opened: ${OPENING_WORDS[opening as Opening]}`);
  });
  lines.push(
    `  ${column(counts.handshakeMessagesOpened)}  of ${grouped(counts.handshakeMessages)} handshake messages read`,
  );
  if (counts.forgotten > 0) lines.push(`  ${column(counts.forgotten)}  sessions forgotten: too many at once`);
  for (const peer of peers.slice(0, MAX_ROWS)) lines.push(...peerLines(peer));
  const isMore = counts.initiationsOfOthers > 0;
  const more = peers.length - MAX_ROWS;
  if (more > 0) lines.push(`               ${isMore ? 'more than ' : ''}${grouped(more)} other peers`);
  if (tunnels !== null) lines.push(...tunnelKindLines('tunnels inside', tunnels), ...tunnelLines(tunnels));
  return `${lines.join('\n')}\n`;
}

function peerLines({ initiator, responder, endpoint, initiations, firstFrame, clockAheadS }: InitiatingPeer): string[] {
  const lines = [
    `               from ${keyText(initiator)}`,
    ...(endpoint === null ? [] : [`                 at ${endpoint}`]),
    `                 ${counted(initiations, 'time')}, first in frame ${firstFrame}`,
    ...(clockAheadS === null ? [] : [`                 its clock ${clockText(clockAheadS)}`]),
  ];
  if (responder !== null) lines.splice(1, 0, `               to   ${keyText(responder)}`);
  return lines;
}

/** A key has 44 characters: with a name of this length the line has 80. */
function keyText({ publicKey, name }: KnownPeer): string {
  const key = formatKey(publicKey);
  return name === null ? key : `${key}\n                 called ${printable(name, MAX_NAME)}`;
}

/** Implementations round down to 16.8 ms, so that clocks tell less (see `tai64n.ts`). */
function clockText(aheadS: number): string {
  return `${durationText(Math.abs(aheadS) * 1e9, 3)} ${aheadS < 0 ? 'behind' : 'ahead'}`;
}

function share(part: number, whole: number): string {
  return whole > 0 ? ` (${((100 * part) / whole).toFixed(1)}%)` : '';
}
