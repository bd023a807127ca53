/**
 * Two protocol counters of the host that explain a result: datagrams dropped for want of socket
 * buffer, and fragments made.
 *
 * From /proc/net/snmp (RFC 4293 and RFC 4113 names, IPv4) and /proc/net/snmp6. They count all
 * traffic of the reader's network namespace since it was made, not one socket's: take differences,
 * and remember that a tunnel whose outer socket is in another namespace fragments over there.
 *
 * @module
 */
import { join } from 'node:path';
import { readText, SYSTEM_ROOTS, type SystemRoots } from './files/kernel-files.ts';

/** Datagrams that found the receiving socket's buffer full, IPv4 and IPv6; `null` without /proc. */
export function readUdpDrops(roots: SystemRoots = SYSTEM_ROOTS): number | null {
  return readSum(roots, 'Udp', 'RcvbufErrors');
}

/** Fragments that this host made of packets larger than the MTU, IPv4 and IPv6; `null` without /proc. */
export function readFragmentsCreated(roots: SystemRoots = SYSTEM_ROOTS): number | null {
  return readSum(roots, 'Ip', 'FragCreates');
}

/** Finds a counter in the text of /proc/net/snmp: a line of names, then a line of values, both begun by the protocol. */
export function parseSnmp(text: string, protocol: string, counter: string): number | null {
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith(`${protocol}:`))
    .map((line) => line.trim().split(/\s+/));
  const column = rows[0]?.indexOf(counter) ?? -1;
  return column < 1 ? null : counterOf(rows[1]?.[column]);
}

/** Finds a counter in the text of /proc/net/snmp6: one name and one value a line. */
export function parseSnmp6(text: string, counter: string): number | null {
  for (const line of text.split('\n')) {
    const [name, value] = line.trim().split(/\s+/);
    if (name === counter) return counterOf(value);
  }
  return null;
}

/** A host without IPv6 has no snmp6: its share is then nothing, not unknown. */
function readSum(roots: SystemRoots, protocol: 'Udp' | 'Ip', counter: string): number | null {
  const text = readText(join(roots.proc, 'net/snmp'));
  const v4 = text === null ? null : parseSnmp(text, protocol, counter);
  if (v4 === null) return null;
  const text6 = readText(join(roots.proc, 'net/snmp6'));
  if (text6 === null) return v4;
  const v6 = parseSnmp6(text6, `${protocol}6${counter}`);
  return v6 === null ? null : v4 + v6;
}

function counterOf(text: string | undefined): number | null {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}
