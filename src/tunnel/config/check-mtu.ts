/**
 * MTUs that cannot work.
 *
 * @module
 */
import { parseIp } from '../../core/address.ts';
import { WIREGUARD_OVERHEAD_BYTES } from '../mtu.ts';
import type { Check, Checked, CheckFacts } from './facts.ts';
import type { Severity } from './finding.ts';
import { lineOf } from './lines.ts';

/** Over IPv4: header 20, UDP 8, message header 16, tag 16. */
const IPV4_OVERHEAD_BYTES = 60;
/** Every IPv6 link carries that much (RFC 8200 §5), and Linux switches IPv6 off on one that does not. */
const IPV6_LEAST_MTU = 1280;
/** Every IPv4 host takes that much in one piece (RFC 791). */
const IPV4_LEAST_MTU = 576;
/** A larger packet does not fit in one of 65,535 octets (RFC 791). */
const MOST_MTU = 65_535 - IPV4_OVERHEAD_BYTES;

export const checkMtu: Check = (checked, facts) => {
  const { mtu } = checked.config.interface;
  if (mtu === null) return [];
  const at = { line: lineOf(checked.lines.interface, 'MTU'), key: 'MTU' } as const;
  const say = (severity: Severity, message: string, fix: string): ReturnType<Check> => [
    { ...at, severity, message, fix },
  ];
  if (mtu > MOST_MTU) return say('error', `${mtu} is more than fits in a UDP datagram`, `set at most ${MOST_MTU}`);
  if (mtu < IPV6_LEAST_MTU && usesIpv6(checked)) {
    const fix = `set at least ${IPV6_LEAST_MTU}, or remove the IPv6 addresses`;
    return say('error', `${mtu} is below ${IPV6_LEAST_MTU}, which IPv6 needs`, fix);
  }
  if (mtu < IPV4_LEAST_MTU) {
    return say('warning', `${mtu} is below ${IPV4_LEAST_MTU}: hosts may not answer as expected`, 'set at least 1280');
  }
  const { underlayMtu } = facts;
  if (underlayMtu === undefined || mtu <= underlayMtu - WIREGUARD_OVERHEAD_BYTES) return [];
  const families = outerFamilies(checked, facts);
  const overhead = families.has(6) ? WIREGUARD_OVERHEAD_BYTES : IPV4_OVERHEAD_BYTES;
  if (mtu > underlayMtu - overhead) {
    const message = `${mtu} with ${overhead} of overhead is more than the ${underlayMtu} beneath: full packets are cut or lost`;
    return say('warning', message, `set ${underlayMtu - WIREGUARD_OVERHEAD_BYTES}`);
  }
  if (families.has(4) && families.size === 1) return [];
  const message = `${mtu} fits the ${underlayMtu} beneath over IPv4 and not over IPv6`;
  return say('info', message, `set ${underlayMtu - WIREGUARD_OVERHEAD_BYTES} if an endpoint may be reached over IPv6`);
};

function usesIpv6({ config }: Checked): boolean {
  const ranges = config.peers.flatMap(({ allowedIps }) => allowedIps.map(({ prefix }) => prefix));
  return [...config.interface.addresses, ...ranges].some(({ octets }) => octets.length === 16);
}

/** Families of the endpoints; `null` stands among them for names that are not resolved. */
function outerFamilies({ config }: Checked, { endpoints = [] }: CheckFacts): ReadonlySet<4 | 6 | null> {
  return new Set(
    config.peers.flatMap(({ endpoint }, i) =>
      endpoint ? [parseIp(endpoints[i]?.address ?? endpoint.host)?.family ?? null] : [],
    ),
  );
}
