/**
 * Waits for a TCP connection in progress.
 *
 * @module
 */
import { formatEndpoint } from '../../../core/address.ts';
import { NetError } from '../../../core/errors.ts';
import type { ProbeRequest } from '../../../core/shapes/path/probe-spec.ts';
import { NS_PER_S } from '../../../core/time.ts';
import { POLL } from '../../../native/constants.ts';
import type { Libc } from '../../../native/libc.ts';
import type { LinuxSocket } from '../../../native/socket.ts';
import { monotonicNow } from '../../monotonic.ts';
import { waitForSocket } from './socket-wait.ts';

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
