/**
 * Ends the process that carries a tunnel, and waits until everything is undone.
 *
 * @module
 */
import { existsSync, rmSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, NetError } from '../../core/errors.ts';
import { deviceNames, readText } from '../../system/kernel-files.ts';
import { readClaim } from './claim.ts';
import { pidPath, socketPath } from './run-folder.ts';
import { isServed } from './uapi-client.ts';

const POLL_MS = 50;
/** Snippets of the user may take their time. */
const LIMIT_MS = 30_000;

/** @throws NetError `ERR_USAGE` when the device is not ours, `ERR_UNSUPPORTED` when it cannot be ended */
export async function downTunnel(device: string): Promise<void> {
  const { carrier, guardian } = readClaim(device);
  if (carrier === null && guardian === null) throw await notOurs(device);
  if (carrier !== null) terminate(carrier);
  for (let waitedMs = 0; waitedMs < LIMIT_MS; waitedMs += POLL_MS) {
    await delay(POLL_MS);
    const now = readClaim(device);
    if (now.carrier !== carrier && now.guardian !== guardian) return;
    if (now.carrier === null && now.guardian === null) return;
  }
  const message = `${device}: process ${carrier ?? guardian} has not ended in ${LIMIT_MS / 1000} s; a snippet of PreDown or PostDown may hang`;
  throw new NetError('ERR_UNSUPPORTED', message);
}

function terminate(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    throw new NetError('ERR_UNSUPPORTED', `cannot end process ${pid}: ${messageOf(error)}; run as root`, {
      cause: error,
    });
  }
}

/** What else has the device, and what to do about that. */
async function notOurs(device: string): Promise<NetError> {
  const socket = socketPath(device);
  if (existsSync(socket) && (await isServed(socket))) {
    const message = `${device} is carried by another program than winze; end that program, or: ip link delete dev ${device}`;
    return new NetError('ERR_USAGE', message);
  }
  if (deviceNames(readText('/proc/net/dev') ?? '').includes(device)) {
    const message = `${device} is not a tunnel of winze; if wg-quick made it: wg-quick down ${device}, otherwise: ip link delete dev ${device}`;
    return new NetError('ERR_USAGE', message);
  }
  for (const path of [socket, pidPath(device)]) rmSync(path, { force: true });
  return new NetError('ERR_USAGE', `${device} is not up; winze tunnel show lists the tunnels that are`);
}
