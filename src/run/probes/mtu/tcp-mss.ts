/**
 * What TCP makes of the path: the largest segments of a connection, as the kernel has them.
 *
 * @module
 */

import { formatEndpoint } from '../../../core/address.ts';
import { NetError } from '../../../core/errors.ts';
import type { TcpMss } from '../../../core/shapes/path/mtu.ts';
import type { ProbeRequest } from '../../../core/shapes/path/probe-spec.ts';
import { NS_PER_S } from '../../../core/time.ts';
import { POLL } from '../../../native/constants.ts';
import type { Libc } from '../../../native/libc.ts';
import { LinuxSocket } from '../../../native/socket.ts';
import { readTcpInfo } from '../../../native/tcp-info.ts';
import { monotonicNow } from '../../monotonic.ts';
import { prepareSocket } from './prepare-socket.ts';
import { waitForSocket } from './socket-wait.ts';

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

/**
 * Waits until a connection in progress is there.
 *
 * @throws NetError `ERR_CONNECT` with the reason, `ERR_ABORTED`
 */
export async function connected(
  libc: Libc,
  socket: LinuxSocket,
  { target: { address, port }, connect_timeout_ns }: ProbeRequest,
  signal: AbortSignal,
): Promise<void> {
  const where = formatEndpoint(address, port ?? 0);
  if (!(await waitForSocket(libc, socket.fd, POLL.out, monotonicNow() + connect_timeout_ns, signal))) {
    throw new NetError('ERR_CONNECT', `no answer from ${where} in ${connect_timeout_ns / NS_PER_S} s`);
  }
  const failed = socket.pendingError();
  if (failed !== 0) throw new NetError('ERR_CONNECT', `cannot connect to ${where}: ${libc.errorName(failed)}`);
}
