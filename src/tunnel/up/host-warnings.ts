/**
 * Warnings about parts of a configuration that this host cannot apply, although the tunnel comes up.
 *
 * @module
 */
import type { TunnelConfig } from '../config/config.ts';
import { policyMark, type UpFacts } from './plan.ts';

/** Facts about the host on which the warnings depend. */
export type HostWarningFacts = Pick<UpFacts, 'firewall' | 'dns' | 'freeTable'>;

/** One warning, and what to do about it. */
export interface HostWarning {
  readonly key: 'DNS' | 'AllowedIPs' | 'SaveConfig';
  readonly message: string;
  readonly fix: string;
}

/** Lists the parts of a configuration that this host cannot apply as intended. */
export function hostWarnings(
  config: TunnelConfig,
  { firewall, dns, freeTable }: HostWarningFacts,
): readonly HostWarning[] {
  const { dnsServers, dnsSearchDomains, saveConfig } = config.interface;
  const noDns = {
    key: 'DNS',
    message: 'DNS is not set: there is neither resolvconf nor resolvectl here',
    fix: 'install openresolv or systemd-resolved, or set it by PostUp',
  } as const;
  const filter = {
    key: 'AllowedIPs',
    message:
      'neither nft nor iptables is here: packets to the addresses of the tunnel are taken from other devices too',
    fix: 'install nftables',
  } as const;
  const rewritten = {
    key: 'SaveConfig',
    message: 'the file is replaced at the end if the tunnel was changed while it was up, and then loses its comments',
    fix: 'keep a copy of a file with comments',
  } as const;
  return [
    ...(saveConfig ? [rewritten] : []),
    ...(dns === null && dnsServers.length + dnsSearchDomains.length > 0 ? [noDns] : []),
    ...(firewall === null && policyMark(config, freeTable) !== null ? [filter] : []),
  ];
}
