/**
 * Facts about this host that the plan of a tunnel needs.
 *
 * @module
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import type { Endpoint } from '../../../core/shapes/tunnel-config.ts';
import { readDeviceMtu } from '../../../system/device-mtu.ts';
import { readText } from '../../../system/files/kernel-files.ts';
import type { TunnelConfig } from '../../../tunnel/config/config.ts';
import { chooseMtu, familyInside, type MtuChoice, type RouteMtu } from '../../../tunnel/mtu.ts';
import type { UpFacts } from '../../../tunnel/up/plan.ts';
import { runCommand } from '../control/command.ts';

/** First routing table that is tried, as in wg-quick(8). */
const FIRST_TABLE = 51_820;
/** Most ip(8) processes at a time; more questions are asked in one batch. */
const MOST_SINGLE_QUESTIONS = 16;
const INTERFACE_ORDER = '/etc/resolvconf/interface-order';
const IPV6_SETTINGS = '/proc/sys/net/ipv6';
const SRC_VALID_MARK = '/proc/sys/net/ipv4/conf/all/src_valid_mark';

/** Facts that do not depend on the tunnel. */
export type HostFacts = Pick<UpFacts, 'freeTable' | 'firewall' | 'dns' | 'hasIpv6' | 'srcValidMark'>;

/** Reads the facts: a free routing table, the tools for firewall and DNS, and kernel settings. */
export async function readHostFacts(): Promise<HostFacts> {
  return {
    freeTable: await freeTable(),
    firewall: isInstalled('nft') ? 'nft' : isInstalled('iptables-restore') ? 'iptables' : null,
    dns: dnsTool(),
    hasIpv6: hasIpv6(),
    srcValidMark: readText(SRC_VALID_MARK)?.trim() ?? null,
  };
}

/** Whether the kernel supports IPv6. */
export function hasIpv6(): boolean {
  return existsSync(IPV6_SETTINGS);
}

function dnsTool(): HostFacts['dns'] {
  if (isInstalled('resolvconf')) return { tag: 'resolvconf', prefix: recordPrefix(readText(INTERFACE_ORDER) ?? '') };
  return isInstalled('resolvectl') ? { tag: 'resolvectl' } : null;
}

/** Chooses the MTU: that of the file, or else that of the routes to the endpoints less the overhead. */
export async function readMtuChoice(config: TunnelConfig, endpoints: readonly (Endpoint | null)[]): Promise<MtuChoice> {
  const explicit = config.interface.mtu;
  const inside = familyInside(config);
  if (explicit !== null) return chooseMtu({ explicit, endpoints: [], defaultRoute: null, inside });
  const addresses = new Set(endpoints.flatMap((endpoint) => endpoint?.address ?? []));
  return chooseMtu({
    explicit,
    endpoints: await routeMtus([...addresses]),
    defaultRoute: await routeMtu(['ip', 'route', 'show', 'default']),
    inside,
  });
}

/** Asks ip(8) for the routes: one process for each, or one for all if there are many. */
async function routeMtus(addresses: readonly string[]): Promise<readonly RouteMtu[]> {
  if (addresses.length <= MOST_SINGLE_QUESTIONS) {
    return Promise.all(addresses.map((address) => routeMtu(['ip', 'route', 'get', ...destination(address)])));
  }
  const input = addresses.map((address) => `route get ${destination(address).join(' ')}\n`).join('');
  // For an address without a route, ip(8) prints an error on stderr and continues.
  const options = { input, anyStatus: true } as const;
  const text = await runCommand(['ip', '-oneline', '-force', '-batch', '-'], options).catch(() => '');
  return [...new Set(text.split('\n').map(wayOf))].map(mtuOfWay);
}

/** Arguments of ip(8), which takes the device of a link-local address separately. */
function destination(address: string): readonly string[] {
  const [bare = address, zone] = address.split('%');
  return zone === undefined ? [bare] : [bare, 'oif', zone];
}

/** The part of an answer that determines the MTU. Most endpoints share a route. */
function wayOf(line: string): string {
  return [/ dev \S+/, / mtu (?:lock )?\d+/].map((part) => part.exec(line)?.[0] ?? '').join('');
}

/** Without a route, nothing is known. */
async function routeMtu(argv: readonly string[]): Promise<RouteMtu> {
  return mtuOfWay(await runCommand(argv).catch(() => ''));
}

/** Parses `… dev eth0 …` and, on a separate line, `cache mtu 1400`. */
function mtuOfWay(text: string): RouteMtu {
  const mtu = / mtu (?:lock )?(\d+)/.exec(text)?.[1];
  const device = / dev (\S+)/.exec(text)?.[1];
  return { routeMtu: mtu === undefined ? null : Number(mtu), deviceMtu: device ? readDeviceMtu(device) : null };
}

async function freeTable(): Promise<number> {
  for (let table = FIRST_TABLE; ; table++) if (await isEmpty(table)) return table;
}

async function isEmpty(table: number): Promise<boolean> {
  // ip(8) reports an error for a table that has never been used.
  const routes = ['-4', '-6'].map((family) =>
    runCommand(['ip', family, 'route', 'show', 'table', `${table}`]).catch(() => ''),
  );
  return (await Promise.all(routes)).every((text) => text.trim() === '');
}

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      // Not in this folder.
      return false;
    }
  });
}

/**
 * The prefix for records of Debian's resolvconf, which ranks them by name: `tun*` in its order makes `tun.wg0` a record
 * of a tunnel (wg-quick(8)).
 */
function recordPrefix(order: string): string {
  const first = /^([A-Za-z0-9-]+)\*$/m.exec(order)?.[1];
  return first === undefined ? '' : `${first}.`;
}
