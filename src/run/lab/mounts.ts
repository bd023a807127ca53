/**
 * File systems of the kernel as the lab's processes should see them, in their own mount namespace.
 *
 * @module
 */
import { HERE } from './sides/side.ts';

/** Where WireGuard in userspace has its control sockets; usually a link to /run. */
const RUN_DIRECTORY = '/var/run';

/** An empty /var/run: who is no root could not write there, and nothing is left in the real one. */
export async function mountRunDirectory(): Promise<void> {
  await HERE.run(['mount', '-t', 'tmpfs', '-o', 'mode=0755,size=16m', 'tmpfs', RUN_DIRECTORY]);
}

/**
 * /proc and /sys tell of the namespaces that they were mounted in: new ones tell of ours.
 *
 * @returns false where that is forbidden, as in containers that hide parts of them
 */
export async function mountOwn(kind: 'proc' | 'sysfs'): Promise<boolean> {
  try {
    await HERE.run(['mount', '-t', kind, kind, kind === 'proc' ? '/proc' : '/sys']);
    return true;
  } catch {
    // Then figures that need them are missing: the processor time of tunnels, the MTU of small devices.
    return false;
  }
}
