/**
 * `struct sockaddr_in` and `sockaddr_in6` (include/uapi/linux/in.h, in6.h).
 *
 * @module
 */
import { formatIp, parseIp } from '../core/address.ts';
import { readU16be, writeU16be } from '../core/bytes.ts';
import { NetError } from '../core/errors.ts';
import { AF } from './constants.ts';
import type { Libc } from './libc.ts';
import type { Memory } from './memory/memory.ts';

/** Size of the larger structure, `sockaddr_in6`, in octets. */
export const SOCKADDR_BYTES = 28;

/**
 * Writes an address for bind() or connect() and returns its length in octets.
 *
 * @throws NetError `ERR_USAGE` for text that is not an IP address
 */
export function writeSockaddr(libc: Libc, into: Memory, address: string, port: number): number {
  const ip = parseIp(address);
  if (!ip) throw new NetError('ERR_USAGE', `not an IP address: ${address}`);
  into.bytes.fill(0, 0, SOCKADDR_BYTES);
  into.view.setUint16(0, ip.family === 4 ? AF.inet : AF.inet6, true);
  writeU16be(into.bytes, 2, port);
  into.bytes.set(ip.octets, ip.family === 4 ? 4 : 8);
  if (ip.scope !== null) into.view.setUint32(24, indexOf(libc, ip.scope), true);
  return ip.family === 4 ? 16 : SOCKADDR_BYTES;
}

/** The canonical form of an address: as `readSockaddr` returns it. Other text is returned unchanged. */
export function canonicalAddress(libc: Libc, address: string): string {
  const ip = parseIp(address);
  if (!ip) return address;
  const text = formatIp(ip.octets);
  return ip.scope === null ? text : `${text}%${zoneOf(libc, indexOf(libc, ip.scope)) ?? ip.scope}`;
}

/**
 * Reads what getsockname() left: the address as text, and the port.
 *
 * A link-local address has the name of its device after `%`, as getnameinfo(3) writes it; the index if the device no
 * longer exists.
 */
export function readSockaddr(libc: Libc, from: Memory): { readonly address: string; readonly port: number } {
  const port = readU16be(from.bytes, 2);
  if (from.view.getUint16(0, true) === AF.inet) return { address: from.bytes.subarray(4, 8).join('.'), port };
  const scope = from.view.getUint32(24, true);
  const address = formatIp(from.bytes.subarray(8, 24));
  return { address: scope === 0 ? address : `${address}%${zoneOf(libc, scope) ?? scope}`, port };
}

/** The index of no device: the kernel finds no route through it. 0 would leave the choice of a device to the routes. */
const NO_DEVICE = 0x7fff_ffff;

function indexOf(libc: Libc, scope: string): number {
  return Number(scope) || libc.indexOfDevice(scope) || NO_DEVICE;
}

function zoneOf(libc: Libc, index: number): string | null {
  return index === 0 ? null : libc.nameOfDevice(index);
}
