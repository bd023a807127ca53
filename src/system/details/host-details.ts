/**
 * What this machine is.
 *
 * Linux is asked through its own files where it has some: systeminformation would ask a name server for the full name
 * of the host first (`hostname -f`).
 *
 * @module
 */
import { totalmem } from 'node:os';
import type { HostDetails } from '../../core/shapes/host-details.ts';
import { readText } from '../files/kernel-files.ts';
import type { CpuInformation, Information, SystemInformation } from './information.ts';
import { countOf, textOf } from './values.ts';

/** Where os-release(5) is. The second is what the first links to, or stands alone. */
const RELEASE_FILES = ['/etc/os-release', '/usr/lib/os-release'];

/**
 * Asks for everything at the same time. Never rejects.
 *
 * @param tell - called with each part as it becomes known: who has to end early keeps what came
 */
export async function readHostDetails(
  information: Information,
  platform: NodeJS.Platform,
  tell: (part: Partial<HostDetails>) => void,
): Promise<void> {
  tell({ memory_bytes: totalmem() });
  const cpu = known(information.cpu());
  await Promise.all([
    cpu.then((facts) => tell({ physical_cores: countOf(facts?.physicalCores), cpu_governor: textOf(facts?.governor) })),
    known(information.networkGatewayDefault()).then((gateway) => tell({ default_gateway: textOf(gateway) })),
    known(information.system()).then(async (system) => {
      tell({ machine: machineOf(system), hypervisor: hypervisorOf(system, await cpu) });
    }),
    tellSystem(information, platform, tell),
  ]);
}

async function tellSystem(
  information: Information,
  platform: NodeJS.Platform,
  tell: (part: Partial<HostDetails>) => void,
): Promise<void> {
  if (platform === 'linux') {
    const text = RELEASE_FILES.map(readText).find((one) => one !== null);
    return tell({ system: prettyNameOf(text ?? '') });
  }
  const facts = await known(information.osInfo());
  const distro = textOf(facts?.distro);
  // By itself the release says no more than what Node knows of every host.
  tell({ system: distro === null ? null : joined(distro, textOf(facts?.release)) });
}

/** `PRETTY_NAME` of os-release(5), whose values may be quoted as a shell quotes. */
export function prettyNameOf(osRelease: string): string | null {
  const value = /^PRETTY_NAME=(.*)$/m.exec(osRelease)?.[1]?.trim() ?? '';
  return textOf(value.replace(/^(['"])(.*)\1$/, '$2').replace(/\\(["'$`\\])/g, '$1'));
}

function machineOf(system: SystemInformation | null): string | null {
  const model = textOf(system?.model);
  // What the package calls a machine that has no name.
  return model === 'Computer' ? textOf(system?.manufacturer) : joined(textOf(system?.manufacturer), model);
}

/**
 * The package takes the word `kvm` in the kernel's log for a guest, and hosts with KVM have it there as well. A
 * hypervisor shows its guests the bit `hypervisor` (CPUID leaf 1, ECX bit 31: reserved for that by Intel and AMD).
 */
function hypervisorOf(system: SystemInformation | null, cpu: CpuInformation | null): string | null {
  if (system?.virtual !== true) return null;
  const flags = typeof cpu?.flags === 'string' ? cpu.flags.split(' ') : [];
  if (flags.includes('cpuid') && !flags.includes('hypervisor')) return null;
  return textOf(system.virtualHost) ?? textOf(system.manufacturer) ?? 'a hypervisor';
}

function joined(...parts: readonly (string | null)[]): string | null {
  return textOf(parts.filter((part) => part !== null).join(' '));
}

async function known<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch {
    // A command is missing, or answered with what the package does not understand.
    return null;
  }
}
