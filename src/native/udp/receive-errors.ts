/**
 * What a receive call that failed means.
 *
 * @module
 */
import { NetError } from '../../core/errors.ts';
import type { Libc } from '../libc.ts';

/**
 * A connected socket reports once, in whatever call comes next, what ICMP said of an earlier datagram (ip(7), icmp(7));
 * the rest passes by itself.
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
 * To be asked after a datagram socket gave nothing.
 *
 * @throws NetError `ERR_PEER_LOST` with the error's name when it will not give anything the next time either: whoever
 * went on would be woken for ever
 */
export function checkNothingReceived(libc: Pick<Libc, 'wouldBlock' | 'errno'>): void {
  if (libc.wouldBlock()) return;
  const reason = libc.errno();
  if (!PASSING.includes(reason)) throw new NetError('ERR_PEER_LOST', `cannot receive: ${reason}`);
}
