/**
 * Numbers of the Linux system call interface, 64-bit x86 and ARM (include/uapi/linux, asm-generic).
 *
 * @module
 */

export const AF = { inet: 2, inet6: 10 } as const;
export const SOCK = { stream: 1, dgram: 2, nonblock: 0o4000, cloexec: 0o2000000 } as const;
export const SHUT_WRITE = 1;
export const F = { getfl: 3, setfl: 4 } as const;
export const O_NONBLOCK = 0o4000;

export const SOL = { socket: 1, ip: 0, tcp: 6, udp: 17, ipv6: 41 } as const;
export const SO = {
  reuseaddr: 2,
  error: 4,
  sndbuf: 7,
  rcvbuf: 8,
  bindtodevice: 25,
  rcvbufforce: 33,
  timestampns: 35,
  maxPacingRate: 47,
} as const;
export const IP = { tos: 1, mtuDiscover: 10, mtu: 14 } as const;
export const IPV6 = { v6only: 26, mtuDiscover: 23, mtu: 24, tclass: 67 } as const;
/** Values of IP_MTU_DISCOVER: fragment freely, or set DF and obey the path MTU. */
export const PMTUDISC = { dont: 0, do: 2 } as const;
export const TCP = { nodelay: 1, maxseg: 2, info: 11, congestion: 13 } as const;
export const UDP = { segment: 103, gro: 104 } as const;

export const MSG = { peek: 2, trunc: 0x20, dontwait: 0x40, nosignal: 0x4000 } as const;
export const POLL = { in: 1, out: 4, err: 8, hup: 16 } as const;
export const RUSAGE_THREAD = 1;
export const CLOCK_REALTIME = 0;
