/**
 * Recognizes configuration files of other programs that users mistake for files of wg-quick(8).
 *
 * @see https://docs.amnezia.org/documentation/amnezia-wg (keys of AmneziaWG), systemd.netdev(5), nm-settings-keyfile(5)
 * @module
 */
import type { ValueProblem } from './values.ts';

/** Length of text that is searched for a section heading. */
const LOOKED_AT_CHARACTERS = 65_536;
const HEADING = /^[ \t]*\[([^\]\n]{1,120})\][ \t\r]*$/gm;

interface Format {
  readonly isSection: RegExp;
  readonly complaint: ValueProblem;
}

const FORMATS: readonly Format[] = [
  {
    isSection: /^(?:NetDev|WireGuard|WireGuardPeer)$/,
    complaint: {
      message: 'a .netdev file of systemd-networkd, not one of wg-quick',
      fix: 'put it into /etc/systemd/network and run networkctl reload; or write its keys below [Interface] and [Peer], with FwMark for FirewallMark and the Address of the .network file',
    },
  },
  {
    isSection: /^(?:connection|wireguard|wireguard-peer\..*)$/,
    complaint: {
      message: 'a connection of NetworkManager, not a file of wg-quick',
      fix: 'bring it up with nmcli connection up NAME; or write its private-key, listen-port and address1 as PrivateKey, ListenPort and Address below [Interface], and each [wireguard-peer.KEY] as [Peer] with PublicKey = KEY',
    },
  },
];

/**
 * The format of a text without `[Interface]`, and the line of the section that identifies it; `undefined` if not known.
 */
export function foreignFormat(text: string): (ValueProblem & { readonly line: number }) | undefined {
  const head = text.slice(0, LOOKED_AT_CHARACTERS);
  const headings = Array.from(head.matchAll(HEADING), ({ 1: name = '', index }) => ({ name: name.trim(), index }));
  if (headings.some(({ name }) => /^interface$/i.test(name))) return undefined;
  for (const { isSection, complaint } of FORMATS) {
    const heading = headings.find(({ name }) => isSection.test(name));
    if (heading) return { ...complaint, line: head.slice(0, heading.index).split('\n').length };
  }
  return undefined;
}

/** Parameters of AmneziaWG: junk packets, padding, message types and imitated protocols. */
const AMNEZIA_KEY = /^(?:Jc|Jmin|Jmax|S[1-4]|H[1-4]|I[1-5]|J[1-3]|Itime)$/i;

/** Whether a key of a file belongs to AmneziaWG. */
export function isAmneziaKey(key: string): boolean {
  return AMNEZIA_KEY.test(key);
}

/** Message about keys of AmneziaWG. */
export const AMNEZIA: ValueProblem = {
  message: 'a key of AmneziaWG, which disguises its messages: plain WireGuard does not understand them',
  fix: 'bring the file up with awg-quick of amneziawg-tools, or ask for one of plain WireGuard; only where Jc and S1 to S4 are 0 and H1 to H4 are 1 to 4, remove these lines',
};
