import { totalmem } from 'node:os';
import { expect, test } from 'vitest';
import { type HostDetails, NO_DETAILS } from '../../../../src/core/shapes/host-details.ts';
import { prettyNameOf, readHostDetails } from '../../../../src/system/details/host-details.ts';
import type { Information } from '../../../../src/system/details/information.ts';

/** Recorded on a virtual machine with Debian 12, but for `osInfo`, which Linux is not asked for. */
const RECORDED: Information = {
  cpu: async () => ({ physicalCores: 2, governor: '', flags: 'fpu sse2 cpuid hypervisor' }),
  system: async () => ({ manufacturer: '', model: 'Docker Container', virtual: true, virtualHost: 'KVM' }),
  osInfo: async () => ({ distro: 'macOS', release: '15.1' }),
  networkGatewayDefault: async () => '192.0.2.1',
  networkInterfaces: async () => [],
  wifiConnections: async () => [],
};

async function detailsOf(change: Partial<Information>, platform: NodeJS.Platform = 'darwin'): Promise<HostDetails> {
  let all = NO_DETAILS;
  await readHostDetails({ ...RECORDED, ...change }, platform, (part) => {
    all = { ...all, ...part };
  });
  return all;
}

test('all known details are reported', async () => {
  expect(await detailsOf({})).toEqual({
    system: 'macOS 15.1',
    machine: 'Docker Container',
    hypervisor: 'KVM',
    memory_bytes: totalmem(),
    physical_cores: 2,
    cpu_governor: null,
    default_gateway: '192.0.2.1',
  });
});

test('on Linux the package is not asked for the system, because it would ask a name server', async () => {
  let asked = 0;
  const osInfo = async () => {
    asked++;
    return {};
  };
  await detailsOf({ osInfo }, 'linux');
  expect(asked).toBe(0);
  await detailsOf({ osInfo }, 'win32');
  expect(asked).toBe(1);
});

test('a host of virtual machines does not count as a guest', async () => {
  const cpu = async () => ({ physicalCores: 8, governor: 'powersave', flags: 'fpu cpuid svm' });
  expect(await detailsOf({ cpu })).toMatchObject({ hypervisor: null, cpu_governor: 'powersave' });
  // Other processors have no such flag, nor the name of the one that tells.
  const arm = async () => ({ physicalCores: 8, flags: 'fp asimd evtstrm' });
  expect((await detailsOf({ cpu: arm })).hypervisor).toBe('KVM');
  expect((await detailsOf({ system: async () => ({ virtual: false }) })).hypervisor).toBeNull();
});

test('placeholders of a manufacturer are null', async () => {
  const system = async () => ({ manufacturer: 'Default string', model: 'Computer', virtual: true, virtualHost: '' });
  expect(await detailsOf({ system })).toMatchObject({ machine: null, hypervisor: 'a hypervisor' });
  const named = async () => ({ manufacturer: 'Dell Inc.', model: 'XPS 13', virtual: false });
  expect((await detailsOf({ system: named })).machine).toBe('Dell Inc. XPS 13');
});

test('Windows without the command for its name has no name, since its release is reported already', async () => {
  const osInfo = async () => ({ distro: '', release: '10.0.26100' });
  expect((await detailsOf({ osInfo }, 'win32')).system).toBeNull();
});

test('a command that fails does not affect other details', async () => {
  const fails = async () => {
    throw new Error('no such command');
  };
  const details = await detailsOf({ cpu: fails, osInfo: fails, networkGatewayDefault: fails });
  expect(details).toEqual({ ...NO_DETAILS, memory_bytes: totalmem(), machine: 'Docker Container', hypervisor: 'KVM' });
});

test('a command that never ends does not delay other details', async () => {
  let all = NO_DETAILS;
  const never = () => new Promise<never>(() => {});
  void readHostDetails({ ...RECORDED, osInfo: never }, 'darwin', (part) => {
    all = { ...all, ...part };
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(all).toMatchObject({ default_gateway: '192.0.2.1', hypervisor: 'KVM', system: null });
});

// os-release(5): values as a shell quotes them.
test.each([
  ['PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="x"', 'Debian GNU/Linux 12 (bookworm)'],
  ["ID=a\nPRETTY_NAME='Arch Linux'\n", 'Arch Linux'],
  ['PRETTY_NAME="a \\"b\\""', 'a "b"'],
  ['PRETTY_NAME=', null],
  ['NOT_PRETTY_NAME=x', null],
  ['', null],
])('prettyNameOf(%j) is %j', (text, name) => expect(prettyNameOf(text)).toBe(name));
