/**
 * The counts of decrypted messages, as a part of the JSON document.
 *
 * @module
 */

import { formatKey } from '../../tunnel/keys.ts';
import type { DecryptionReport, KnownPeerReport, NotDecryptedReason } from '../documents/capture-keys.ts';
import type { TunnelsReport } from '../documents/capture-tunnels.ts';
import { DECRYPT_RESULT, type DecryptResult } from './batches/message-decrypter.ts';
import type { DecryptionCounts } from './decryption-counts.ts';
import type { KnownPeer } from './handshake-decrypter.ts';

const REASONS: Record<Exclude<DecryptResult, 0>, NotDecryptedReason> = {
  [DECRYPT_RESULT.cut]: 'cut',
  [DECRYPT_RESULT.noHandshake]: 'no-handshake',
  [DECRYPT_RESULT.otherPeers]: 'other-peers',
  [DECRYPT_RESULT.noEphemeral]: 'no-ephemeral-key',
  [DECRYPT_RESULT.noStatic]: 'no-static-key',
  [DECRYPT_RESULT.noPreshared]: 'no-preshared-key',
  [DECRYPT_RESULT.notAuthentic]: 'not-authentic',
  [DECRYPT_RESULT.early]: 'before-keys',
};

/** Makes that part of the document. @param tunnels - found in the inner packets; `null` if they were not examined */
export function decryptionReport(counts: DecryptionCounts, tunnels: TunnelsReport | null): DecryptionReport {
  const reasons = Object.entries(REASONS).map(([result, reason]) => ({
    reason,
    data_messages: counts.byResult[Number(result)] ?? 0,
  }));
  return {
    data_messages: counts.messages,
    data_messages_opened: counts.byResult[DECRYPT_RESULT.decrypted] ?? 0,
    keepalives: counts.keepalives,
    inner_bytes: counts.innerBytes,
    padding_bytes: counts.paddingBytes,
    not_opened: reasons.filter(({ data_messages }) => data_messages > 0),
    tunnels,
    handshake_messages: counts.handshakeMessages,
    handshake_messages_opened: counts.handshakeMessagesDecrypted,
    sessions_forgotten: counts.forgotten,
    initiations_of_others: counts.initiationsOfOthers,
    initiators: counts.peers.map(({ initiator, responder, endpoint, initiations, firstFrame, clockAheadS }) => ({
      initiator: peerReport(initiator),
      responder: responder && peerReport(responder),
      endpoint,
      initiations,
      first_frame: firstFrame,
      clock_ahead_ns: clockAheadS === null ? null : Math.round(clockAheadS * 1e9),
    })),
  };
}

function peerReport({ publicKey, name }: KnownPeer): KnownPeerReport {
  return { public_key: formatKey(publicKey), name };
}
