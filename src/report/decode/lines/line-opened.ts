/**
 * What keys tell of a WireGuard message, at the end of its line.
 *
 * @module
 */

import { OPENING, type Opening } from '../../../capture/keys/batches/opening.ts';
import type { Opened } from '../../../capture/keys/decrypter.ts';
import { clockAheadS } from '../../../capture/keys/decryption-counts.ts';
import type { KnownPeer } from '../../../capture/keys/handshakes.ts';
import type { CaptureRecord } from '../../../capture/record.ts';
import { toHex } from '../../../core/bytes.ts';
import { printable } from '../../../core/printable.ts';
import { formatKey } from '../../../tunnel/keys.ts';
import type { LineWriter } from './line-writer.ts';

/** Characters of a public key that are printed: enough to tell it from others. */
const KEY_CHARACTERS = 8;
/** Columns of the name of a peer. */
const MAX_NAME = 40;

const REASONS: Record<Opening, string> = {
  [OPENING.opened]: 'opened',
  [OPENING.cut]: 'cut by the snap length',
  [OPENING.noHandshake]: 'no key',
  [OPENING.otherPeers]: 'keys of other peers',
  [OPENING.noEphemeral]: 'no ephemeral key',
  [OPENING.noStatic]: 'no static private key',
  [OPENING.noPreshared]: 'another preshared key',
  [OPENING.notAuthentic]: 'authentication failed',
  [OPENING.early]: 'before its key',
};

/** Writes the peers of a handshake, the clock of its initiator and its cookie, or why a message was not decrypted. */
export function openedPart(out: LineWriter, record: CaptureRecord, opened: Opened): void {
  const { handshake } = opened;
  if (handshake === null) return dataPart(out, opened);
  const { initiator, responder, timestamp, cookie, opening } = handshake;
  if (initiator !== null) out.text(', initiator ').text(nameOf(initiator));
  if (responder !== null) out.text(', responder ').text(nameOf(responder));
  const ahead = clockAheadS(record, timestamp);
  if (ahead !== null)
    out
      .text(', clock ')
      .text(ahead < 0 ? '' : '+')
      .text(`${ahead.toFixed(3)} s`);
  if (cookie !== null) out.text(', cookie ').text(toHex(cookie));
  if (opening !== OPENING.opened) out.text(` [not decrypted: ${REASONS[opening]}]`);
}

function dataPart(out: LineWriter, { openings, count, missing }: Opened): void {
  let closed = missing;
  let reason: number = OPENING.cut;
  for (let i = count - 1; i >= 0; i--) {
    const opening = openings[i] ?? OPENING.cut;
    if (opening === OPENING.opened) continue;
    closed++;
    reason = opening;
  }
  if (closed === 0) return;
  out.text(' [');
  if (count + missing > 1) out.number(closed).text(' ');
  out
    .text('not decrypted: ')
    .text(REASONS[reason as Opening])
    .text(']');
}

/** The name of a peer, or the begin of its public key, in ASCII, which is all that a `LineWriter` writes. */
function nameOf({ name, publicKey }: KnownPeer): string {
  if (name === null) return `${formatKey(publicKey).slice(0, KEY_CHARACTERS)}..`;
  return printable(name, MAX_NAME).replace(/[^ -~]/gu, '?');
}
