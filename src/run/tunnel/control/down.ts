/**
 * Ends the process that carries a tunnel, and waits until everything is undone.
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
/** Snippets of the user may take their time. */
const LIMIT_MS = 30_000;

/** @throws NetError `ERR_USAGE` when the device is not ours, `ERR_UNSUPPORTED` when it cannot be ended */
export async function downTunnel(device: string): Promise<void> {
  const { carrier, guardian, elsewhere } = readClaim(device);
  if (carrier === null && guardian === null) throw await notOurs(device, elsewhere);
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
    // It ended meanwhile.
    if (systemCodeOf(error) === 'ESRCH') return;
    const message = `the tunnel is up, by process ${pid} of another user, which cannot be ended: ${messageOf(error)}; run as root`;
    throw new NetError('ERR_UNSUPPORTED', message, { cause: error });
  }
}

/** Of what nobody has any more. It is no matter if it stays. */
function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // EACCES, EROFS: the next `up` replaces it.
  }
}

/** What else has the device, and what to do about that. */
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
    // It may be on its way up, as one is that waits for a resolver: what it left is not ours to remove.
    const words = `${device} is not up, or not yet: it was claimed by ${elsewhereWords(elsewhere)}, if that still runs`;
    return new NetError('ERR_USAGE', words);
  }
  for (const path of [socket, pidPath(device)]) remove(path);
  return new NetError('ERR_USAGE', `${device} is not up; winze tunnel show lists the tunnels that are`);
}
