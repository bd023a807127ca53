/**
 * Two protocol counters of the host that explain a result: datagrams dropped because a socket buffer was full, and
 * fragments created.
 *
 * From /proc/net/snmp (names of RFC 4293 and RFC 4113, IPv4) and /proc/net/snmp6. They count all traffic of the
 * reader's network namespace since it was created, not of one socket, so differences are used. A tunnel whose outer
 * socket is in another namespace is counted there.
 *
 * @module
 */
import { join } from 'node:path';
import { readText, SYSTEM_ROOTS, type SystemRoots } from './files/kernel-files.ts';

/**
 * Datagrams dropped because the receiving socket's buffer was full (UdpRcvbufErrors), IPv4 and IPv6; `null` without
 * /proc.
 */
export function readUdpDrops(roots: SystemRoots = SYSTEM_ROOTS): number | null {
  return readSum(roots, 'Udp', 'RcvbufErrors');
}

/**
 * Fragments that this host created from packets larger than the MTU (IpFragCreates), IPv4 and IPv6; `null` without
 * /proc.
 */
export function readFragmentsCreated(roots: SystemRoots = SYSTEM_ROOTS): number | null {
  return readSum(roots, 'Ip', 'FragCreates');
}

/**
 * Finds a counter in the text of /proc/net/snmp: a line of names, then a line of values, both starting with the
 * protocol. `null` if it is not there.
 */
export function parseSnmp(text: string, protocol: string, counter: string): number | null {
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith(`${protocol}:`))
    .map((line) => line.trim().split(/\s+/));
  const column = rows[0]?.indexOf(counter) ?? -1;
  return column < 1 ? null : counterOf(rows[1]?.[column]);
}

/** Finds a counter in the text of /proc/net/snmp6: one name and one value on each line. `null` if it is not there. */
export function parseSnmp6(text: string, counter: string): number | null {
  for (const line of text.split('\n')) {
    const [name, value] = line.trim().split(/\s+/);
    if (name === counter) return counterOf(value);
  }
  return null;
}

/** A host without IPv6 has no snmp6: its part is then 0, not unknown. */
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
