/**
 * Finds MTUs that do not work.
 *
 * @module
 */
import { parseIp } from '../../../core/address.ts';
import {
  chooseMtu,
  familyInside,
  IPV4_OVERHEAD_BYTES,
  LEAST_MTU,
  mtuWarning,
  WIREGUARD_OVERHEAD_BYTES,
} from '../../mtu.ts';
import { isMissing, lineOf } from '../lines.ts';
import type { Check, CheckedConfig, CheckFacts } from './facts.ts';
import type { Severity } from './finding.ts';

/** A larger packet does not fit in an outer packet of 65,535 octets (RFC 791). */
const MOST_MTU = 65_535 - IPV4_OVERHEAD_BYTES;

/** Reports an MTU that is too small for IP or too large for the underlay. */
export const checkMtu: Check = (checked, facts) => {
  const { mtu } = checked.config.interface;
  const inside = familyInside(checked.config);
  if (mtu === null) return isMissing(checked.lines.interface, 'MTU') ? doubtOfChoice(inside, facts) : [];
  const at = { line: lineOf(checked.lines.interface, 'MTU'), key: 'MTU' } as const;
  const say = (severity: Severity, message: string, fix: string): ReturnType<Check> => [
    { ...at, severity, message, fix },
  ];
  if (mtu > MOST_MTU) return say('error', `${mtu} is more than fits in a UDP datagram`, `set at most ${MOST_MTU}`);
  if (mtu < LEAST_MTU[6] && inside === 6) {
    const fix = `set at least ${LEAST_MTU[6]}, or remove the IPv6 addresses`;
    return say('error', `${mtu} is below ${LEAST_MTU[6]}, which IPv6 needs`, fix);
  }
  if (mtu < LEAST_MTU[4]) {
    return say('warning', `${mtu} is below ${LEAST_MTU[4]}: hosts may not answer as expected`, 'set at least 1280');
  }
  const { underlayMtu } = facts;
  if (underlayMtu === undefined || mtu <= underlayMtu - WIREGUARD_OVERHEAD_BYTES) return [];
  const families = outerFamilies(checked, facts);
  const overhead = families.has(6) ? WIREGUARD_OVERHEAD_BYTES : IPV4_OVERHEAD_BYTES;
  if (mtu > underlayMtu - overhead) {
    const message = `${mtu} with ${overhead} of overhead is more than the ${underlayMtu} beneath: full packets are cut or lost`;
    return say('warning', message, lowerFix(underlayMtu, inside));
  }
  if (families.has(4) && families.size === 1) return [];
  const message = `${mtu} fits the ${underlayMtu} beneath over IPv4 and not over IPv6`;
  return say('info', message, `${lowerFix(underlayMtu, inside)} if an endpoint may be reached over IPv6`);
};

/** The warning of `up` about the MTU that it would choose. */
function doubtOfChoice(inside: 4 | 6, { underlayMtu }: CheckFacts): ReturnType<Check> {
  if (underlayMtu === undefined) return [];
  const endpoints = [{ routeMtu: underlayMtu, deviceMtu: null }];
  const message = mtuWarning(chooseMtu({ explicit: null, endpoints, defaultRoute: null, inside }));
  if (message === null) return [];
  return [{ line: 0, key: 'MTU', severity: 'warning', message, fix: lowerFix(underlayMtu, inside) }];
}

/** Advice that never lowers the MTU below the minimum of IPv6 if there are IPv6 addresses. */
function lowerFix(underlayMtu: number, inside: 4 | 6): string {
  const fits = underlayMtu - WIREGUARD_OVERHEAD_BYTES;
  if (fits >= LEAST_MTU[inside]) return `set ${fits}`;
  return inside === 6
    ? `remove the IPv6 addresses and set ${fits}, or use a way that carries ${LEAST_MTU[6] + WIREGUARD_OVERHEAD_BYTES}`
    : `use a way that carries ${LEAST_MTU[4] + WIREGUARD_OVERHEAD_BYTES}`;
}

/** Families of the endpoints; includes `null` if there are names that are not resolved. */
function outerFamilies({ config }: CheckedConfig, { endpoints = [] }: CheckFacts): ReadonlySet<4 | 6 | null> {
  return new Set(
    config.peers.flatMap(({ endpoint }, i) =>
      endpoint ? [parseIp(endpoints[i]?.address ?? endpoint.host)?.family ?? null] : [],
    ),
  );
}
