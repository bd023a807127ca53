/**
 * Counts of the messages that the keys decrypted, as lines of the summary of a capture.
 *
 * @module
 */

import type { TunnelsReport } from '../../capture/documents/capture-tunnels.ts';
import { durationText } from '../../capture/findings/finding.ts';
import {
  DECRYPT_RESULT,
  DECRYPT_RESULT_TEXT,
  type DecryptResult,
} from '../../capture/keys/batches/message-decrypter.ts';
import type { DecryptionCounts, InitiatingPeer } from '../../capture/keys/decryption-counts.ts';
import type { KnownPeer } from '../../capture/keys/handshake-decrypter.ts';
import { printable } from '../../core/printable.ts';
import { formatKey } from '../../tunnel/keys.ts';
import { column, counted, grouped } from './report-figures.ts';
import { tunnelKindLines, tunnelLines } from './tunnels-text.ts';

/** Peers that are listed; the others are only counted. */
const MAX_ROWS = 20;
/** Columns of the name of a peer, so that the line with its key has 80. */
const MAX_NAME = 24;

/**
 * What the keys decrypted of a capture, as lines of at most 80 columns that end in a line break.
 *
 * @param tunnels - the tunnels inside decrypted packets; `null` if they were not counted
 */
export function decryptionText(counts: DecryptionCounts, tunnels: TunnelsReport | null = null): string {
  const { messages, byResult: byOpening, keepalives, innerBytes, paddingBytes, peers } = counts;
  const opened = byOpening[DECRYPT_RESULT.decrypted] ?? 0;
  const lines = ['keys', `  ${column(opened)}  of ${grouped(messages)} data messages decrypted`];
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
    if (opening === DECRYPT_RESULT.decrypted || count === 0) return;
    lines.push(`  ${column(count)}  not decrypted: ${DECRYPT_RESULT_TEXT[opening as DecryptResult]}`);
  });
  lines.push(
    `  ${column(counts.handshakeMessagesDecrypted)}  of ${grouped(counts.handshakeMessages)} handshake messages decrypted`,
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

/** The public key, which has 44 characters, and the name of the peer, if it has one, on a second line. */
function keyText({ publicKey, name }: KnownPeer): string {
  const key = formatKey(publicKey);
  return name === null ? key : `${key}\n                 called ${printable(name, MAX_NAME)}`;
}

/** Three digits are enough: implementations round the timestamp down to 16.8 ms (see `tai64n.ts`). */
function clockText(aheadS: number): string {
  return `${durationText(Math.abs(aheadS) * 1e9, 3)} ${aheadS < 0 ? 'behind' : 'ahead'}`;
}

function share(part: number, whole: number): string {
  return whole > 0 ? ` (${((100 * part) / whole).toFixed(1)}%)` : '';
}
