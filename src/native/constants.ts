/**
 * Numbers of the Linux system call interface, 64-bit x86 and ARM (include/uapi/linux, asm-generic).
 *
 * @module
 */

/** Address families of socket(2) (`AF_*`, linux/socket.h). */
export const AF = { unix: 1, inet: 2, inet6: 10, packet: 17 } as const;
/** Socket types and flags of socket(2) (`SOCK_*`, linux/net.h). */
export const SOCK = { stream: 1, dgram: 2, raw: 3, nonblock: 0o4000, cloexec: 0o2000000 } as const;
/** `SHUT_WR` of shutdown(2): the peer reads to the end of the stream. */
export const SHUT_WRITE = 1;
/** Commands of fcntl(2): read and set the status flags of a descriptor. */
export const F = { getfl: 3, setfl: 4 } as const;
/** Flag of open(2): calls return `EAGAIN` instead of blocking. */
export const O_NONBLOCK = 0o4000;
/** Flag of open(2): for reading and writing. */
export const O_RDWR = 2;
/** Flag of open(2): the descriptor is closed in programs that this process starts. */
export const O_CLOEXEC = 0o2000000;

/** Levels of setsockopt(2) and of control messages (`SOL_*`, `IPPROTO_*`). */
export const SOL = { socket: 1, ip: 0, tcp: 6, udp: 17, ipv6: 41 } as const;
/** Options at level `SOL.socket` (`SO_*`, asm-generic/socket.h). */
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
/** Options and control messages at level `SOL.ip` (`IP_*`, linux/in.h). */
export const IP = {
  tos: 1,
  ttl: 2,
  pktinfo: 8,
  mtuDiscover: 10,
  recverr: 11,
  recvttl: 12,
  recvtos: 13,
  mtu: 14,
  recvfragsize: 25,
  recverrRfc4884: 26,
} as const;
/** Options and control messages at level `SOL.ipv6` (`IPV6_*`, linux/in6.h). */
export const IPV6 = {
  unicastHops: 16,
  mtuDiscover: 23,
  mtu: 24,
  recverr: 25,
  v6only: 26,
  recverrRfc4884: 31,
  recvpktinfo: 49,
  pktinfo: 50,
  recvHopLimit: 51,
  hopLimit: 52,
  recvtclass: 66,
  tclass: 67,
  recvfragsize: 77,
} as const;
/** Values of IP_MTU_DISCOVER: fragment freely, set DF and obey the path MTU, or set DF and ignore what is known of it. */
export const PMTUDISC = { dont: 0, do: 2, probe: 3 } as const;
/** Origins of an error in an error queue (`SO_EE_ORIGIN_*`, linux/errqueue.h). */
export const ERROR_ORIGIN = { local: 1, icmp: 2, icmp6: 3 } as const;
/** Options at level `SOL.tcp` (`TCP_*`, linux/tcp.h). */
export const TCP = { nodelay: 1, maxseg: 2, cork: 3, info: 11, congestion: 13, userTimeout: 18 } as const;
/** Options and control messages at level `SOL.udp` (`UDP_SEGMENT`, `UDP_GRO`, linux/udp.h). */
export const UDP = { segment: 103, gro: 104 } as const;

/** Flags of a TUN device when it is created (`IFF_*`, linux/if_tun.h). */
export const IFF = { tun: 1, noPacketInfo: 0x1000, vnetHeader: 0x4000 } as const;
/** Requests of ioctl(2) on a TUN descriptor (`TUNSETIFF`, `TUNSETOFFLOAD`, linux/if_tun.h). */
export const TUN_IOCTL = { setInterface: 0x4004_54ca, setOffload: 0x4004_54d0 } as const;
/**
 * Packets that may cross a TUN device unfinished: without a checksum, or not segmented yet (`TUN_F_*`, linux/if_tun.h).
 */
export const TUN_OFFLOAD = { checksum: 1, tso4: 2, tso6: 4, tsoEcn: 8, uso4: 0x20, uso6: 0x40 } as const;

/** The address family of netlink and its protocols (linux/netlink.h). */
export const NETLINK = { family: 16, route: 0, xfrm: 6 } as const;
/**
 * Multicast groups of rtnetlink, as bits (`RTMGRP_*` and `1 << RTNLGRP_* - 1`): devices, and for both families
 * addresses, routes and rules.
 */
export const NETLINK_GROUPS = {
  link: 1,
  ipv4Address: 0x10,
  ipv4Route: 0x40,
  ipv4Rule: 0x80,
  ipv6Address: 0x100,
  ipv6Route: 0x400,
  ipv6Rule: 0x4_0000,
} as const;
/** Attributes of a route (`RTA_*`, linux/rtnetlink.h). */
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
/** Requests of ioctl(2) that read the flags and the MTU of a network device (linux/sockios.h). */
export const DEVICE_IOCTL = { flags: 0x8913, mtu: 0x8921 } as const;
/** Flag of a network device that is up (linux/if.h). */
export const IFF_UP = 1;

/** Flags of send(2) and recv(2) (`MSG_*`, linux/socket.h). */
export const MSG = { peek: 2, trunc: 0x20, dontwait: 0x40, eor: 0x80, errqueue: 0x2000, nosignal: 0x4000 } as const;
/** Events of ppoll(2) (`POLL*`, asm-generic/poll.h). */
export const POLL = { in: 1, out: 4, err: 8, hup: 16 } as const;
/**
 * Events of epoll_wait(2): those of poll, the end of what the peer sends (`EPOLLRDHUP`), and `EPOLLET`, which reports each
 * arrival once (linux/eventpoll.h).
 */
export const EPOLL = { in: 1, out: 4, err: 8, hup: 16, rdhup: 0x2000, edge: 0x8000_0000 } as const;
/** Operations of epoll_ctl(2). */
export const EPOLL_CTL = { add: 1, del: 2, mod: 3 } as const;
/** Flag of epoll_create1(2), as `O_CLOEXEC`. */
export const EPOLL_CLOEXEC = 0o2000000;

/** Clock of clock_gettime(2): the wall clock. */
export const CLOCK_REALTIME = 0;
/** Clock of clock_gettime(2): monotonic, and it goes on while the system is suspended. */
export const CLOCK_BOOTTIME = 7;
/** Clock of clock_gettime(2): processor time of the calling thread. */
export const CLOCK_THREAD_CPUTIME_ID = 3;
