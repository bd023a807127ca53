/**
 * What this host adds to the check of a configuration file. Makes nothing and sends nothing.
 *
 * @module
 */
import { join } from 'node:path';
import { parseIp } from '../../core/address.ts';
import { publicKeyOf } from '../../crypto/x25519.ts';
import { deviceNames, readText, SYSTEM_ROOTS } from '../../system/files/kernel-files.ts';
import { readInterfaces } from '../../system/interfaces.ts';
import { describePath } from '../../system/route.ts';
import type { CheckFacts, LocalRoute } from '../../tunnel/config/check/facts.ts';
import type { TunnelConfig } from '../../tunnel/config/config.ts';
import { isZeroKey } from '../../tunnel/keys.ts';
import { parsePrefix } from '../../tunnel/prefix.ts';

/** Ways that are looked at; a hub has no endpoints, and others have few. */
const MOST_ENDPOINTS = 16;

/** @param device - the tunnel's own, whose networks are no others */
export async function readCheckFacts(
  config: TunnelConfig,
  device: string | null,
): Promise<Pick<CheckFacts, 'ownPublicKey' | 'localRoutes' | 'underlayMtu' | 'devices'>> {
  const { privateKey } = config.interface;
  const deviceTable = readText(join(SYSTEM_ROOTS.proc, 'net/dev'));
  const underlayMtu = await smallestMtu(config);
  return {
    ...(privateKey && !isZeroKey(privateKey) && { ownPublicKey: publicKeyOf(privateKey) }),
    ...(underlayMtu !== null && { underlayMtu }),
    ...(deviceTable !== null && { devices: deviceNames(deviceTable) }),
    localRoutes: connectedNetworks(device),
  };
}

function connectedNetworks(device: string | null): LocalRoute[] {
  return Object.entries(readInterfaces()).flatMap(([name, infos = []]) =>
    infos.flatMap(({ internal, cidr }) => {
      const prefix = internal || cidr === null || name === device ? undefined : parsePrefix(cidr);
      return prefix ? [{ prefix, device: name }] : [];
    }),
  );
}

/** Of the ways to those endpoints that are addresses. */
async function smallestMtu({ peers }: TunnelConfig): Promise<number | null> {
  const addresses = peers.flatMap(({ endpoint }) => (endpoint && parseIp(endpoint.host) ? [endpoint.host] : []));
  const paths = await Promise.all(addresses.slice(0, MOST_ENDPOINTS).map((address) => describePath(address)));
  const known = paths.flatMap(({ mtu_bytes }) => mtu_bytes ?? []);
  return known.length === 0 ? null : Math.min(...known);
}
