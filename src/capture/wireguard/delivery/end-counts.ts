/**
 * The counts that one end of a test sends to the other, from its own capture.
 *
 * @module
 */

import {
  type CapturedMessages,
  type CapturedSession,
  type EndCapture,
  MAX_CAPTURED_SESSIONS,
} from '../../../core/shapes/test-capture.ts';
import type {
  DirectionReport,
  PeerReport,
  SessionStreamReport,
  WireguardReport,
} from '../../documents/capture-wireguard.ts';

/**
 * Counts of the tunnel with the most octets between this host and another.
 *
 * @param remote - address of the other host, as reports write it
 * @returns both directions `null` if the report has no such tunnel
 */
export function endCounts(report: WireguardReport | null, remote: string): Pick<EndCapture, 'sent' | 'received'> {
  // Reports list the tunnel with the most octets first.
  const peer = report?.peers.find((one) => !one.is_second_view && isRemote(one.a, remote) !== isRemote(one.b, remote));
  if (peer === undefined) return { sent: null, received: null };
  const streams = (direction: 'a_to_b' | 'b_to_a'): readonly SessionStreamReport[] =>
    peer.sessions.flatMap((one) => one[direction] ?? []);
  const out = isRemote(peer.b, remote) ? 'a_to_b' : 'b_to_a';
  const back = out === 'a_to_b' ? 'b_to_a' : 'a_to_b';
  return { sent: messagesOf(peer[out], streams(out)), received: messagesOf(peer[back], streams(back)) };
}

function isRemote({ endpoint }: PeerReport['a'], remote: string): boolean {
  return endpoint.slice(0, endpoint.lastIndexOf(':')) === (remote.includes(':') ? `[${remote}]` : remote);
}

function messagesOf(direction: DirectionReport, streams: readonly SessionStreamReport[]): CapturedMessages {
  const { messages, keepalives, outer_bytes, inner_bytes, delivery } = direction;
  return {
    lanes: streams.flatMap(sessionOf).slice(-MAX_CAPTURED_SESSIONS),
    messages,
    keepalives,
    outer_bytes,
    inner_bytes: { min: inner_bytes.min, max: inner_bytes.max },
    stale: delivery.stale,
  };
}

function sessionOf(stream: SessionStreamReport): readonly CapturedSession[] {
  const { receiver_index, received, lost, counter_min, counter_max, missing_before_first } = stream;
  if (counter_min === null || counter_max === null) return [];
  return [{ receiver_index, received, lost, counter_min, counter_max, is_whole: missing_before_first !== null }];
}
