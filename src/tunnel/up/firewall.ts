/**
 * Firewall rules for a default route into a tunnel, for nft(8) or iptables-restore(8).
 *
 * There are two rules, as in wg-quick(8). Packets to the addresses of the tunnel that arrive on another device
 * are dropped (CVE-2019-14899). Answers to marked packets get the mark again, so that a strict reverse path
 * filter accepts them.
 *
 * @module
 */
import { formatIp } from '../../core/address.ts';
import type { Prefix } from '../../core/shapes/tunnel-config.ts';
import { command, type UpStep } from './action.ts';

/** The tool that sets the rules. */
export type FirewallTool = 'nft' | 'iptables';

/** Parameters of the rules for one family. `addresses` may contain both families. */
export interface FirewallRules {
  readonly device: string;
  readonly family: 4 | 6;
  readonly mark: number;
  readonly addresses: readonly Prefix[];
}

/** Makes the step that sets the rules, and removes them at the end. */
export function firewallStep(tool: FirewallTool, protection: FirewallRules): UpStep {
  return tool === 'nft' ? nftStep(protection) : iptablesStep(protection);
}

function nftStep({ device, family, mark, addresses }: FirewallRules): UpStep {
  const protocol = family === 4 ? 'ip' : 'ip6';
  // Characters that device names may contain and names of nft tables may not.
  const table = `winze-${device.replace(/[=+]/g, '_')}`;
  const drops = own(addresses, family).map(
    (address) => `    iifname != "${device}" ${protocol} daddr ${address} fib saddr type != local drop`,
  );
  const rules = [
    `table ${protocol} ${table} {`,
    '  chain strangers {',
    '    type filter hook prerouting priority -300;',
    ...drops,
    '  }',
    '  chain restore {',
    '    type filter hook prerouting priority -150;',
    '    meta l4proto udp meta mark set ct mark',
    '  }',
    '  chain save {',
    '    type filter hook postrouting priority -150;',
    `    meta l4proto udp mark ${mark} ct mark set mark`,
    '  }',
    '}',
  ];
  return {
    action: command(['nft', '-f', '-'], lines(rules)),
    undo: [command(['nft', 'delete', 'table', protocol, table])],
  };
}

function iptablesStep({ device, family, mark, addresses }: FirewallRules): UpStep {
  const argv = [family === 4 ? 'iptables-restore' : 'ip6tables-restore', '-n'];
  const comment = `-m comment --comment "winze tunnel ${device}"`;
  const strangers = own(addresses, family).map(
    (address) => `PREROUTING ! -i ${device} -d ${address} -m addrtype ! --src-type LOCAL -j DROP ${comment}`,
  );
  const marks = [
    `POSTROUTING -m mark --mark ${mark} -p udp -j CONNMARK --save-mark ${comment}`,
    `PREROUTING -p udp -j CONNMARK --restore-mark ${comment}`,
  ];
  const rules = (verb: '-I' | '-D'): string =>
    lines([
      '*raw',
      ...strangers.map((rule) => `${verb} ${rule}`),
      'COMMIT',
      '*mangle',
      ...marks.map((rule) => `${verb} ${rule}`),
      'COMMIT',
    ]);
  return { action: command(argv, rules('-I')), undo: [command(argv, rules('-D'))] };
}

function own(addresses: readonly Prefix[], family: 4 | 6): string[] {
  return addresses
    .filter(({ octets }) => octets.length === (family === 4 ? 4 : 16))
    .map(({ octets }) => formatIp(octets));
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}
