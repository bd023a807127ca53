/**
 * Why this system does not let users create namespaces, and what to do about it.
 *
 * @see user_namespaces(7); https://ubuntu.com/blog/ubuntu-23-10-restricted-unprivileged-user-namespaces
 * @module
 */
import { join } from 'node:path';
import { readText, SYSTEM_ROOTS, type SystemRoots } from './files/kernel-files.ts';

/** Settings of the kernel that forbid user namespaces; `null` where it has no such setting. */
export interface NamespaceSwitches {
  /** user.max_user_namespaces: 0 forbids user namespaces. */
  readonly limit: number | null;
  /** kernel.unprivileged_userns_clone of Debian's kernels: 0 forbids them to users other than root. */
  readonly debian: number | null;
  /** kernel.apparmor_restrict_unprivileged_userns of Ubuntu's kernels: 1 removes the privileges in them. */
  readonly apparmor: number | null;
}

/** Reads the settings. Never throws. */
export function readNamespaceSwitches(roots: SystemRoots = SYSTEM_ROOTS): NamespaceSwitches {
  const read = (name: string): number | null => {
    const value = Number.parseInt(readText(join(roots.proc, 'sys', name)) ?? '', 10);
    return Number.isNaN(value) ? null : value;
  };
  return {
    limit: read('user/max_user_namespaces'),
    debian: read('kernel/unprivileged_userns_clone'),
    apparmor: read('kernel/apparmor_restrict_unprivileged_userns'),
  };
}

/**
 * The advice in one line: what is forbidden and how to allow it.
 *
 * @param said - the output of unshare(1) on stderr
 */
export function namespaceAdvice(said: string, { limit, debian, apparmor }: NamespaceSwitches): string {
  if (limit === 0) return 'user namespaces are switched off; allow them with: sysctl -w user.max_user_namespaces=10000';
  if (debian === 0) {
    return 'users may not make namespaces; allow it with: sysctl -w kernel.unprivileged_userns_clone=1, or run as root';
  }
  if (apparmor === 1) {
    return 'AppArmor restricts the namespaces of users; allow them with: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or run as root';
  }
  const why = said.split('\n').at(-1)?.trim() || 'unshare ended without a word';
  return `namespaces are forbidden here (${why}); in a container, start it with --privileged or CAP_SYS_ADMIN, or run the lab outside`;
}
