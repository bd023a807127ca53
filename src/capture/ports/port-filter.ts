/**
 * Finds out whether a capture filter (pcap-filter(7)) drops the later fragments of UDP, which have no ports.
 *
 * @module
 */

/** Keywords that are followed by a port, and the qualifiers that may be before them. */
const PORT = new Set(['port', 'portrange']);
const BEFORE_PORT = new Set(['src', 'dst', 'udp', 'tcp', 'sctp', 'ip', 'ip6', 'inbound', 'outbound']);
const NOT = new Set(['not', '!']);
const OTHER_PROTOCOLS = new Set(['icmp', 'icmp6', 'arp', 'rarp', 'tcp', 'igmp', 'sctp', 'esp', 'ah']);

/**
 * Whether a capture filter drops later fragments of UDP: true if no alternative of its `or` passes them. This is an
 * estimate from the words of the filter. A filter that is not understood is assumed to pass them.
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

/** Whether an alternative requires a port. */
function hasPort(words: readonly string[]): boolean {
  return words.some((word, i) => {
    if (!PORT.has(word)) return false;
    let before = i - 1;
    while (BEFORE_PORT.has(words[before] ?? '') || words[before] === '(' || words[before] === 'or') before--;
    return !NOT.has(words[before] ?? '');
  });
}

/**
 * Returns the expression to add to a capture filter by port so that it passes later fragments.
 *
 * @param isIpv6 - the IP version of the addresses; `null`: both versions
 */
export function fragmentFilter(isIpv6: boolean | null): string {
  const [v4, v6] = ['(ip[6:2] & 0x1fff != 0)', 'ip6[6] == 44'];
  return isIpv6 === null ? `${v4} or ${v6}` : isIpv6 ? v6 : v4;
}
