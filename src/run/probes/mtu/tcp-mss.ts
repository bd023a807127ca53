/**
 * What TCP makes of the path: the largest segments of a connection, as the kernel has them.
 *
 * @module
 */

import { setImmediate } from 'node:timers/promises';
import { formatEndpoint } from '../../../core/address.ts';
import { NetError } from '../../../core/errors.ts';
import type { TcpMss } from '../../../core/shapes/path/mtu.ts';
import type { ProbeRequest } from '../../../core/shapes/path/probe-spec.ts';
import { NS_PER_MS, NS_PER_S } from '../../../core/time.ts';
import { POLL } from '../../../native/constants.ts';
import type { Libc } from '../../../native/libc.ts';
import { Poller } from '../../../native/poller.ts';
import { LinuxSocket } from '../../../native/socket.ts';
import { readTcpInfo } from '../../../native/tcp-info.ts';
import { monotonicNow } from '../../monotonic.ts';

const SLICE = 20 * NS_PER_MS;

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
  const { target, source, tos, client_port } = request;
  if (target.port === null) throw new NetError('ERR_USAGE', '-p tcp needs a port that accepts: -x HOST:443 -t mtu');
  const socket = LinuxSocket.open(libc, 'tcp', target.address);
  try {
    socket.apply('tcp', {
      tos,
      device: source.device,
      congestion_control: null,
      window_bytes: null,
      mss_bytes: null,
      no_delay: false,
      dont_fragment: false,
    });
    if (source.address !== null || client_port !== null) {
      socket.bind(source.address ?? (target.family === 6 ? '::' : '0.0.0.0'), client_port ?? 0);
    }
    if (!socket.connect(target.address, target.port)) await connected(libc, socket, request, signal);
    return ownMss(socket);
  } finally {
    socket.close();
  }
}

async function connected(
  libc: Libc,
  socket: LinuxSocket,
  { target: { address, port }, connect_timeout_ns }: ProbeRequest,
  signal: AbortSignal,
): Promise<void> {
  const where = formatEndpoint(address, port ?? 0);
  const poller = new Poller(libc);
  try {
    for (const until = monotonicNow() + connect_timeout_ns; monotonicNow() < until; await setImmediate()) {
      if (signal.aborted) throw new NetError('ERR_ABORTED', 'stopped while connecting');
      poller.clear();
      const place = poller.add(socket.fd, POLL.out);
      poller.wait(SLICE);
      if (poller.ready(place) === 0) continue;
      const failed = socket.pendingError();
      if (failed === 0) return;
      throw new NetError('ERR_CONNECT', `cannot connect to ${where}: ${libc.errorName(failed)}`);
    }
    throw new NetError('ERR_CONNECT', `no answer from ${where} in ${connect_timeout_ns / NS_PER_S} s`);
  } finally {
    poller.free();
  }
}
