/**
 * What this host adds to the check of a configuration file. Makes nothing and sends nothing.
 *
 * @module
 */
import { parseIp } from '../../core/address.ts';
import { publicKeyOf } from '../../crypto/x25519.ts';
import { readInterfaces } from '../../system/interfaces.ts';
import { describePath } from '../../system/route.ts';
import type { TunnelConfig } from '../../tunnel/config/config.ts';
import type { CheckFacts, LocalRoute } from '../../tunnel/config/facts.ts';
import { isZeroKey } from '../../tunnel/keys.ts';
import { parsePrefix } from '../../tunnel/prefix.ts';

/** Ways that are looked at; a hub has no endpoints, and others have few. */
const MOST_ENDPOINTS = 16;

/** @param device - the tunnel's own, whose networks are no others */
export async function readCheckFacts(
  config: TunnelConfig,
  device: string | null,
): Promise<Pick<CheckFacts, 'ownPublicKey' | 'localRoutes' | 'underlayMtu'>> {
  const { privateKey } = config.interface;
  const underlayMtu = await smallestMtu(config);
  return {
    ...(privateKey && !isZeroKey(privateKey) && { ownPublicKey: publicKeyOf(privateKey) }),
    ...(underlayMtu !== null && { underlayMtu }),
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
