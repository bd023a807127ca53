/**
 * Control messages that the kernel returns with a datagram.
 *
 * ```text
 * struct cmsghdr: length of header and data 8 · level 4 · type 4; data, padded to 8
 * ```
 *
 * If the buffer is too small the last message is truncated, and its length says so (put_cmsg() of Linux). The octets
 * after it are left over from an earlier datagram.
 *
 * @see cmsg(3)
 * @module
 */

import { IP, IPV6, SO, SOL, UDP } from '../constants.ts';

const CMSGHDR_BYTES = 16;

/** A kind of message. */
export interface ControlKind {
  readonly level: number;
  readonly type: number;
  /** Least size of its data: a shorter message counts as missing. */
  readonly dataBytes: number;
}

/** The kinds that are read here, of IPv4 and with a 6 of IPv6. */
export const CONTROL_KIND = {
  /** Size of the datagrams that were joined. */
  gro: { level: SOL.udp, type: UDP.gro, dataBytes: 2 },
  tos: { level: SOL.ip, type: IP.tos, dataBytes: 1 },
  tos6: { level: SOL.ipv6, type: IPV6.tclass, dataBytes: 1 },
  ttl: { level: SOL.ip, type: IP.ttl, dataBytes: 4 },
  ttl6: { level: SOL.ipv6, type: IPV6.hopLimit, dataBytes: 4 },
  /** struct in_pktinfo: index, local address, header's destination; struct in6_pktinfo: address, index. */
  destination: { level: SOL.ip, type: IP.pktinfo, dataBytes: 12 },
  destination6: { level: SOL.ipv6, type: IPV6.pktinfo, dataBytes: 20 },
  /** Largest fragment in which a datagram arrived. */
  fragment: { level: SOL.ip, type: IP.recvfragsize, dataBytes: 4 },
  fragment6: { level: SOL.ipv6, type: IPV6.recvfragsize, dataBytes: 4 },
  /** struct sock_extended_err. */
  error: { level: SOL.ip, type: IP.recverr, dataBytes: 16 },
  error6: { level: SOL.ipv6, type: IPV6.recverr, dataBytes: 16 },
  /** struct timespec of the arrival, by the wall clock. */
  stamp: { level: SOL.socket, type: SO.timestampns, dataBytes: 16 },
} as const satisfies Readonly<Record<string, ControlKind>>;

/** Finds a message of a kind between two offsets. Returns the offset of its data, or -1. */
export function findControl(view: DataView, from: number, end: number, kind: ControlKind): number {
  const { level, type, dataBytes } = kind;
  for (let at = from; at + CMSGHDR_BYTES <= end; ) {
    const length = view.getUint32(at, true);
    if (length < CMSGHDR_BYTES || at + length > end) return -1;
    if (view.getInt32(at + 8, true) === level && view.getInt32(at + 12, true) === type) {
      return length < CMSGHDR_BYTES + dataBytes ? -1 : at + CMSGHDR_BYTES;
    }
    at += (length + 7) & ~7;
  }
  return -1;
}
