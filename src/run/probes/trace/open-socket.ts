/**
 * Prepares a socket for probes: where it leaves from, the TTL, and errors that routers report.
 *
 * @module
 */
import { IP, IPV6, PMTUDISC, SO, SOL } from '../../../native/constants.ts';
import type { Libc } from '../../../native/libc.ts';
import type { LinuxSocket } from '../../../native/socket.ts';
import { cannotSend } from './cannot-send.ts';
import type { PortPlan } from './probe-port.ts';

/** Larger probes are there to find out what fits: routers must not fragment them. */
const LARGE_BYTES = 512;

/**
 * Applies the options of a plan, and asks for errors, for what is added to them, and for the TTL of answers.
 *
 * @param localPort - 0 lets the system choose
 * @throws NetError for an address, a port or a device that cannot be used
 */
export function prepareSocket(socket: LinuxSocket, plan: PortPlan, localPort: number): void {
  const { family, source, tos } = plan;
  socket.apply('udp', {
    tos,
    device: source.device,
    congestion_control: null,
    window_bytes: null,
    mss_bytes: null,
    no_delay: false,
    dont_fragment: false,
  });
  reportErrors(socket, family);
  if ((plan.lengthBytes ?? 0) > LARGE_BYTES) socket.setFragmentation(PMTUDISC.probe);
  if (source.address === null && localPort === 0) return;
  socket.bind(source.address ?? (family === 4 ? '0.0.0.0' : '::'), localPort);
}

/** Asks for errors that routers report, for what is added to them, for the TTL of answers, and for the time of both. */
export function reportErrors(socket: LinuxSocket, family: 4 | 6): void {
  if (family === 4) {
    socket.setInt(SOL.ip, IP.recverr, 1, 'IP_RECVERR');
    socket.trySetInt(SOL.ip, IP.recvttl, 1);
    socket.trySetInt(SOL.ip, IP.recverrRfc4884, 1);
  } else {
    socket.setInt(SOL.ipv6, IPV6.recverr, 1, 'IPV6_RECVERR');
    socket.trySetInt(SOL.ipv6, IPV6.recvHopLimit, 1);
    socket.trySetInt(SOL.ipv6, IPV6.recverrRfc4884, 1);
  }
  socket.trySetInt(SOL.socket, SO.timestampns, 1);
}

/** Sets the TTL of what is sent from now on. @returns false if the system refuses it */
export function setTtl(socket: LinuxSocket, family: 4 | 6, ttl: number): boolean {
  return family === 4 ? socket.trySetInt(SOL.ip, IP.ttl, ttl) : socket.trySetInt(SOL.ipv6, IPV6.unicastHops, ttl);
}

/** Connects a socket whose probes go to one address. @throws NetError `ERR_CONNECT` without a route */
export function connectSocket(libc: Libc, socket: LinuxSocket, address: string, port: number): void {
  try {
    socket.connect(address, port);
  } catch {
    throw cannotSend(address, libc.errno());
  }
}
