/**
 * Ends the process of a tunnel, and waits until its changes are undone.
 *
 * @module
 */
import { existsSync, rmSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, NetError, systemCodeOf } from '../../../core/errors.ts';
import { deviceNames, readText } from '../../../system/files/kernel-files.ts';
import { pidPath, socketPath } from '../run-folder.ts';
import { elsewhereWords, readClaim } from './claim.ts';
import { isServed } from './uapi-client.ts';

const POLL_MS = 50;
/** Longest wait; snippets of the user may take long. */
const LIMIT_MS = 30_000;

/**
 * Takes a tunnel down. Resolves when its process and its guardian have ended.
 *
 * @throws NetError `ERR_USAGE` when the device is not a tunnel of winze, `ERR_UNSUPPORTED` when it cannot be ended
 */
export async function downTunnel(device: string): Promise<void> {
  const { owner, guardian, elsewhere } = readClaim(device);
  if (owner === null && guardian === null) throw await notOurs(device, elsewhere);
  if (owner !== null) terminate(owner);
  for (let waitedMs = 0; waitedMs < LIMIT_MS; waitedMs += POLL_MS) {
    await delay(POLL_MS);
    const now = readClaim(device);
    if (now.owner !== owner && now.guardian !== guardian) return;
    if (now.owner === null && now.guardian === null) return;
  }
  const message = `${device}: process ${owner ?? guardian} has not ended in ${LIMIT_MS / 1000} s; a snippet of PreDown or PostDown may hang`;
  throw new NetError('ERR_UNSUPPORTED', message);
}

function terminate(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    // It has ended in the meantime.
    if (systemCodeOf(error) === 'ESRCH') return;
    const message = `the tunnel is up, by process ${pid} of another user, which cannot be ended: ${messageOf(error)}; run as root`;
    throw new NetError('ERR_UNSUPPORTED', message, { cause: error });
  }
}

/** Removes a file that no process uses any more. Failures do not matter. */
function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // EACCES, EROFS: the next `up` replaces it.
  }
}

/** The error for a device that is not a tunnel of winze: what it belongs to, and what to do. */
async function notOurs(device: string, elsewhere: number | null): Promise<NetError> {
  const socket = socketPath(device);
  if (existsSync(socket) && (await isServed(socket))) {
    if (elsewhere !== null) {
      const words = `${device} is carried by ${elsewhereWords(elsewhere)}, or delete its device: ip link delete dev ${device}`;
      return new NetError('ERR_USAGE', words);
    }
    const message = `${device} is carried by another program than winze; end that program, or: ip link delete dev ${device}`;
    return new NetError('ERR_USAGE', message);
  }
  if (deviceNames(readText('/proc/net/dev') ?? '').includes(device)) {
    const message = `${device} is not a tunnel of winze; if wg-quick made it: wg-quick down ${device}, otherwise: ip link delete dev ${device}`;
    return new NetError('ERR_USAGE', message);
  }
  if (elsewhere !== null) {
    // It may be coming up, for example while it waits for a resolver, so its files are not removed.
    const words = `${device} is not up, or not yet: it was claimed by ${elsewhereWords(elsewhere)}, if that still runs`;
    return new NetError('ERR_USAGE', words);
  }
  for (const path of [socket, pidPath(device)]) remove(path);
  return new NetError('ERR_USAGE', `${device} is not up; winze tunnel show lists the tunnels that are`);
}
