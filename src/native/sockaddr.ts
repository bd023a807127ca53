/**
 * `struct sockaddr_in` and `sockaddr_in6` (include/uapi/linux/in.h, in6.h).
 *
 * @module
 */
import { parseIp } from '../core/address.ts';
import { readU16be, writeU16be } from '../core/bytes.ts';
import { NetError } from '../core/errors.ts';
import { AF } from './constants.ts';
import type { Libc, Memory } from './libc.ts';

/** Octets of the larger of the two. */
export const SOCKADDR_BYTES = 28;

/** Writes an address for bind() or connect() and returns its length. */
export function writeSockaddr(libc: Libc, into: Memory, address: string, port: number): number {
  const ip = parseIp(address);
  if (!ip) throw new NetError('ERR_USAGE', `not an IP address: ${address}`);
  into.bytes.fill(0, 0, SOCKADDR_BYTES);
  into.view.setUint16(0, ip.family === 4 ? AF.inet : AF.inet6, true);
  writeU16be(into.bytes, 2, port);
  into.bytes.set(ip.octets, ip.family === 4 ? 4 : 8);
  if (ip.scope !== null) into.view.setUint32(24, Number(ip.scope) || libc.indexOfDevice(ip.scope), true);
  return ip.family === 4 ? 16 : SOCKADDR_BYTES;
}

/** Reads what getsockname() left: the address as text, with the device's index where it is link-local, and the port. */
export function readSockaddr(from: Memory): { readonly address: string; readonly port: number } {
  const port = readU16be(from.bytes, 2);
  if (from.view.getUint16(0, true) === AF.inet) return { address: from.bytes.subarray(4, 8).join('.'), port };
  const groups = Array.from({ length: 8 }, (_, i) => readU16be(from.bytes, 8 + 2 * i).toString(16));
  const scope = from.view.getUint32(24, true);
  const address = groups.join(':').replace(/(^|:)0(:0)+(:|$)/, '::');
  return { address: scope === 0 ? address : `${address}%${scope}`, port };
}
