/**
 * Peers that carry nothing, or that nobody can begin to talk to.
 *
 * @module
 */
import type { Check } from './facts.ts';
import { lineOf } from './lines.ts';

export const checkReach: Check = ({ config, lines }) => {
  const { listenPort } = config.interface;
  const anyEndpoint = config.peers.some(({ endpoint }) => endpoint !== null);
  const unreachable = {
    line: lines.interface.heading,
    key: 'ListenPort',
    severity: 'warning',
    message: 'missing, and no peer has an Endpoint: neither end knows where to send the first packet',
    fix: 'set ListenPort here, or Endpoint at a peer',
  } as const;
  return [
    ...(config.peers.length > 0 && !anyEndpoint && !listenPort ? [unreachable] : []),
    ...config.peers.flatMap(({ allowedIps, endpoint, persistentKeepaliveSeconds }, i) => {
      const at = { line: lines.peers[i]?.heading ?? 0 };
      const carries = allowedIps.some(({ sign }) => sign !== '-');
      const empty = {
        ...at,
        line: lineOf(lines.peers[i], 'AllowedIPs'),
        key: 'AllowedIPs',
        severity: 'warning',
        message: 'none: this peer can shake hands but carries no packet in either direction',
        fix: 'name the addresses behind the peer, such as 10.0.0.2/32',
      } as const;
      const quiet = {
        ...at,
        key: 'PersistentKeepalive',
        severity: 'info',
        message:
          'not set, and without ListenPort we are likely behind a NAT: the peer cannot reach us once it forgets us',
        fix: 'set PersistentKeepalive = 25 if the peer is to begin connections',
      } as const;
      return [...(carries ? [] : [empty]), ...(endpoint && !persistentKeepaliveSeconds && !listenPort ? [quiet] : [])];
    }),
  ];
};
