/**
 * Resolves what the user named to addresses.
 *
 * @module
 */
import { lookup } from 'node:dns/promises';
import { parseIp } from '../../../core/address.ts';
import { messageOf, NetError } from '../../../core/errors.ts';
import type { ClientConfig } from '../../../core/shapes/config.ts';
import { interleaved } from './first-to-answer.ts';

/** A host to connect to. */
export interface PathTarget {
  /** Name or address from the user. */
  readonly name: string;
  /** In the order in which they are tried; one or more. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** Source address to use; `null` leaves it to the route. */
  readonly localAddress: string | null;
}

/** Most addresses that are tried: more of them are a mistake, or an attempt to keep the client busy. */
const MOST_ADDRESSES = 16;

/**
 * Resolves a name. The option `local_address` is for the baseline path only, since a tunnel has its own address.
 *
 * @throws NetError `ERR_USAGE` if address families do not match, `ERR_CONNECT` if the name does not resolve
 */
export async function resolveTarget(name: string, config: ClientConfig, isBaseline: boolean): Promise<PathTarget> {
  const { port, family } = config;
  const localAddress = isBaseline ? config.local_address : null;
  const literal = parseIp(name);
  if (literal && family !== null && literal.family !== family) {
    throw new NetError('ERR_USAGE', `${name} is not an IPv${family} address; leave out -${family}`);
  }
  if (literal && literal.scope === null && isLinkLocal(literal.octets)) {
    const message = `${name} is a link-local address, the same on every link: say by which device, as in ${name}%eth0`;
    throw new NetError('ERR_USAGE', message);
  }
  // A local address determines the family.
  const own = localAddress === null ? undefined : parseIp(localAddress)?.family;
  const addresses = literal ? [name] : await resolveName(name, family ?? own ?? 0);
  const fitting = own === undefined ? addresses : addresses.filter((address) => parseIp(address)?.family === own);
  if (fitting.length === 0) {
    const message = `cannot reach ${addresses[0] ?? name} from ${localAddress}: one is IPv4 and one IPv6`;
    throw new NetError('ERR_USAGE', message);
  }
  return { name, addresses: interleaved(fitting).slice(0, MOST_ADDRESSES), port, localAddress };
}

/** fe80::/10 (RFC 4291 §2.5.6). */
function isLinkLocal(octets: Uint8Array): boolean {
  return octets.length === 16 && octets[0] === 0xfe && ((octets[1] ?? 0) & 0xc0) === 0x80;
}

async function resolveName(name: string, family: 0 | 4 | 6): Promise<readonly string[]> {
  try {
    const found = await lookup(name, { family, all: true, order: 'verbatim' });
    return [...new Set(found.map(({ address }) => address))];
  } catch (error) {
    const what = family === 0 ? '' : ` to an IPv${family} address`;
    throw new NetError('ERR_CONNECT', `${name} does not resolve${what}: ${messageOf(error)}`, { cause: error });
  }
}
