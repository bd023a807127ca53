/**
 * Mounts file systems for the lab's processes, in their own mount namespace.
 *
 * @module
 */
import { LOCAL_SIDE } from './sides/side.ts';

/** Folder above the control sockets of WireGuard in userspace; usually a link to /run. */
const RUN_DIRECTORY = '/var/run';

/**
 * Mounts an empty /var/run: without root the real one is not writable, and nothing is left behind in it.
 *
 * @throws NetError `ERR_UNSUPPORTED`
 */
export async function mountRunDirectory(): Promise<void> {
  await LOCAL_SIDE.run(['mount', '-t', 'tmpfs', '-o', 'mode=0755,size=16m', 'tmpfs', RUN_DIRECTORY]);
}

/**
 * Mounts /proc or /sys again. Both show the namespaces in which they were mounted, so new mounts show ours.
 *
 * @returns false where it is forbidden, as in containers that hide parts of them
 */
export async function mountOwn(kind: 'proc' | 'sysfs'): Promise<boolean> {
  try {
    await LOCAL_SIDE.run(['mount', '-t', kind, kind, kind === 'proc' ? '/proc' : '/sys']);
    return true;
  } catch {
    // Without them some figures are missing: the processor time of tunnels, the MTU of devices below 1280 bytes.
    return false;
  }
}
