/**
 * Opens the sockets for a protocol, or for UDP where this process may not use ICMP.
 *
 * @module
 */
import type { Libc } from '../../../native/libc.ts';
import { openIcmpPort } from './icmp-port.ts';
import type { PortPlan, ProbePort } from './probe-port.ts';
import { openTcpPort } from './tcp-port.ts';
import { openUdpPort } from './udp-port.ts';

/** Port of UDP probes where none is given: the usual one of traceroute, on which nothing listens. */
export const UDP_PORT = 33_434;

/** Sockets that are open, and the plan that they follow. */
export interface OpenedPort {
  readonly plan: PortPlan;
  readonly sockets: ProbePort;
  /** What was done instead of what was asked, and what would help; `null` if it was done. */
  readonly instead: string | null;
}

const NO_ICMP =
  'ICMP is not allowed to this process: UDP was used instead. What would help: its group in net.ipv4.ping_group_range ' +
  '(sysctl -w net.ipv4.ping_group_range="0 2147483647"), or CAP_NET_RAW';

/** Opens the sockets of a plan. @throws NetError if they cannot be opened */
export function openPort(libc: Libc, plan: PortPlan): OpenedPort {
  switch (plan.protocol) {
    case 'tcp':
      return { plan, sockets: openTcpPort(libc, plan), instead: null };
    case 'udp':
      return { plan, sockets: openUdpPort(libc, plan), instead: null };
    case 'icmp': {
      const sockets = openIcmpPort(libc, plan);
      if (sockets !== null) return { plan, sockets, instead: null };
      const udp: PortPlan = { ...plan, protocol: 'udp', port: UDP_PORT };
      return { plan: udp, sockets: openUdpPort(libc, udp), instead: NO_ICMP };
    }
    default:
      return plan.protocol satisfies never;
  }
}
