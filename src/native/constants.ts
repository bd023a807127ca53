/**
 * Numbers of the Linux system call interface, 64-bit x86 and ARM (include/uapi/linux, asm-generic).
 *
 * @module
 */

export const AF = { unix: 1, inet: 2, inet6: 10, packet: 17 } as const;
export const SOCK = { stream: 1, dgram: 2, raw: 3, nonblock: 0o4000, cloexec: 0o2000000 } as const;
export const SHUT_WRITE = 1;
export const F = { getfl: 3, setfl: 4 } as const;
export const O_NONBLOCK = 0o4000;
export const O_RDWR = 2;
export const O_CLOEXEC = 0o2000000;

export const SOL = { socket: 1, ip: 0, tcp: 6, udp: 17, ipv6: 41 } as const;
export const SO = {
  reuseaddr: 2,
  error: 4,
  sndbuf: 7,
  rcvbuf: 8,
  linger: 13,
  bindtodevice: 25,
  sndbufforce: 32,
  rcvbufforce: 33,
  mark: 36,
  timestampns: 35,
  maxPacingRate: 47,
  bindtoifindex: 62,
} as const;
export const IP = { tos: 1, pktinfo: 8, mtuDiscover: 10, recverr: 11, recvtos: 13, mtu: 14 } as const;
export const IPV6 = {
  mtuDiscover: 23,
  mtu: 24,
  recverr: 25,
  v6only: 26,
  recvpktinfo: 49,
  pktinfo: 50,
  recvtclass: 66,
  tclass: 67,
} as const;
/** Values of IP_MTU_DISCOVER: fragment freely, or set DF and obey the path MTU. */
export const PMTUDISC = { dont: 0, do: 2 } as const;
export const TCP = { nodelay: 1, maxseg: 2, cork: 3, info: 11, congestion: 13, userTimeout: 18 } as const;
export const UDP = { segment: 103, gro: 104 } as const;

/** Of TUN devices (linux/if_tun.h). */
export const IFF = { tun: 1, noPacketInfo: 0x1000, vnetHeader: 0x4000 } as const;
export const TUN_IOCTL = { setInterface: 0x4004_54ca, setOffload: 0x4004_54d0 } as const;
export const TUN_OFFLOAD = { checksum: 1, tso4: 2, tso6: 4, tsoEcn: 8, uso4: 0x20, uso6: 0x40 } as const;

/** Of rtnetlink (linux/rtnetlink.h), and questions about a device (linux/sockios.h, linux/if.h). */
export const NETLINK = { family: 16, route: 0, xfrm: 6 } as const;
/** RTMGRP_* and (1 << RTNLGRP_* - 1): devices, and for both families addresses, routes and rules. */
export const NETLINK_GROUPS = {
  link: 1,
  ipv4Address: 0x10,
  ipv4Route: 0x40,
  ipv4Rule: 0x80,
  ipv6Address: 0x100,
  ipv6Route: 0x400,
  ipv6Rule: 0x4_0000,
} as const;
/** Attributes of a route. */
export const RTA = {
  dst: 1,
  src: 2,
  oif: 4,
  gateway: 5,
  prefsrc: 7,
  multipath: 9,
  mark: 16,
  via: 18,
  ipProto: 27,
  sport: 28,
  dport: 29,
} as const;
export const DEVICE_IOCTL = { flags: 0x8913, mtu: 0x8921 } as const;
export const IFF_UP = 1;

export const MSG = { peek: 2, trunc: 0x20, dontwait: 0x40, errqueue: 0x2000, nosignal: 0x4000 } as const;
export const POLL = { in: 1, out: 4, err: 8, hup: 16 } as const;
export const CLOCK_REALTIME = 0;
export const CLOCK_BOOTTIME = 7;
export const CLOCK_THREAD_CPUTIME_ID = 3;
