/**
 * What TCP makes of the path at both ends, against a server of winze: a download of one octet, of which the server tells
 * the TCP_INFO.
 *
 * @module
 */

import type { TcpFacts } from '../../../../core/shapes/flow.ts';
import type { TcpMss } from '../../../../core/shapes/path/mtu.ts';
import { NS_PER_MS, NS_PER_S } from '../../../../core/time.ts';
import { completeSpec } from '../../../../measure/test-defaults.ts';
import type { Libc } from '../../../../native/libc.ts';
import { IPV4_HEADER_BYTES, IPV6_HEADER_BYTES, TCP_HEADER_BYTES } from '../../../../wire/ip.ts';
import type { PathConnection } from '../../../client/connect/path-connection.ts';
import { openServerSession, type ServerRequest } from '../../server/server-session.ts';
import { openTcpStream } from '../../server/server-streams.ts';
import { ownMss } from '../tcp-mss.ts';

/** Timestamps, which the kernel subtracts from both figures where they are in use (RFC 7323 §3, with padding). */
const OPTIONS_BYTES = 12;
/** Linux sends no segment of more than half the window of the other end (tcp_bound_to_half_wnd()), at first 64 KiB. */
const MOST_JUDGED = 16_384;
const SENT_LIMIT_MS = (3 * NS_PER_S) / NS_PER_MS;

/**
 * Asks the server for its end of a connection.
 *
 * @throws NetError if the server cannot be reached, or refuses; the reason of the signal
 */
export async function serverMss(
  libc: Libc,
  request: ServerRequest,
  onNotice: (message: string) => void,
  signal: AbortSignal,
): Promise<TcpMss> {
  const connection = await openServerSession(request, onNotice, signal);
  try {
    const asked = completeSpec({ protocol: 'tcp', direction: 'download', bytes: 1, length_bytes: 1, tos: request.tos });
    const { token } = await connection.openTest(asked, signal, { purpose: 'mtu' });
    const socket = await openTcpStream(libc, request, connection.target, token, signal);
    try {
      const sent = serverHasSent(connection);
      await connection.startTest(signal);
      await sent;
      const own = ownMss(socket);
      const result = await connection.stopTest([], false);
      const peer = result.sent[0]?.tcp ?? null;
      return {
        ...own,
        peer_mss_bytes: peer?.mss_bytes ?? null,
        rewritten: isRewritten(own, peer, request.target.family),
      };
    } finally {
      socket.close();
    }
  } finally {
    connection.close();
  }
}

/** Resolves when the server's sender is done, or after 3 s. */
function serverHasSent(connection: PathConnection): Promise<void> {
  return new Promise((resolve) => {
    const limit = setTimeout(resolve, SENT_LIMIT_MS);
    connection.onEvent = (event) => {
      if (event.tag !== 'sent' && event.tag !== 'failed') return;
      clearTimeout(limit);
      resolve();
    };
  });
}

/**
 * Whether the other end has got a smaller MSS option than was sent: its segments are smaller than what was asked for, and
 * than what its own path MTU allows. `null` where one of them is not known, or so large that its window may be the reason.
 */
export function isRewritten(
  { advertised_mss_bytes: asked }: Pick<TcpMss, 'advertised_mss_bytes'>,
  peer: Pick<TcpFacts, 'mss_bytes' | 'pmtu_bytes'> | null,
  family: 4 | 6,
): boolean | null {
  if (asked === null || peer === null || peer.mss_bytes === null || peer.pmtu_bytes === null) return null;
  if (asked > MOST_JUDGED) return null;
  const headers = (family === 6 ? IPV6_HEADER_BYTES : IPV4_HEADER_BYTES) + TCP_HEADER_BYTES;
  return peer.mss_bytes < Math.min(asked, peer.pmtu_bytes - headers - OPTIONS_BYTES);
}
