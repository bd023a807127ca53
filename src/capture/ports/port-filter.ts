/**
 * Whether a filter of libpcap (pcap-filter(7)) hides the later fragments of UDP: those have no ports.
 *
 * @module
 */

/** Words that a port follows, itself behind any of `src`, `dst`, `udp`. */
const PORT = new Set(['port', 'portrange']);
const BEFORE_PORT = new Set(['src', 'dst', 'udp', 'tcp', 'sctp', 'ip', 'ip6', 'inbound', 'outbound']);
const NOT = new Set(['not', '!']);
const OTHER_PROTOCOLS = new Set(['icmp', 'icmp6', 'arp', 'rarp', 'tcp', 'igmp', 'sctp', 'esp', 'ah']);

/**
 * Whether no alternative of a filter passes them. A guess from its words: of a filter that is not understood it is said
 * that it passes.
 */
export function hidesFragments(filter: string): boolean {
  const words = filter
    .toLowerCase()
    .replace(/([()!])/g, ' $1 ')
    .replaceAll('||', ' or ')
    .split(/\s+/)
    .filter((word) => word !== '');
  let hides = false;
  let alternative: string[] = [];
  for (const word of [...words, 'or']) {
    if (word !== 'or' || alternative.at(-1) === 'dst' || alternative.at(-1) === 'src') {
      alternative.push(word);
      continue;
    }
    if (hasPort(alternative)) hides = true;
    else if (!alternative.some((one) => OTHER_PROTOCOLS.has(one))) return false;
    alternative = [];
  }
  return hides;
}

/** Whether a port has to be that of the packet. */
function hasPort(words: readonly string[]): boolean {
  return words.some((word, i) => {
    if (!PORT.has(word)) return false;
    let before = i - 1;
    while (BEFORE_PORT.has(words[before] ?? '') || words[before] === '(' || words[before] === 'or') before--;
    return !NOT.has(words[before] ?? '');
  });
}

/** What a filter by port lacks to pass them. @param isIpv6 - between such addresses; `null`: of both versions */
export function fragmentFilter(isIpv6: boolean | null): string {
  const [v4, v6] = ['(ip[6:2] & 0x1fff != 0)', 'ip6[6] == 44'];
  return isIpv6 === null ? `${v4} or ${v6}` : isIpv6 ? v6 : v4;
}
