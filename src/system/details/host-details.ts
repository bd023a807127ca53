/**
 * What machine this is: model, operating system, processor, memory.
 *
 * On Linux the operating system is read from os-release(5): systeminformation would first ask a name server for the
 * full name of the host (`hostname -f`).
 *
 * @module
 */
import { totalmem } from 'node:os';
import type { HostDetails } from '../../core/shapes/host-details.ts';
import { readText } from '../files/kernel-files.ts';
import type { CpuInformation, Information, SystemInformation } from './information.ts';
import { countOf, textOf } from './values.ts';

/** Paths of os-release(5). The first is usually a link to the second; some systems have only the second. */
const RELEASE_FILES = ['/etc/os-release', '/usr/lib/os-release'];

/**
 * Reads all details concurrently. Never rejects.
 *
 * @param tell - called with each part as soon as it is known, so that a caller with a timeout keeps the parts received
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
  // The release alone would add nothing to what Node reports for every host.
  tell({ system: distro === null ? null : joined(distro, textOf(facts?.release)) });
}

/** `PRETTY_NAME` in the text of os-release(5), whose values may be quoted as in a shell; `null` if it is missing. */
export function prettyNameOf(osRelease: string): string | null {
  const value = /^PRETTY_NAME=(.*)$/m.exec(osRelease)?.[1]?.trim() ?? '';
  return textOf(value.replace(/^(['"])(.*)\1$/, '$2').replace(/\\(["'$`\\])/g, '$1'));
}

function machineOf(system: SystemInformation | null): string | null {
  const model = textOf(system?.model);
  // The package reports `Computer` for a machine without a model name.
  return model === 'Computer' ? textOf(system?.manufacturer) : joined(textOf(system?.manufacturer), model);
}

/**
 * The package assumes a guest if the kernel's log contains the word `kvm`, but hosts with KVM have it too. A hypervisor
 * sets the flag `hypervisor` for its guests (CPUID leaf 1, ECX bit 31, which Intel and AMD reserve for this).
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
    // A command is missing, or the package could not parse its output.
    return null;
  }
}
