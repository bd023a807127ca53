/**
 * Messages of `winze tunnel up` and `winze tunnel device`.
 *
 * @module
 */
import { formatEndpoint } from '../../core/address.ts';
import { printable } from '../../core/printable.ts';
import type { ForwardingFinding } from '../../tunnel/up/forwarding.ts';
import type { UpEvent } from '../../tunnel/up/up-event.ts';
import { shortKey, tunnelEventWords } from './tunnel-event.ts';

/** Longest message of the system or of a snippet that is printed. */
const WORDS_COLUMNS = 600;

/**
 * The line about an event; `null` if it needs none. A step is printed as by wg-quick(8): `[#] ip …`.
 *
 * @param hasTerminal - whether Ctrl-C can reach the program
 */
export function upEventWords(event: UpEvent, hasTerminal = true): string | null {
  switch (event.tag) {
    case 'step':
      return `[#] ${printable(event.words, WORDS_COLUMNS)}`;
    case 'warning':
      return `warning: ${printable(event.message, WORDS_COLUMNS)}`;
    case 'up': {
      const { device, mtu, listenPort } = event;
      const down = `winze tunnel down ${device}`;
      const end = hasTerminal ? `Ctrl-C, or ${down}, takes it down` : `${down} takes it down`;
      return `${device} is up: UDP port ${listenPort}, MTU ${mtu}; ${end}`;
    }
    case 'resolved': {
      const { publicKey, host, endpoint } = event;
      const place = formatEndpoint(endpoint.address, endpoint.port);
      return `peer ${shortKey(publicKey)}: ${printable(host, WORDS_COLUMNS)} resolves to ${place} now`;
    }
    case 'tunnel':
      return tunnelEventWords(event.event);
    case 'forwarding':
      return forwardingWords(event.finding);
    default:
      return event satisfies never;
  }
}

function forwardingWords(finding: ForwardingFinding): string {
  const packets = `${finding.packets} ${finding.packets === 1 ? 'packet' : 'packets'}`;
  if (finding.tag === 'no-answers') {
    return `${packets} went on from the tunnel to other hosts, and nothing came back into it: those hosts need a route to the addresses of the tunnel, or this one must masquerade (docs/tunnel.md, exit node)`;
  }
  const setting = finding.family === 4 ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding';
  return `${packets} came out of the tunnel for other hosts, and this host does not forward (${setting}=0): PostUp = sysctl -w ${setting}=1, and masquerade for hosts without a route back (docs/tunnel.md, exit node)`;
}
