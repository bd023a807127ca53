/**
 * Finds peers without ranges, and peers to which no handshake can begin.
 *
 * @module
 */
import { parseIp } from '../../../core/address.ts';
import { isMissing, lineOf } from '../lines.ts';
import type { Check } from './facts.ts';
import { quotedValue } from './finding.ts';

/** Reports missing ranges, missing endpoints and ports, and unusable link-local endpoints. */
export const checkReach: Check = ({ config, lines }, { devices }) => {
  const { listenPort } = config.interface;
  const listens = listenPort || !isMissing(lines.interface, 'ListenPort');
  const anyEndpoint =
    lines.losesPeers || config.peers.some(({ endpoint }, i) => endpoint || !isMissing(lines.peers[i], 'Endpoint'));
  const unreachable = {
    line: lines.interface.heading,
    key: 'ListenPort',
    severity: 'warning',
    message: 'missing, and no peer has an Endpoint: neither end knows where to send the first packet',
    fix: 'set ListenPort here, or Endpoint at a peer',
  } as const;
  return [
    ...(config.peers.length > 0 && !anyEndpoint && !listens ? [unreachable] : []),
    ...config.peers.flatMap(({ allowedIps, endpoint, persistentKeepaliveSeconds }, i) => {
      const at = { line: lines.peers[i]?.heading ?? 0 };
      const carries = allowedIps.some(({ sign }) => sign !== '-') || !isMissing(lines.peers[i], 'AllowedIPs');
      const keepsAlive = persistentKeepaliveSeconds || !isMissing(lines.peers[i], 'PersistentKeepalive');
      const empty = {
        ...at,
        line: lineOf(lines.peers[i], 'AllowedIPs'),
        key: 'AllowedIPs',
        severity: 'warning',
        message: 'none: this peer can shake hands but carries no packet in either direction',
        fix: 'name the addresses behind the peer, such as 10.0.0.2/32',
      } as const;
      const unzoned = {
        ...at,
        line: lineOf(lines.peers[i], 'Endpoint'),
        key: 'Endpoint',
        severity: 'warning',
        message: 'a link-local address without its device: no packet leaves for it',
        fix: 'write the device behind it, such as [fe80::1%eth0]:51820',
      } as const;
      const absent = absentZone(endpoint?.host, devices);
      const elsewhere = {
        ...at,
        line: lineOf(lines.peers[i], 'Endpoint'),
        key: 'Endpoint',
        severity: 'warning',
        message: `this host has no device ${quotedValue(absent ?? '')}: no packet leaves for it`,
        fix: 'correct the name behind "%" (ip link shows those that there are)',
      } as const;
      const quiet = {
        ...at,
        key: 'PersistentKeepalive',
        severity: 'info',
        message:
          'not set, and without ListenPort we are likely behind a NAT: the peer cannot reach us once it forgets us',
        fix: 'set PersistentKeepalive = 25 if the peer is to begin connections',
      } as const;
      return [
        ...(carries ? [] : [empty]),
        ...(endpoint && isUnzoned(endpoint.host) ? [unzoned] : []),
        ...(absent === null ? [] : [elsewhere]),
        ...(endpoint && !keepsAlive && !listens ? [quiet] : []),
      ];
    }),
  ];
};

/** The zone of a link-local address (RFC 4007 §11) if it names a device that does not exist; otherwise `null`. */
function absentZone(host: string | undefined, devices: readonly string[] | undefined): string | null {
  const scope = parseIp(host ?? '')?.scope ?? null;
  return scope === null || devices === undefined || Number(scope) || devices.includes(scope) ? null : scope;
}

/** Whether it is a link-local address (fe80::/10, RFC 4291 §2.5.6) without a zone. */
function isUnzoned(host: string): boolean {
  const ip = parseIp(host);
  const [first = 0, second = 0] = ip?.octets ?? [];
  return ip?.family === 6 && ip.scope === null && first === 0xfe && (second & 0xc0) === 0x80;
}
