/**
 * Facts about this host for the check of a configuration file. Changes nothing and sends nothing.
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

/** Most endpoints whose routes are looked up; a hub has none, and others have few. */
const MOST_ENDPOINTS = 16;

/**
 * Reads the facts: devices, connected networks, the MTU of the underlay, and the own public key.
 *
 * @param device - the tunnel's own device, whose networks are left out
 */
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

/** The smallest MTU of the routes to endpoints that are given as addresses. */
async function smallestMtu({ peers }: TunnelConfig): Promise<number | null> {
  const addresses = peers.flatMap(({ endpoint }) => (endpoint && parseIp(endpoint.host) ? [endpoint.host] : []));
  const paths = await Promise.all(addresses.slice(0, MOST_ENDPOINTS).map((address) => describePath(address)));
  const known = paths.flatMap(({ mtu_bytes }) => mtu_bytes ?? []);
  return known.length === 0 ? null : Math.min(...known);
}
