/**
 * The steps that bring a tunnel up, in the order of wg-quick(8), each with what undoes it.
 *
 * Pure: what has to be known of the host comes in as facts. Routes need no undoing, they go with the
 * device.
 *
 * @module
 */
import type { Endpoint, Prefix } from '../../core/shapes/tunnel-config.ts';
import type { TunnelConfig } from '../config/config.ts';
import { toDeviceChange } from '../config/to-device-change.ts';
import { formatPrefix } from '../prefix.ts';
import { type Action, command, type Step, type UndoAction } from './action.ts';
import { type FirewallTool, firewallStep } from './firewall.ts';
import { isDefaultRoute, routedPrefixes, usesMainTable } from './routes.ts';

/** What is told of resolvers. `prefix` is what resolvconf(8) wants before the name of the device. */
export type DnsTool = { readonly tag: 'resolvconf'; readonly prefix: string } | { readonly tag: 'resolvectl' };

export interface UpFacts {
  /** Of the configuration file, for SaveConfig; `null` where there is none. */
  readonly configPath: string | null;
  readonly name: string;
  readonly socketPath: string;
  /** Of each peer, resolved. */
  readonly endpoints: readonly (Endpoint | null)[];
  readonly mtu: number;
  /** A routing table without routes, whose number is to be the mark, too. */
  readonly freeTable: number;
  /** `null` where there is neither. */
  readonly firewall: FirewallTool | null;
  /** `null` where there is neither resolvconf(8) nor resolvectl(1). */
  readonly dns: DnsTool | null;
  /** Whether the kernel knows IPv6 at all. */
  readonly hasIpv6: boolean;
  /** `net.ipv4.conf.all.src_valid_mark`; `null` where it cannot be read. */
  readonly srcValidMark: string | null;
}

/** Each of these is still worth a line on the terminal. */
const MOST_SINGLE_ROUTES = 16;

const SRC_VALID_MARK = 'net.ipv4.conf.all.src_valid_mark';

export function planUp(config: TunnelConfig, facts: UpFacts): readonly Step[] {
  const { interface: device } = config;
  const hooks = (snippets: readonly string[]): readonly Extract<UndoAction, { tag: 'hook' }>[] =>
    snippets.map((snippet) => ({ tag: 'hook', snippet: snippet.replaceAll('%i', facts.name) }));
  return [
    {
      action: { tag: 'open-device', name: facts.name },
      // The first of the commands is to run first, and what is undone goes backwards. With a device that cannot be made
      // they are forgotten: they may undo what the one does that has it.
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
    // As wg-quick(8): after PreDown, and before the device goes.
    ...(device.saveConfig && facts.configPath !== null
      ? undoing([{ tag: 'save-config', path: facts.configPath }])
      : []),
    ...undoing(hooks(device.preDown).toReversed()),
    ...hooks(device.postUp).map(doing),
  ];
}

/** A device and its control socket, for those who configure it from outside. */
export function planDevice(facts: Pick<UpFacts, 'name' | 'socketPath' | 'mtu' | 'hasIpv6'>): readonly Step[] {
  const { name, socketPath, mtu } = facts;
  return [
    { action: { tag: 'open-device', name }, undo: [{ tag: 'close-device', name }] },
    { action: { tag: 'listen', path: socketPath }, undo: [{ tag: 'remove-file', path: socketPath }] },
    // Before anybody sets it up; SaveConfig of wg-quick(8) would write such an address into the file.
    ...withoutLinkLocal(facts),
    doing(command(['ip', 'link', 'set', 'mtu', `${mtu}`, 'dev', name])),
  ];
}

/** A device of the kernel's own WireGuard has no link-local address, and asks nobody for a router. */
function withoutLinkLocal({ name, hasIpv6 }: Pick<UpFacts, 'name' | 'hasIpv6'>): readonly Step[] {
  return hasIpv6 ? [doing(command(['ip', 'link', 'set', 'dev', name, 'addrgenmode', 'none']))] : [];
}

/** The mark that keeps the tunnel's own packets out of it; `null` where no default route leads into it. */
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

function dnsSteps({ interface: { dnsServers, dnsSearchDomains } }: TunnelConfig, facts: UpFacts): readonly Step[] {
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

/** As systemd-resolved's own resolvconf(1) does with `-x`: the domain "." makes all other names go there, too. */
function resolvectlSteps(device: string, servers: readonly string[], domains: readonly string[]): readonly Step[] {
  const revert = command(['resolvectl', 'revert', device]);
  const words = [...domains.filter((domain) => domain !== '~.'), ...(servers.length > 0 ? ['~.'] : [])];
  return [
    ...(servers.length > 0
      ? [{ action: command(['resolvectl', 'dns', device, ...servers]), undo: [revert] }]
      : undoing([revert])),
    ...(words.length > 0 ? [doing(command(['resolvectl', 'domain', device, ...words]))] : []),
  ];
}

function routeSteps(config: TunnelConfig, facts: UpFacts): readonly Step[] {
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

/** A command each, or where there are many, which takes some milliseconds a process, one command a family. */
function plainRouteSteps(prefixes: readonly Prefix[], words: (prefix: Prefix) => readonly string[]): readonly Step[] {
  if (prefixes.length <= MOST_SINGLE_ROUTES) return prefixes.map((prefix) => doing(ip(prefix, ...words(prefix))));
  const lines = { 4: [] as string[], 6: [] as string[] };
  for (const prefix of prefixes) lines[prefix.octets.length === 4 ? 4 : 6].push(`${words(prefix).join(' ')}\n`);
  return ([4, 6] as const).flatMap((family) =>
    lines[family].length === 0 ? [] : [doing(command(['ip', `-${family}`, '-batch', '-'], lines[family].join('')))],
  );
}

/** A default route in a table of its own, for all packets that do not have the tunnel's mark. */
function defaultRouteSteps(prefix: Prefix, mark: number, addresses: readonly Prefix[], facts: UpFacts): Step[] {
  const unmarked = ['not', 'fwmark', `${mark}`, 'table', `${mark}`];
  // Narrower routes of the main table, such as those of the local network, still come first.
  const narrower = ['table', 'main', 'suppress_prefixlength', '0'];
  const rule = (words: readonly string[]): Step => ({
    action: ip(prefix, 'rule', 'add', ...words),
    undo: [ip(prefix, 'rule', 'delete', ...words)],
  });
  const family = prefix.octets.length === 4 ? 4 : 6;
  const { firewall, srcValidMark } = facts;
  return [
    doing(ip(prefix, 'route', 'add', formatPrefix(prefix), 'dev', facts.name, 'table', `${mark}`)),
    // Noted first, so that it is undone when the rule of this tunnel is gone.
    ...(family === 4 && srcValidMark !== null && srcValidMark !== '1' ? [validMarkStep(srcValidMark)] : []),
    rule(unmarked),
    rule(narrower),
    ...(firewall === null ? [] : [firewallStep(firewall, { device: facts.name, family, mark, addresses })]),
  ];
}

/** Lets the reverse path filter look up the way of an answer with the mark of the packet (ip-sysctl.rst). */
function validMarkStep(before: string): Step {
  return {
    action: { tag: 'setting', name: SRC_VALID_MARK, value: '1', unlessRules: false },
    undo: [{ tag: 'setting', name: SRC_VALID_MARK, value: before, unlessRules: true }],
  };
}

function ip({ octets }: Prefix, ...words: readonly string[]): Extract<UndoAction, { tag: 'command' }> {
  return command(['ip', octets.length === 4 ? '-4' : '-6', ...words]);
}

function doing(action: Action): Step {
  return { action, undo: [] };
}

function undoing(undo: readonly UndoAction[]): readonly Step[] {
  return undo.length === 0 ? [] : [{ action: null, undo }];
}
