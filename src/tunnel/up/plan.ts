/**
 * Plans the steps that bring a tunnel up, in the order of wg-quick(8), each with its undo actions.
 *
 * Facts about the host are arguments. Routes need not be undone, since they disappear with the device.
 *
 * @module
 */
import type { Endpoint, Prefix } from '../../core/shapes/tunnel-config.ts';
import type { TunnelConfig } from '../config/config.ts';
import { toDeviceChange } from '../config/to-device-change.ts';
import { formatPrefix } from '../prefix.ts';
import { command, type UndoAction, type UpAction, type UpStep } from './action.ts';
import { type FirewallTool, firewallStep } from './firewall.ts';
import { isDefaultRoute, routedPrefixes, usesMainTable } from './routes.ts';

/** Tool that sets DNS servers. `prefix` is what resolvconf(8) expects before the name of the device. */
export type DnsTool = { readonly tag: 'resolvconf'; readonly prefix: string } | { readonly tag: 'resolvectl' };

/** Facts about the host and the tunnel. */
export interface UpFacts {
  /** Path of the configuration file, for SaveConfig; `null` if there is none. */
  readonly configPath: string | null;
  readonly name: string;
  /** Socket of the configuration protocol. */
  readonly socketPath: string;
  /** Resolved endpoint of each peer. */
  readonly endpoints: readonly (Endpoint | null)[];
  readonly mtu: number;
  /** Number of an empty routing table, which is also used as the mark. */
  readonly freeTable: number;
  /** `null` if there is neither nft nor iptables. */
  readonly firewall: FirewallTool | null;
  /** `null` if there is neither resolvconf(8) nor resolvectl(1). */
  readonly dns: DnsTool | null;
  /** Whether the kernel supports IPv6. */
  readonly hasIpv6: boolean;
  /** `net.ipv4.conf.all.src_valid_mark`; `null` if it cannot be read. */
  readonly srcValidMark: string | null;
}

/** Number of routes up to which each is a command of its own, and a line on the terminal. */
const MOST_SINGLE_ROUTES = 16;

const SRC_VALID_MARK = 'net.ipv4.conf.all.src_valid_mark';

/** Plans all steps for a configuration file, as `wg-quick up` does. */
export function planUp(config: TunnelConfig, facts: UpFacts): readonly UpStep[] {
  const { interface: device } = config;
  const hooks = (snippets: readonly string[]): readonly Extract<UndoAction, { tag: 'hook' }>[] =>
    snippets.map((snippet) => ({ tag: 'hook', snippet: snippet.replaceAll('%i', facts.name) }));
  return [
    {
      action: { tag: 'open-device', name: facts.name },
      // Undo actions run in reverse order, and the first PostDown command must run first. If the device cannot be
      // created, they are discarded: they might undo the work of the process that has a device of this name.
      undo: [...hooks(device.postDown).toReversed(), { tag: 'close-device', name: facts.name }],
    },
    { action: { tag: 'listen', path: facts.socketPath }, undo: [{ tag: 'remove-file', path: facts.socketPath }] },
    ...hooks(device.preUp).map(doing),
    doing({ tag: 'configure', name: facts.name, change: changeOf(config, facts) }),
    ...device.addresses.map((address) =>
      doing(ip(address, 'address', 'add', formatPrefix(address), 'dev', facts.name)),
    ),
    ...withoutLinkLocal(facts),
    doing(command(['ip', 'link', 'set', 'mtu', `${facts.mtu}`, 'up', 'dev', facts.name])),
    ...dnsSteps(config, facts),
    ...routeSteps(config, facts),
    // As in wg-quick(8): after PreDown, and before the device is closed.
    ...(device.saveConfig && facts.configPath !== null
      ? undoing([{ tag: 'save-config', path: facts.configPath }])
      : []),
    ...undoing(hooks(device.preDown).toReversed()),
    ...hooks(device.postUp).map(doing),
  ];
}

/** Plans only a device and its control socket, for configuration with other tools. */
export function planDevice(facts: Pick<UpFacts, 'name' | 'socketPath' | 'mtu' | 'hasIpv6'>): readonly UpStep[] {
  const { name, socketPath, mtu } = facts;
  return [
    { action: { tag: 'open-device', name }, undo: [{ tag: 'close-device', name }] },
    { action: { tag: 'listen', path: socketPath }, undo: [{ tag: 'remove-file', path: socketPath }] },
    // Before another tool sets the device up: SaveConfig of wg-quick(8) would save the link-local address.
    ...withoutLinkLocal(facts),
    doing(command(['ip', 'link', 'set', 'mtu', `${mtu}`, 'dev', name])),
  ];
}

/** As the device of WireGuard in the kernel: no link-local address, and no router solicitations. */
function withoutLinkLocal({ name, hasIpv6 }: Pick<UpFacts, 'name' | 'hasIpv6'>): readonly UpStep[] {
  return hasIpv6 ? [doing(command(['ip', 'link', 'set', 'dev', name, 'addrgenmode', 'none']))] : [];
}

/** The mark that keeps the encrypted packets out of the tunnel; `null` if no default route leads into it. */
export function policyMark({ interface: device, peers }: TunnelConfig, freeTable: number): number | null {
  if (!usesMainTable(device.table)) return null;
  const defaults = peers.map((peer) => ({
    ...peer,
    allowedIps: peer.allowedIps.filter(({ prefix }) => isDefaultRoute(prefix)),
  }));
  const full = routedPrefixes({ interface: device, peers: defaults }).length > 0;
  return full ? device.fwmark || freeTable : null;
}

function changeOf(config: TunnelConfig, facts: UpFacts) {
  const mark = policyMark(config, facts.freeTable);
  return { ...toDeviceChange(config, facts.endpoints, 'replace'), ...(mark !== null && { fwmark: mark }) };
}

function dnsSteps({ interface: { dnsServers, dnsSearchDomains } }: TunnelConfig, facts: UpFacts): readonly UpStep[] {
  if (facts.dns === null || dnsServers.length + dnsSearchDomains.length === 0) return [];
  if (facts.dns.tag === 'resolvectl') return resolvectlSteps(facts.name, dnsServers, dnsSearchDomains);
  const record = `${facts.dns.prefix}${facts.name}`;
  const servers = dnsServers.map((server) => `nameserver ${server}\n`);
  const search = dnsSearchDomains.length > 0 ? [`search ${dnsSearchDomains.join(' ')}\n`] : [];
  return [
    {
      action: command(['resolvconf', '-a', record, '-m', '0', '-x'], [...servers, ...search].join('')),
      undo: [command(['resolvconf', '-d', record, '-f'])],
    },
  ];
}

/** As the resolvconf(1) of systemd-resolved with `-x`: the domain "~." routes all other names to these servers too. */
function resolvectlSteps(device: string, servers: readonly string[], domains: readonly string[]): readonly UpStep[] {
  const revert = command(['resolvectl', 'revert', device]);
  const words = [...domains.filter((domain) => domain !== '~.'), ...(servers.length > 0 ? ['~.'] : [])];
  return [
    ...(servers.length > 0
      ? [{ action: command(['resolvectl', 'dns', device, ...servers]), undo: [revert] }]
      : undoing([revert])),
    ...(words.length > 0 ? [doing(command(['resolvectl', 'domain', device, ...words]))] : []),
  ];
}

function routeSteps(config: TunnelConfig, facts: UpFacts): readonly UpStep[] {
  const { table } = config.interface;
  if (table === 'off') return [];
  const mark = policyMark(config, facts.freeTable);
  const prefixes = routedPrefixes(config);
  const isPolicy = (prefix: Prefix): boolean => mark !== null && isDefaultRoute(prefix);
  const words = (prefix: Prefix): readonly string[] => [
    ...['route', 'add', formatPrefix(prefix), 'dev', facts.name],
    ...(table === null || usesMainTable(table) ? [] : ['table', table]),
  ];
  return [
    ...plainRouteSteps(
      prefixes.filter((prefix) => !isPolicy(prefix)),
      words,
    ),
    ...prefixes
      .filter(isPolicy)
      .flatMap((prefix) => defaultRouteSteps(prefix, mark ?? 0, config.interface.addresses, facts)),
  ];
}

/** One command per route; with many routes, one command per family, since each process takes some milliseconds. */
function plainRouteSteps(prefixes: readonly Prefix[], words: (prefix: Prefix) => readonly string[]): readonly UpStep[] {
  if (prefixes.length <= MOST_SINGLE_ROUTES) return prefixes.map((prefix) => doing(ip(prefix, ...words(prefix))));
  const lines = { 4: [] as string[], 6: [] as string[] };
  for (const prefix of prefixes) lines[prefix.octets.length === 4 ? 4 : 6].push(`${words(prefix).join(' ')}\n`);
  return ([4, 6] as const).flatMap((family) =>
    lines[family].length === 0 ? [] : [doing(command(['ip', `-${family}`, '-batch', '-'], lines[family].join('')))],
  );
}

/** A default route in a separate table, for all packets without the mark of the tunnel. */
function defaultRouteSteps(prefix: Prefix, mark: number, addresses: readonly Prefix[], facts: UpFacts): UpStep[] {
  const unmarked = ['not', 'fwmark', `${mark}`, 'table', `${mark}`];
  // Routes of the main table other than default routes, such as those of the local network, take precedence.
  const narrower = ['table', 'main', 'suppress_prefixlength', '0'];
  const rule = (words: readonly string[]): UpStep => ({
    action: ip(prefix, 'rule', 'add', ...words),
    undo: [ip(prefix, 'rule', 'delete', ...words)],
  });
  const family = prefix.octets.length === 4 ? 4 : 6;
  const { firewall, srcValidMark } = facts;
  return [
    doing(ip(prefix, 'route', 'add', formatPrefix(prefix), 'dev', facts.name, 'table', `${mark}`)),
    // Before the rules, so that it is undone after the rule of this tunnel was removed.
    ...(family === 4 && srcValidMark !== null && srcValidMark !== '1' ? [validMarkStep(srcValidMark)] : []),
    rule(unmarked),
    rule(narrower),
    ...(firewall === null ? [] : [firewallStep(firewall, { device: facts.name, family, mark, addresses })]),
  ];
}

/** Makes the reverse path filter use the mark of the packet in its route lookup (ip-sysctl.rst). */
function validMarkStep(before: string): UpStep {
  return {
    action: { tag: 'setting', name: SRC_VALID_MARK, value: '1', unlessRules: false },
    undo: [{ tag: 'setting', name: SRC_VALID_MARK, value: before, unlessRules: true }],
  };
}

function ip({ octets }: Prefix, ...words: readonly string[]): Extract<UndoAction, { tag: 'command' }> {
  return command(['ip', octets.length === 4 ? '-4' : '-6', ...words]);
}

function doing(action: UpAction): UpStep {
  return { action, undo: [] };
}

function undoing(undo: readonly UndoAction[]): readonly UpStep[] {
  return undo.length === 0 ? [] : [{ action: null, undo }];
}
