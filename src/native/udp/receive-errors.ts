/**
 * Which errors of a receive call are temporary.
 *
 * @module
 */
import { NetError } from '../../core/errors.ts';
import type { Libc } from '../libc.ts';

/**
 * Temporary errors. A connected socket reports the ICMP error for an earlier datagram once, in its next call (ip(7),
 * icmp(7)); the others pass by themselves.
 */
const PASSING = [
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENONET',
  'ENOPROTOOPT',
  'EOPNOTSUPP',
  'EPROTO',
  'EACCES',
  'EMSGSIZE',
  'ENOBUFS',
  'ENOMEM',
  'EINTR',
];

/**
 * Called after a receive call on a datagram socket returned nothing.
 *
 * @throws NetError `ERR_PEER_LOST` with the name of the error if it is permanent: a loop that ignored it would spin
 *   forever
 */
export function checkNothingReceived(libc: Pick<Libc, 'wouldBlock' | 'errno'>): void {
  if (libc.wouldBlock()) return;
  const reason = libc.errno();
  if (!PASSING.includes(reason)) throw new NetError('ERR_PEER_LOST', `cannot receive: ${reason}`);
}
