/**
 * The UDP sockets of a tunnel: one for each address family on the same port. For each datagram they report the
 * destination address and the ECN field.
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
/** If the system chooses the port for IPv4, the same port may be taken for IPv6; then another is tried. */
const PORT_ATTEMPTS = 100;

/** The sockets of a tunnel; a family that the host lacks is `null`. */
export interface TunnelSockets {
  readonly v4: LinuxSocket | null;
  readonly v6: LinuxSocket | null;
  readonly port: number;
  /** Index of the device that the sockets were bound to from outside (`ip vrf exec`); 0 for none. */
  readonly device: number;
}

/**
 * Opens both families on one port. On a host that lacks one family, only the other is opened.
 *
 * @param port - 0 lets the system choose
 * @throws NetError `ERR_USAGE` when the port is taken; `ERR_UNSUPPORTED` when the host has neither family
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

/**
 * Sets the mark of datagrams sent, for policy routing (FwMark; SO_MARK).
 *
 * @throws NetError `ERR_UNSUPPORTED` without CAP_NET_ADMIN
 */
export function markSockets(sockets: TunnelSockets, mark: number): void {
  for (const socket of [sockets.v4, sockets.v6]) socket?.setInt(SOL.socket, SO.mark, mark, 'FwMark (CAP_NET_ADMIN)');
}

/** Closes the sockets of both families. */
export function closeTunnelSockets(sockets: TunnelSockets): void {
  sockets.v4?.close();
  sockets.v6?.close();
}

function openFamily(libc: Libc, any: '0.0.0.0' | '::'): LinuxSocket | null {
  let socket: LinuxSocket;
  try {
    socket = LinuxSocket.open(libc, 'udp', any);
  } catch {
    // EAFNOSUPPORT: this kernel lacks the family.
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
    // As the kernel's WireGuard does: with DF a datagram is lost at a link with a smaller MTU if ICMP is filtered.
    // Without DF, IP fragments it, here by the known path MTU or at a router. Routers do not fragment IPv6, so path MTU
    // discovery is needed there.
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

/** Address family (as in AF) of an IP address in text. */
export function familyOf(address: string): number {
  return address.includes(':') ? AF.inet6 : AF.inet;
}
