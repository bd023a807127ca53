/**
 * IP addresses as text and as octets.
 *
 * @module
 */

const ZERO = 0x30;

/** A parsed IP address. */
export interface IpAddress {
  readonly family: 4 | 6;
  /** 4 or 16 octets, network order. */
  readonly octets: Uint8Array;
  /** Zone of a link-local IPv6 address, after `%` (RFC 4007): a device name or an index. */
  readonly scope: string | null;
}

/** Parses dotted IPv4 or RFC 4291 IPv6 text, with an RFC 4007 scope; `undefined` for anything else. */
export function parseIp(text: string): IpAddress | undefined {
  const v4 = parseIpv4(text);
  if (v4) return { family: 4, octets: v4, scope: null };
  const [address = '', scope, ...rest] = text.split('%');
  const v6 = rest.length === 0 ? parseIpv6(address) : undefined;
  return v6 && scope !== '' ? { family: 6, octets: v6, scope: scope ?? null } : undefined;
}

/** Characters of the name of a device, as `net.isIP` takes them in a zone, and the underscore. */
const ZONE = /^[\w.:-]+$/;

/**
 * The IP version of an address as a user types it, or 0 for other text. Unlike {@link parseIp}, which reads what others
 * wrote, it refuses a zone with characters that the name of a device seldom has.
 */
export function ipFamily(text: string): 4 | 6 | 0 {
  const address = parseIp(text);
  return address === undefined || (address.scope !== null && !ZONE.test(address.scope)) ? 0 : address.family;
}

/**
 * Turns an IPv4-mapped address such as `::ffff:192.0.2.1`, as dual-stack sockets give it, into `192.0.2.1`. Other text
 * stays.
 */
export function unmapIpv4(text: string): string {
  const match = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text);
  return match?.[1] ?? text;
}

/**
 * The key under which limits per address are counted: an IPv4 address, or the /64 of an IPv6 address, since one
 * host can use every address of its /64. Text that is not an address is returned unchanged.
 */
export function addressLimitKey(text: string): string {
  const address = parseIp(unmapIpv4(text));
  if (!address) return text;
  if (address.family === 6) return `${Array.from(address.octets.subarray(0, 8), hexOctet).join('')}/64`;
  return address.octets.join('.');
}

/** Formats address and port: `[2001:db8::1]:8888` or `192.0.2.1:8888`. */
export function formatEndpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Formats 4 octets as dotted IPv4, 16 as in RFC 5952; an IPv4-mapped address ends in dotted IPv4 (§5). */
export function formatIp(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((octets[2 * i] ?? 0) << 8) | (octets[2 * i + 1] ?? 0));
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${octets.slice(12).join('.')}`;
  }
  const { start, length } = longestZeroRun(groups);
  const text = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  return length < 2 ? text(0, 8) : `${text(0, start)}::${text(start + length, 8)}`;
}

function hexOctet(octet: number): string {
  return octet.toString(16).padStart(2, '0');
}

function parseIpv4(text: string): Uint8Array | undefined {
  // Read by character, without a regular expression: a configuration may have a hundred thousand addresses.
  const octets = new Uint8Array(4);
  let at = 0;
  let value = -1;
  for (let i = 0; i <= text.length; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit >= 0 && digit <= 9) {
      // A leading zero is refused: some parsers take it for octal.
      if (value === 0) return undefined;
      value = Math.max(0, value) * 10 + digit;
      if (value > 255) return undefined;
    } else if (value >= 0 && at < 4 && (i === text.length || text[i] === '.')) {
      octets[at++] = value;
      value = -1;
    } else return undefined;
  }
  return at === 4 ? octets : undefined;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groups(halves[0] ?? '', halves.length === 1);
  const tail = groups(halves[1] ?? '', true);
  if (!head || !tail) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  return Uint8Array.from([...head, ...new Array<number>(missing).fill(0), ...tail]);
}

/** Octets of colon-separated groups; the last group of an address may be dotted IPv4 (RFC 4291 §2.2). */
function groups(text: string, atEnd: boolean): number[] | undefined {
  if (text === '') return [];
  const out: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const v4 = atEnd && index === parts.length - 1 && part.includes('.') ? parseIpv4(part) : undefined;
    if (v4) out.push(...v4);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part))
      out.push(Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 0xff);
    else return undefined;
  }
  return out;
}

/** The first of the longest runs of zero groups (RFC 5952 §4.2.3). */
function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  }
  return best;
}
