/**
 * What TCP makes of the path: the largest segments of a connection, as the kernel has them.
 *
 * @module
 */

import { NetError } from '../../../core/errors.ts';
import type { TcpMss } from '../../../core/shapes/path/mtu.ts';
import type { ProbeRequest } from '../../../core/shapes/path/probe-spec.ts';
import type { Libc } from '../../../native/libc.ts';
import { LinuxSocket } from '../../../native/socket.ts';
import { readTcpInfo } from '../../../native/tcp-info.ts';
import { connected } from '../sockets/connected.ts';
import { prepareSocket } from '../sockets/prepare-socket.ts';

/** What the kernel of this host has of a connection. */
export function ownMss(socket: LinuxSocket): TcpMss {
  const view = socket.tcpInfo();
  const info = view && readTcpInfo(view);
  return {
    mss_bytes: info?.mssBytes ?? null,
    advertised_mss_bytes: info?.advertisedMssBytes ?? null,
    path_mtu_bytes: info?.pmtuBytes ?? null,
    peer_mss_bytes: null,
    rewritten: null,
  };
}

/**
 * Connects, and reads what the kernel negotiated.
 *
 * @throws NetError `ERR_USAGE` without a port, `ERR_CONNECT` if nothing accepts, `ERR_ABORTED`
 */
export async function tcpMss(libc: Libc, request: ProbeRequest, signal: AbortSignal): Promise<TcpMss> {
  const { target } = request;
  if (target.port === null) throw new NetError('ERR_USAGE', '-p tcp needs a port that accepts: -x HOST:443 -t mtu');
  const socket = LinuxSocket.open(libc, 'tcp', request.target.address);
  try {
    prepareSocket(socket, 'tcp', request);
    if (!socket.connect(target.address, target.port)) await connected(libc, socket, request, signal);
    return ownMss(socket);
  } finally {
    socket.close();
  }
}
