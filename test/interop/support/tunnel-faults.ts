/**
 * What is wrong with tunnels that do not work, each for one reason, and what winze says of it.
 *
 * @module
 */
import { must } from './commands.ts';
import type { Implementation, PeerOptions } from './tunnel-end.ts';
import { OUTER, type Side, type TunnelLab } from './tunnel-lab.ts';

const LINE = OUTER[4].far;
const OTHER_KEY = must(['wg', 'pubkey'], must(['wg', 'genkey'])).trim();

export interface Staged {
  readonly inside: Readonly<Record<Side, string>>;
  readonly port: number;
  readonly key: Readonly<Record<Side, string>>;
}

export interface Fault {
  /** The end that makes the difference: with the kernel, it is that one's. Each in turn if left out; `null`: neither. */
  readonly shows?: Side | null;
  readonly near?: Implementation;
  readonly far?: Implementation;
  /** What is wrong, at the end that has this peer. */
  readonly nearPeer?: Partial<PeerOptions>;
  readonly farPeer?: Partial<PeerOptions>;
  /** What carries the tunnel; IPv4 if left out. */
  readonly outer?: 4 | 6;
  /** Whether the near end made a session before with a clock that was an hour ahead of its clock now. */
  readonly wasAhead?: true;
  /** After both are up. */
  readonly after?: (lab: TunnelLab, staged: Staged) => void;
  readonly says: (staged: Staged) => RegExp;
}

const psk = (): string => must(['wg', 'genpsk']).trim();
const EITHER =
  /no handshake was ever made: 192\.0\.2\.2:\d+ does not answer\. That host is up \(it answers over TCP\)\. Either the far end refuses it \(a wrong PublicKey at one of the ends, (?:preshared keys that differ, )?or the clock of this host is behind\), or UDP port \d+ is dropped on the way\..* Run sudo winze capture -i any udp port \d+ there: /;

export const FAULTS: Readonly<Record<string, Fault>> = {
  'a wrong public key at the near end': { shows: 'near', nearPeer: { publicKey: OTHER_KEY }, says: () => EITHER },
  'a wrong public key at the far end': {
    shows: 'far',
    far: 'winze',
    farPeer: { publicKey: OTHER_KEY },
    says: () => EITHER,
  },
  'a wrong public key, of an end that begins handshakes': {
    shows: 'far',
    nearPeer: { publicKey: OTHER_KEY },
    farPeer: { keepaliveSeconds: 1 },
    says: () => /begins handshakes too, and they are not accepted here: one end has a wrong PublicKey for the other/,
  },
  'another preshared key': {
    nearPeer: { presharedKey: psk() },
    farPeer: { presharedKey: psk() },
    says: () =>
      /192\.0\.2\.2:\d+ answers the handshake, but its answer cannot be decrypted here: the preshared keys differ/,
  },
  'another preshared key, over IPv6': {
    shows: null,
    outer: 6,
    nearPeer: { presharedKey: psk() },
    says: () => /\[2001:db8::2\]:\d+ answers the handshake, but its answer cannot be decrypted here/,
  },
  'a UDP port that nobody has, over IPv6': {
    shows: null,
    nearPeer: { endpoint: '[2001:db8::2]:59999' },
    says: () => /is closed: \[2001:db8::2\]:59999 answers with ICMP port unreachable/,
  },
  'a preshared key at one end alone': {
    shows: 'far',
    near: 'winze',
    nearPeer: { presharedKey: psk() },
    says: () => /the preshared keys differ, or one end has none/,
  },
  'a clock that was set back': { shows: 'far', wasAhead: true, says: () => EITHER },
  'no AllowedIPs at the near end': {
    shows: null,
    nearPeer: { allowedIps: ['10.99.0.0/24'] },
    says: ({ inside, key }) =>
      new RegExp(`no peer of w\\w+ has ${inside.far} in its AllowedIPs: .* \\(${escaped(key.far)}: AllowedIPs = `),
  },
  'no AllowedIPs at the near end, whose device says so': {
    shows: 'near',
    near: 'winze',
    nearPeer: { allowedIps: ['10.99.0.0/24'] },
    says: ({ inside }) => new RegExp(`unreachable: no peer of w\\w+ has ${inside.far} in its AllowedIPs`),
  },
  'no AllowedIPs at the far end': {
    farPeer: { allowedIps: ['10.99.0.0/24'] },
    says: ({ inside }) =>
      new RegExp(
        `handshake with 192\\.0\\.2\\.2:\\d+ was made \\d+ s ago, .* does not have ${inside.near} in its AllowedIPs`,
      ),
  },
  'an endpoint where no host is': {
    shows: 'near',
    nearPeer: { endpoint: '192.0.2.77:51999' },
    says: () => /endpoint of peer \S+ cannot be reached: 192\.0\.2\.77:51999: EHOSTUNREACH\. Correct Endpoint/,
  },
  'UDP that is dropped on the way': {
    shows: null,
    after: (lab, { port }) => drop(lab, `ip saddr 192.0.2.1 udp dport ${port}`),
    says: () => EITHER,
  },
  'a UDP port that nobody has': {
    shows: 'far',
    nearPeer: { endpoint: `${LINE}:59999` },
    says: () => /UDP port of peer \S+ is closed: 192\.0\.2\.2:59999 answers with ICMP port unreachable/,
  },
};

export function drop(lab: TunnelLab, match: string, table = 'faults'): void {
  const hook = 'type filter hook input priority 0';
  const rules = `table inet ${table} {\nchain input {\n${hook}\n${match} drop\n}\n}\n`;
  lab.network.run('far', ['nft', '-f', '-'], rules);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
