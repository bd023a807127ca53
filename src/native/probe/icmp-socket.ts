/**
 * Sockets for ICMP echo.
 *
 * A ping socket (SOCK_DGRAM with IPPROTO_ICMP or IPPROTO_ICMPV6) needs no privilege, but the group of the process has to
 * be in `net.ipv4.ping_group_range`, which holds for both families. A raw socket needs CAP_NET_RAW.
 *
 * @see icmp(7), ping_group_range; Linux net/ipv4/ping.c
 * @module
 */
import { NetError } from '../../core/errors.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6 } from '../../wire/ip.ts';
import { AF, SOCK } from '../constants.ts';
import type { Libc } from '../libc.ts';
import { LinuxSocket } from '../socket.ts';

/** A socket for ICMP, and how it was opened. */
export interface IcmpSocket {
  readonly socket: LinuxSocket;
  readonly kind: 'ping socket' | 'raw socket';
}

/** Errors with which the kernel says that a right is missing (ping_init_sock(), inet_create()). */
const FORBIDDEN = ['EACCES', 'EPERM', 'EPROTONOSUPPORT', 'ESOCKTNOSUPPORT'];

/**
 * Opens a ping socket, or a raw socket where the process may have none.
 *
 * @returns `null` if the process may have neither
 * @throws NetError `ERR_UNSUPPORTED` for other errors, such as no more descriptors
 */
export function openIcmpSocket(libc: Libc, address: string, family: 4 | 6): IcmpSocket | null {
  for (const [type, kind] of [[SOCK.dgram, 'ping socket'] as const, [SOCK.raw, 'raw socket'] as const]) {
    const protocol = family === 6 ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP;
    const fd = libc.socket(family === 6 ? AF.inet6 : AF.inet, type | SOCK.nonblock | SOCK.cloexec, protocol);
    if (fd >= 0) return { socket: LinuxSocket.adopt(libc, fd, address), kind };
    const reason = libc.errno();
    if (!FORBIDDEN.includes(reason)) throw new NetError('ERR_UNSUPPORTED', `cannot open a ${kind}: ${reason}`);
  }
  return null;
}
