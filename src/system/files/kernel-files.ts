/**
 * Files in which Linux describes itself, and whether they belong to this process's network namespace.
 *
 * `/proc/net` follows the network namespace of the reader; `/sys/class/net` shows the namespace that sysfs was mounted
 * in. After `unshare --net` without a new mount of /sys the two differ, and /sys would show the devices of another
 * namespace (seen on Linux 6.18: `unshare --user --net --map-root-user` shows the host's eth0 in /sys, and may not
 * mount its own).
 *
 * On macOS and Windows none of these files exist, and every reader here returns `null`. On Windows a path that begins
 * with a slash is on the current drive, where anybody may have created a folder `proc`. So nothing is read there.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

/** Directories to read from; tests use a tree of their own. */
export interface SystemRoots {
  readonly proc: string;
  readonly sys: string;
  /** Directory above the control sockets of WireGuard in userspace. */
  readonly run: string;
}

/** A path with a zero octet is invalid: nothing is found below it. */
const NOWHERE = '\0';

/** The directories of the system that this process runs on. */
export const SYSTEM_ROOTS = systemRoots(process.platform);

/** The directories of a platform. */
export function systemRoots(platform: NodeJS.Platform): SystemRoots {
  if (platform === 'win32') return { proc: NOWHERE, sys: NOWHERE, run: NOWHERE };
  return { proc: '/proc', sys: '/sys', run: '/var/run' };
}

/** Reads a small file of the kernel; `null` if it is missing or may not be read. Never throws. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Missing (other system, other namespace, device removed), refused, or without a value (EINVAL).
    return null;
  }
}

/** True for a name that is one path component. Linux forbids the slash itself (`dev_valid_name`). */
export function isDeviceName(device: string): boolean {
  return device !== '' && device !== '.' && device !== '..' && !/[/\\\0]/.test(device);
}

/** Names of the devices in /proc/net/dev, in its order. */
export function deviceNames(procNetDev: string): readonly string[] {
  return [...procNetDev.matchAll(/^\s*([^\s:|]+):/gm)].map(([, name = '']) => name);
}

/**
 * Returns the directory of a device in sysfs.
 *
 * @returns `null` for a bad name, and where sysfs lists other devices than /proc/net/dev does, so
 *   that it must belong to another network namespace
 */
export function deviceDirectory(device: string, roots: SystemRoots = SYSTEM_ROOTS): string | null {
  if (!isDeviceName(device)) return null;
  const classNet = join(roots.sys, 'class/net');
  const listed = directoryEntries(classNet).filter((name) => name !== 'bonding_masters');
  if (!listed.includes(device)) return null;
  const table = readText(join(roots.proc, 'net/dev'));
  if (table !== null) {
    const ours = new Set(deviceNames(table));
    if (ours.size !== listed.length || listed.some((name) => !ours.has(name))) return null;
  }
  return join(classNet, device);
}

function directoryEntries(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    // As in readText().
    return [];
  }
}
