/**
 * What keys tell of a WireGuard message, at the end of its line.
 *
 * @module
 */

import { DECRYPT_RESULT, type DecryptResult } from '../../../capture/keys/batches/message-decrypter.ts';
import type { DecryptedPacket } from '../../../capture/keys/decrypter.ts';
import { clockAheadS } from '../../../capture/keys/decryption-counts.ts';
import type { KnownPeer } from '../../../capture/keys/handshake-decrypter.ts';
import type { CaptureRecord } from '../../../capture/record.ts';
import { toHex } from '../../../core/bytes.ts';
import { printable } from '../../../core/printable.ts';
import { formatKey } from '../../../tunnel/keys.ts';
import type { LineWriter } from './line-writer.ts';

/** Characters of a public key that are printed: enough to tell it from others. */
const KEY_CHARACTERS = 8;
/** Columns of the name of a peer. */
const MAX_NAME = 40;

const REASONS: Record<DecryptResult, string> = {
  [DECRYPT_RESULT.decrypted]: 'decrypted',
  [DECRYPT_RESULT.cut]: 'cut by the snap length',
  [DECRYPT_RESULT.noHandshake]: 'no key',
  [DECRYPT_RESULT.otherPeers]: 'keys of other peers',
  [DECRYPT_RESULT.noEphemeral]: 'no ephemeral key',
  [DECRYPT_RESULT.noStatic]: 'no static private key',
  [DECRYPT_RESULT.noPreshared]: 'another preshared key',
  [DECRYPT_RESULT.notAuthentic]: 'authentication failed',
  [DECRYPT_RESULT.early]: 'before its key',
};

/** Writes the peers of a handshake, the clock of its initiator and its cookie, or why a message was not decrypted. */
export function decryptedPart(out: LineWriter, record: CaptureRecord, opened: DecryptedPacket): void {
  const { handshake } = opened;
  if (handshake === null) return dataPart(out, opened);
  const { initiator, responder, timestamp, cookie, result: opening } = handshake;
  if (initiator !== null) out.text(', initiator ').text(nameOf(initiator));
  if (responder !== null) out.text(', responder ').text(nameOf(responder));
  const ahead = clockAheadS(record, timestamp);
  if (ahead !== null)
    out
      .text(', clock ')
      .text(ahead < 0 ? '' : '+')
      .text(`${ahead.toFixed(3)} s`);
  if (cookie !== null) out.text(', cookie ').text(toHex(cookie));
  if (opening !== DECRYPT_RESULT.decrypted) out.text(` [not decrypted: ${REASONS[opening]}]`);
}

function dataPart(out: LineWriter, { results: openings, count, missing }: DecryptedPacket): void {
  let closed = missing;
  let reason: number = DECRYPT_RESULT.cut;
  for (let i = count - 1; i >= 0; i--) {
    const opening = openings[i] ?? DECRYPT_RESULT.cut;
    if (opening === DECRYPT_RESULT.decrypted) continue;
    closed++;
    reason = opening;
  }
  if (closed === 0) return;
  out.text(' [');
  if (count + missing > 1) out.number(closed).text(' ');
  out
    .text('not decrypted: ')
    .text(REASONS[reason as DecryptResult])
    .text(']');
}

/** The name of a peer, or the begin of its public key, in ASCII, which is all that a `LineWriter` writes. */
function nameOf({ name, publicKey }: KnownPeer): string {
  if (name === null) return `${formatKey(publicKey).slice(0, KEY_CHARACTERS)}..`;
  return printable(name, MAX_NAME).replace(/[^ -~]/gu, '?');
}
