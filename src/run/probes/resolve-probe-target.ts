/**
 * Resolves the target of probes to the addresses that are probed.
 *
 * @module
 */
import { lookup } from 'node:dns/promises';
import { parseIp } from '../../core/address.ts';
import { messageOf, NetError, usageError } from '../../core/errors.ts';
import { quoted } from '../../core/printable.ts';
import type { ProbeConfig } from '../../core/shapes/path/probe-config.ts';

/** An address of the target. */
export interface ProbeAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/**
 * The addresses to probe: one for each family that is asked for, or the first one of the name.
 *
 * @throws NetError `ERR_CONNECT` if the name does not resolve, `ERR_USAGE` if families do not match
 */
export async function resolveProbeTarget(
  config: Pick<ProbeConfig, 'target' | 'families' | 'local_address'>,
): Promise<readonly ProbeAddress[]> {
  const { name } = config.target;
  const own = config.local_address === null ? undefined : parseIp(config.local_address)?.family;
  const families = own === undefined ? config.families : [own];
  const literal = parseIp(name);
  if (literal) {
    if (families.length > 0 && !families.includes(literal.family)) {
      throw usageError(`${quoted(name)} is an IPv${literal.family} address; leave out -${families[0]}`);
    }
    if (literal.scope === null && isLinkLocal(literal.octets)) {
      throw usageError(`${name} is a link-local address, the same on every link: add its device, as in ${name}%eth0`);
    }
    return [{ address: name, family: literal.family }];
  }
  if (families.length === 0) return [await first(name, 0)];
  const found: ProbeAddress[] = [];
  for (const family of families) found.push(await first(name, family));
  return found;
}

/** fe80::/10 (RFC 4291 §2.5.6). */
function isLinkLocal(octets: Uint8Array): boolean {
  return octets.length === 16 && octets[0] === 0xfe && ((octets[1] ?? 0) & 0xc0) === 0x80;
}

async function first(name: string, family: 0 | 4 | 6): Promise<ProbeAddress> {
  try {
    const found = await lookup(name, { family, order: 'verbatim' });
    return { address: found.address, family: found.family === 6 ? 6 : 4 };
  } catch (error) {
    const what = family === 0 ? '' : ` to an IPv${family} address`;
    throw new NetError('ERR_CONNECT', `${quoted(name)} does not resolve${what}: ${messageOf(error)}`, { cause: error });
  }
}
