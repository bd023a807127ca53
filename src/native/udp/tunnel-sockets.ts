/**
 * The UDP sockets of a tunnel: one a family on the same port, telling of each datagram where it was
 * sent to and how it was marked on the way.
 *
 * @module
 */
import { NetError } from '../../core/errors.ts';
import { AF, IP, IPV6, PMTUDISC, SO, SOL } from '../constants.ts';
import type { Libc } from '../libc.ts';
import { LinuxSocket } from '../socket.ts';
import { UdpReceiver } from './udp-receiver.ts';

/** wireguard-go's choice: 4.08 became 5.27 Gbit/s with it (commit f26efb6). */
const SOCKET_BUFFER_BYTES = 7 * 1024 * 1024;
/** With a port of the system's choice for IPv4, the same may be taken for IPv6. */
const PORT_ATTEMPTS = 100;

export interface TunnelSockets {
  readonly v4: LinuxSocket | null;
  readonly v6: LinuxSocket | null;
  readonly port: number;
  /** Index of the device that they are bound to by whoever runs this (`ip vrf exec`); 0 for none. */
  readonly device: number;
}

/**
 * Opens both families on one port; a host without one of them does with the other.
 *
 * @param port - 0 for one of the system's choice
 * @throws NetError `ERR_USAGE` when the port is taken
 */
export function openTunnelSockets(libc: Libc, port: number): TunnelSockets {
  for (let attempt = 1; ; attempt++) {
    const v4 = openFamily(libc, '0.0.0.0');
    const v6 = openFamily(libc, '::');
    if (!v4 && !v6) throw new NetError('ERR_UNSUPPORTED', 'this host has neither IPv4 nor IPv6 sockets');
    try {
      v4?.bind('0.0.0.0', port);
      const chosen = v4?.local().port ?? port;
      v6?.bind('::', chosen);
      return { v4, v6, port: v6?.local().port ?? chosen, device: (v4 ?? v6)?.boundDevice() ?? 0 };
    } catch (error) {
      v4?.close();
      v6?.close();
      if (port === 0 && attempt < PORT_ATTEMPTS) continue;
      if (port === 0) throw error;
      throw new NetError(
        'ERR_USAGE',
        `UDP port ${port} cannot be used (${(error as Error).message}): set another ListenPort`,
        {
          cause: error,
        },
      );
    }
  }
}

/** Marks what the sockets send, for policy routing (FwMark). */
export function markSockets(sockets: TunnelSockets, mark: number): void {
  for (const socket of [sockets.v4, sockets.v6]) socket?.setInt(SOL.socket, SO.mark, mark, 'FwMark (CAP_NET_ADMIN)');
}

export function closeTunnelSockets(sockets: TunnelSockets): void {
  sockets.v4?.close();
  sockets.v6?.close();
}

function openFamily(libc: Libc, any: '0.0.0.0' | '::'): LinuxSocket | null {
  let socket: LinuxSocket;
  try {
    socket = LinuxSocket.open(libc, 'udp', any);
  } catch {
    // EAFNOSUPPORT: this kernel does without the family.
    return null;
  }
  if (any === '::') {
    socket.setInt(SOL.ipv6, IPV6.v6only, 1, 'IPV6_V6ONLY');
    socket.trySetInt(SOL.ipv6, IPV6.recvpktinfo, 1);
    socket.trySetInt(SOL.ipv6, IPV6.recvtclass, 1);
    socket.trySetInt(SOL.ipv6, IPV6.recverr, 1);
  } else {
    socket.trySetInt(SOL.ip, IP.pktinfo, 1);
    socket.trySetInt(SOL.ip, IP.recvtos, 1);
    socket.trySetInt(SOL.ip, IP.recverr, 1);
    // As the kernel's WireGuard sends: with DF a datagram vanishes at a narrow link whose ICMP is filtered. Here IP cuts it,
    // also by what is known of the way. Routers cut no IPv6, so there the way has to tell what it carries.
    socket.trySetInt(SOL.ip, IP.mtuDiscover, PMTUDISC.dont);
  }
  UdpReceiver.join(socket);
  for (const [forced, plain] of [
    [SO.rcvbufforce, SO.rcvbuf],
    [SO.sndbufforce, SO.sndbuf],
  ] as const) {
    // The forced form needs CAP_NET_ADMIN and ignores net.core.*mem_max.
    if (!socket.trySetInt(SOL.socket, forced, SOCKET_BUFFER_BYTES)) {
      socket.trySetInt(SOL.socket, plain, SOCKET_BUFFER_BYTES);
    }
  }
  return socket;
}

/** Number of the address family of an address in text. */
export function familyOf(address: string): number {
  return address.includes(':') ? AF.inet6 : AF.inet;
}
