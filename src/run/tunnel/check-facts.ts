/**
 * Facts about this host for the check of a configuration file. Changes nothing and sends nothing.
 *
 * @module
 */
import { readdirSync } from 'node:fs';
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
/** Where ip(8) looks for names. */
const IPROUTE_FOLDERS = ['/etc/iproute2', '/usr/share/iproute2', '/usr/lib/iproute2'];
/** Names that ip(8) knows without a file. */
const BUILT_IN_TABLES = ['default', 'main', 'local'];
const TABLE_LINE = /^[ \t]*(?:\d+|0x[0-9a-f]+)[ \t]+(\S+)/gim;

/**
 * Reads the facts: devices, connected networks, the MTU of the underlay, and the own public key.
 *
 * @param device - the tunnel's own device, whose networks are left out
 */
export async function readCheckFacts(
  config: TunnelConfig,
  device: string | null,
): Promise<Pick<CheckFacts, 'ownPublicKey' | 'localRoutes' | 'underlayMtu' | 'devices' | 'routingTables'>> {
  const { privateKey } = config.interface;
  const deviceTable = readText(join(SYSTEM_ROOTS.proc, 'net/dev'));
  const underlayMtu = await smallestMtu(config);
  return {
    ...(privateKey && !isZeroKey(privateKey) && { ownPublicKey: publicKeyOf(privateKey) }),
    ...(underlayMtu !== null && { underlayMtu }),
    ...(deviceTable !== null && { devices: deviceNames(deviceTable) }),
    ...routingTables(),
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

/** Names of routing tables, as ip(8) finds them: in a file, and in what is beside it. */
function routingTables(): Pick<CheckFacts, 'routingTables'> {
  const texts = IPROUTE_FOLDERS.flatMap((folder) => {
    const more = join(folder, 'rt_tables.d');
    return [join(folder, 'rt_tables'), ...filesIn(more).map((file) => join(more, file))].map(readText);
  }).filter((text) => text !== null);
  if (texts.length === 0) return {};
  const names = texts.flatMap((text) => Array.from(text.matchAll(TABLE_LINE), ({ 1: name = '' }) => name));
  return { routingTables: [...BUILT_IN_TABLES, ...names] };
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((file) => file.endsWith('.conf'));
  } catch {
    // Most hosts have none.
    return [];
  }
}
