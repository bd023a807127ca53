/**
 * Reads the state of this host's WireGuard devices: those in userspace through their control sockets, those of the
 * kernel through wg(8).
 *
 * @module
 */
import { readdirSync } from 'node:fs';
import { NetError } from '../../../core/errors.ts';
import type { DeviceStatus } from '../../../core/shapes/tunnel-config.ts';
import { parseDump } from '../../../tunnel/uapi/dump.ts';
import { RUN_FOLDER, socketPath } from '../run-folder.ts';
import { runCommand } from './command.ts';
import { isServed, readDeviceStatus } from './uapi-client.ts';

/**
 * Reads the status of one or all devices. The result has private and preshared keys if the device reports them.
 *
 * @param name - of one device; `null` for all
 * @param onFailure - called with each device that does not answer
 * @param limitMs - time for each device; `null` waits as long as something comes
 * @throws NetError `ERR_USAGE` when there is no such device
 */
export async function showTunnels(
  name: string | null,
  onFailure: (error: NetError, device: string) => void,
  limitMs: number | null = null,
): Promise<readonly DeviceStatus[]> {
  const limit = (): AbortSignal | undefined => (limitMs === null ? undefined : AbortSignal.timeout(limitMs));
  const { served, kernel } = await devices(limit());
  if (name !== null && ![...served, ...kernel].includes(name)) {
    const all = [...served, ...kernel].join(', ');
    const others = all === '' ? 'there is none on this host' : `there are: ${all}`;
    throw new NetError('ERR_USAGE', `${name} is not a WireGuard device; ${others}`);
  }
  const wanted = (names: readonly string[]): readonly string[] =>
    names.filter((device) => name === null || device === name);
  const answers = await Promise.all(
    [
      ...wanted(served).map((device) => [device, readDeviceStatus(device, socketPath(device), limit())] as const),
      ...wanted(kernel).map((device) => [device, kernelStatus(device, limit())] as const),
    ].map(([device, answer]) =>
      answer.catch((error: unknown) => {
        if (!(error instanceof NetError)) throw error;
        onFailure(error, device);
        return null;
      }),
    ),
  );
  return answers.filter((answer) => answer !== null);
}

/** Names of all devices, also of those whose status may not be read. */
export async function tunnelNames(): Promise<readonly string[]> {
  const { served, kernel } = await devices();
  return [...served, ...kernel];
}

async function devices(
  signal?: AbortSignal,
): Promise<{ readonly served: readonly string[]; readonly kernel: readonly string[] }> {
  const served = await servedDevices();
  return { served, kernel: (await kernelDevices(signal)).filter((device) => !served.includes(device)) };
}

/** Devices with a control socket on which a process listens. */
async function servedDevices(): Promise<readonly string[]> {
  const names = socketFiles().map((file) => file.slice(0, -'.sock'.length));
  const alive = await Promise.all(names.map((name) => isServed(socketPath(name))));
  return names.filter((_, i) => alive[i]).sort();
}

function socketFiles(): readonly string[] {
  try {
    return readdirSync(RUN_FOLDER).filter((file) => file.endsWith('.sock'));
  } catch {
    // No such folder: there are no devices in userspace.
    return [];
  }
}

/** Devices that wg(8) lists, if it is installed and permitted: those of the kernel, and those with sockets. */
async function kernelDevices(signal?: AbortSignal): Promise<readonly string[]> {
  const names = await runCommand(['wg', 'show', 'interfaces'], { ...(signal && { signal }) }).catch(() => '');
  return names.split(/\s+/).filter((name) => name !== '');
}

async function kernelStatus(name: string, signal?: AbortSignal): Promise<DeviceStatus> {
  const status = parseDump(name, await runCommand(['wg', 'show', name, 'dump'], { ...(signal && { signal }) }));
  if (status === undefined) throw new NetError('ERR_CONNECT', `wg show ${name} dump: its columns make no sense`);
  return status;
}
