/**
 * Reads the MTU of a network device.
 *
 * From sysfs. Where that belongs to another network namespace (see kernel-files.ts), from the IPv6 settings of the
 * device, which are those of the reader's namespace. They have the device's MTU unless a router advertised a smaller
 * one (RFC 4861 §4.6.4), and exist only for an MTU of 1280 bytes or more.
 *
 * @module
 */
import { join } from 'node:path';
import { deviceDirectory, isDeviceName, readText, SYSTEM_ROOTS, type SystemRoots } from './files/kernel-files.ts';

/** Returns the MTU in bytes of IP packet; `null` where the system does not say. Never throws. */
export function readDeviceMtu(device: string, roots: SystemRoots = SYSTEM_ROOTS): number | null {
  if (!isDeviceName(device)) return null;
  const directory = deviceDirectory(device, roots);
  const path = directory === null ? join(roots.proc, 'sys/net/ipv6/conf', device, 'mtu') : join(directory, 'mtu');
  const mtu = Number.parseInt(readText(path) ?? '', 10);
  return mtu > 0 ? mtu : null;
}
